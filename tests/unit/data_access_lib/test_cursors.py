import base64
import hashlib
import hmac
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_access_lib.cursors import CursorCodec
from data_access_lib.errors import InvalidCursor
from tests.stores import HandClock

SECRET = b"s" * 32
ROUTE = "GET /v1/runs"
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=10)


def codec(clock: HandClock | None = None, *secrets: bytes) -> CursorCodec:
    return CursorCodec(lambda: secrets or [SECRET], clock=clock or HandClock())


def test_a_cursor_brings_its_position_back(clock: HandClock) -> None:
    cursor = codec(clock).encode("acme", ROUTE, {"after": "run_1"})
    assert codec(clock).decode("acme", ROUTE, cursor) == {"after": "run_1"}
    assert "acme" not in cursor
    assert "=" not in cursor


def test_a_cursor_is_a_mac_and_its_text(clock: HandClock) -> None:
    cursor = codec(clock).encode("acme", ROUTE, {"after": "run_1"})
    raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    body = b'[1772687167,{"after":"run_1"}]'
    signed = b"ambit-cursor|4:acme|12:GET /v1/runs|" + body
    assert raw == hmac.new(SECRET, signed, hashlib.sha256).digest() + body


# A position is small: an id or two. Larger ones would make cursors longer than are ever read.
SMALL = st.text(max_size=16)


@given(position=st.dictionaries(SMALL, SMALL | st.integers(-(2**63), 2**63), max_size=3), tenant=TEXT, route=TEXT)
def test_any_position_comes_back_to_its_own_tenant_and_route(position: dict[str, Any], tenant: str, route: str) -> None:
    assert codec().decode(tenant, route, codec().encode(tenant, route, position)) == position


@given(ours=st.tuples(TEXT, TEXT), theirs=st.tuples(TEXT, TEXT))
def test_a_cursor_is_nobody_elses(ours: tuple[str, str], theirs: tuple[str, str]) -> None:
    cursor = codec().encode(*ours, {"after": "x"})
    if ours != theirs:
        with pytest.raises(InvalidCursor):
            codec().decode(*theirs, cursor)


@pytest.mark.parametrize(
    ("tenant", "route"),
    [("acme-2", ROUTE), ("globex", ROUTE), ("acme", "GET /v1/files"), ("acme|12:GET /v1/runs", ""), ("", ROUTE)],
)
def test_another_tenants_or_lists_cursor_is_invalid(tenant: str, route: str) -> None:
    with pytest.raises(InvalidCursor) as caught:
        codec().decode(tenant, route, codec().encode("acme", ROUTE, {"after": "run_1"}))
    assert (caught.value.status, caught.value.code) == (400, "INVALID_CURSOR")
    assert caught.value.detail == "The cursor is not valid here. Start the list again without one."


@given(st.data())
def test_no_changed_cursor_verifies(data: st.DataObject) -> None:
    cursor = codec().encode("acme", ROUTE, {"after": "run_1"})
    at = data.draw(st.integers(0, len(cursor) - 1))
    other = data.draw(st.characters(codec="ascii").filter(lambda char: char != cursor[at]))
    for changed in (cursor[:at] + other + cursor[at + 1 :], cursor[:at], cursor[:at] + other + cursor[at:]):
        with pytest.raises(InvalidCursor):
            codec().decode("acme", ROUTE, changed)


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "A",
        "AAAA",
        "====",
        "not base64!",
        "é" * 8,
        "A" * 100_000,
        "A" * 44,
        "e30",
        "..",
        "\0",
        "AA==",
        "-_-_",
        "++++",
        "////",
    ],
)
def test_what_is_no_cursor_is_invalid(cursor: str) -> None:
    with pytest.raises(InvalidCursor):
        codec().decode("acme", ROUTE, cursor)


def test_a_cursor_has_one_spelling() -> None:
    cursor = codec().encode("acme", ROUTE, {"after": "r"})
    assert codec().decode("acme", ROUTE, cursor)
    for respelt in (cursor + "=", cursor + "==", cursor + "\n", " " + cursor, cursor[:4] + "\n" + cursor[4:]):
        with pytest.raises(InvalidCursor):
            codec().decode("acme", ROUTE, respelt)


def test_a_cursor_of_the_greatest_length_is_read_and_no_longer_one() -> None:
    longest = next(
        made for size in range(1400, 1500) if len(made := codec().encode("acme", ROUTE, {"after": "x" * size})) == 2048
    )
    assert codec().decode("acme", ROUTE, longest)
    with pytest.raises(InvalidCursor):
        codec().decode("acme", ROUTE, codec().encode("acme", ROUTE, {"after": "x" * 1500}))


def test_a_cursor_ends_after_a_day(clock: HandClock) -> None:
    clock.moment = clock.moment.replace(microsecond=0)
    cursor = codec(clock).encode("acme", ROUTE, {"after": "run_1"})
    clock.advance(hours=24, seconds=-1)
    assert codec(clock).decode("acme", ROUTE, cursor)
    clock.advance(seconds=1)
    with pytest.raises(InvalidCursor):
        codec(clock).decode("acme", ROUTE, cursor)


def test_its_time_can_be_set(clock: HandClock) -> None:
    brief = CursorCodec(lambda: [SECRET], clock=clock, ttl_seconds=10)
    cursor = brief.encode("acme", ROUTE, {})
    clock.advance(seconds=10)
    with pytest.raises(InvalidCursor):
        brief.decode("acme", ROUTE, cursor)


def test_a_retired_secret_still_verifies_and_no_longer_signs(clock: HandClock) -> None:
    old, new = b"o" * 32, b"n" * 32
    cursor = codec(clock, old).encode("acme", ROUTE, {"after": "run_1"})
    assert codec(clock, new, old).decode("acme", ROUTE, cursor)
    fresh = codec(clock, new, old).encode("acme", ROUTE, {"after": "run_1"})
    assert codec(clock, new).decode("acme", ROUTE, fresh)
    with pytest.raises(InvalidCursor):
        codec(clock, new).decode("acme", ROUTE, cursor)


def test_a_foreign_secret_signs_nothing_here(clock: HandClock) -> None:
    with pytest.raises(InvalidCursor):
        codec(clock).decode("acme", ROUTE, codec(clock, b"f" * 32).encode("acme", ROUTE, {}))


@pytest.mark.parametrize("secrets", [[], [b""], [b"s" * 31], [b"s" * 32, b"s"]])
def test_a_weak_secret_is_refused(secrets: list[bytes]) -> None:
    weak = CursorCodec(lambda: secrets)
    with pytest.raises(ValueError, match=r"^a cursor secret has at least 32 bytes$"):
        weak.encode("acme", ROUTE, {})


def test_the_machines_clock_is_the_default() -> None:
    now = CursorCodec(lambda: [SECRET])
    assert now.decode("acme", ROUTE, now.encode("acme", ROUTE, {"a": 1})) == {"a": 1}


def test_a_hostile_tenant_or_route_is_only_invalid() -> None:
    with pytest.raises(InvalidCursor):
        codec().decode("\ud800", ROUTE, codec().encode("acme", ROUTE, {}))


def test_a_position_is_json() -> None:
    cursor = codec().encode("acme", ROUTE, {"after": ["a", 1]})
    raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    assert json.loads(raw[32:])[1] == {"after": ["a", 1]}
