import os
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_access_lib.errors import ContentUnreadable
from data_access_lib.sealing import OVERHEAD, DataKey, number_of

SECRET = bytes(range(32))
PLACE = ("item", "TENANT#acme#RUN#run_1", "META", "input")


def key(number: int = 1, tenant: str = "acme", secret: bytes = SECRET) -> DataKey:
    return DataKey(tenant, number, secret)


@given(st.binary(max_size=5000), st.lists(st.text(st.characters(codec="utf-8")), max_size=5))
def test_what_is_sealed_for_a_place_opens_there(plain: bytes, place: list[str]) -> None:
    sealed = key().seal(plain, place)
    assert key().open(sealed, place) == plain
    assert len(sealed) == len(plain) + OVERHEAD
    assert plain not in sealed or len(plain) < 3


@pytest.mark.parametrize(
    "place",
    [
        ("item", "TENANT#acme#RUN#run_2", "META", "input"),
        ("item", "TENANT#acme#RUN#run_1", "EVENT#0000000001", "input"),
        ("item", "TENANT#acme#RUN#run_1", "META", "output"),
        ("item", "TENANT#globex#RUN#run_1", "META", "input"),
        ("object", "TENANT#acme#RUN#run_1", "META", "input"),
        ("item", "TENANT#acme#RUN#run_1META", "", "input"),
        ("item", "TENANT#acme#RUN#run_1", "META"),
        ("item", "TENANT#acme#RUN#run_1", "METAinput"),
        (),
    ],
)
def test_a_value_that_was_moved_does_not_open(place: tuple[str, ...]) -> None:
    with pytest.raises(ContentUnreadable):
        key().open(key().seal(b"secret", PLACE), place)


def test_another_tenants_or_another_key_does_not_open_it() -> None:
    sealed = key().seal(b"secret", PLACE)
    for other in (key(tenant="globex"), key(secret=bytes(32)), key(number=2)):
        with pytest.raises(ContentUnreadable):
            other.open(sealed, PLACE)


def test_the_number_of_another_data_key_cannot_be_written_into_a_value() -> None:
    """Even where two numbers had one secret: the header is authenticated."""
    sealed = key(2).seal(b"secret", PLACE)
    renumbered = sealed[:4] + bytes([1]) + sealed[5:]
    assert (number_of(sealed), number_of(renumbered)) == (2, 1)
    with pytest.raises(ContentUnreadable):
        key(1).open(renumbered, PLACE)


def test_a_value_that_was_changed_anywhere_does_not_open() -> None:
    sealed = key().seal(b"secret", PLACE)
    for position in range(len(sealed)):
        changed = bytearray(sealed)
        changed[position] ^= 1
        with pytest.raises(ContentUnreadable):
            key().open(bytes(changed), PLACE)


def test_a_value_that_was_cut_or_lengthened_does_not_open() -> None:
    sealed = key().seal(b"secret", PLACE)
    for other in [*(sealed[:length] for length in range(len(sealed))), sealed + b"\0", sealed[1:], b""]:
        with pytest.raises(ContentUnreadable):
            key().open(other, PLACE)


def test_the_same_text_is_sealed_differently_each_time() -> None:
    one = key()
    assert len({one.seal(b"secret", PLACE) for _ in range(1000)}) == 1000


def test_every_value_has_a_salt_and_a_nonce_of_its_own() -> None:
    asked: list[int] = []
    numbers = count()

    def random(length: int) -> bytes:
        asked.append(length)
        return next(numbers).to_bytes(length, "big")

    one = DataKey("acme", 1, SECRET, random=random)
    sealed = [one.seal(b"", PLACE) for _ in range(2)]
    assert asked == [16, 12, 16, 12]
    assert sealed[1][5:21] == (2).to_bytes(16, "big")
    assert sealed[1][21:33] == (3).to_bytes(12, "big")
    assert one.open(sealed[0], PLACE) == b""


def test_two_values_under_one_nonce_share_no_key() -> None:
    """With the salt the key changes: equal nonces do not give the exclusive-or of two texts away."""
    salts = iter([b"a" * 16, b"n" * 12, b"b" * 16, b"n" * 12])
    one = DataKey("acme", 1, SECRET, random=lambda _: next(salts))
    first, second = one.seal(b"first text", PLACE), one.seal(b"other text", PLACE)
    plain = bytes(a ^ b for a, b in zip(b"first text", b"other text", strict=True))
    sealed = bytes(a ^ b for a, b in zip(first[33:43], second[33:43], strict=True))
    assert plain != sealed


def test_the_form_is_what_the_module_says() -> None:
    sealed = key(0x01020304).seal(b"abc", PLACE)
    assert sealed[0] == 1
    assert sealed[1:5] == b"\1\2\3\4"
    assert len(sealed) == 1 + 4 + 16 + 12 + 3 + 16


def test_a_value_sealed_by_an_earlier_release_still_opens() -> None:
    """Fixed bytes: whoever changes the form or the derivation must keep reading the old one."""
    sealed = bytes.fromhex(KNOWN)
    assert key(7).open(sealed, PLACE) == b"kept since the first release"


def test_bytes_that_are_no_sealed_value_have_no_number() -> None:
    for other in (b"", b"\1" * (OVERHEAD - 1), b"\2" * OVERHEAD, b'{"a": 1}' * 20):
        with pytest.raises(ContentUnreadable):
            number_of(other)
    assert number_of(b"\1" * OVERHEAD) == 0x01010101


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_a_data_key_has_256_bits(length: int) -> None:
    with pytest.raises(ValueError, match=r"^a data key has 256 bits$"):
        key(secret=os.urandom(length))


def test_no_representation_shows_the_key() -> None:
    shown: Any = repr(key()) + str(key())
    assert repr(SECRET)[2:10] not in shown
    assert SECRET.hex() not in shown


KNOWN = (
    "01000000079019f5bbc9de1b41721fb79dbe2224b3a5eb530bdcd01d0a4153887cf4236ccd6d0aeb4649e8fc28ed6e38"
    "9f918754882886c0fb809dd9c527b862a7d976932a24a667abbf2954ac"
)
