from __future__ import annotations

import pytest

from lambdas.bff.sealing import CannotUnseal, Sealer

SEALER = Sealer(b"a-secret", "session")


def test_what_was_sealed_comes_back() -> None:
    assert SEALER.unseal(SEALER.seal(b"tokens", "here"), "here") == b"tokens"


def test_sealing_twice_gives_different_bytes() -> None:
    assert SEALER.seal(b"tokens", "here") != SEALER.seal(b"tokens", "here")


def test_the_plain_text_is_not_in_the_sealed_bytes() -> None:
    assert b"refresh" not in SEALER.seal(b"refresh", "here")


def test_moving_sealed_bytes_to_another_place_makes_them_useless() -> None:
    with pytest.raises(CannotUnseal):
        SEALER.unseal(SEALER.seal(b"tokens", "here"), "there")


@pytest.mark.parametrize("other", [Sealer(b"a-secret", "login"), Sealer(b"another", "session")])
def test_another_purpose_or_secret_cannot_unseal(other: Sealer) -> None:
    with pytest.raises(CannotUnseal):
        other.unseal(SEALER.seal(b"tokens", "here"), "here")


@pytest.mark.parametrize("position", [0, 11, 12, 20, -1])
def test_any_changed_byte_is_noticed(position: int) -> None:
    sealed = bytearray(SEALER.seal(b"some longer tokens", "here"))
    sealed[position] ^= 1
    with pytest.raises(CannotUnseal):
        SEALER.unseal(bytes(sealed), "here")


@pytest.mark.parametrize("sealed", [b"", b"short", b"x" * 12])
def test_too_few_bytes_are_refused(sealed: bytes) -> None:
    with pytest.raises(CannotUnseal):
        SEALER.unseal(sealed, "here")
