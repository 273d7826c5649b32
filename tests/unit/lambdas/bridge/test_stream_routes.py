from typing import Any

import pytest

from lambdas.bridge.stream_routes import ROUTES, Recorded, read_events
from platform_kit import access
from platform_kit.errors import BadRequest


class Service:
    def events(self, _who: Any, _run_id: str, *, after: int, limit: int) -> Any:
        return [{"seq": after + 1}][:limit], "running"


class FakeCall:
    """A call as the parser makes it, with only what this route reads."""

    path = {"id": "run_1"}  # noqa: RUF012 - a fake's constant

    def __init__(self, query: dict[str, str], headers: dict[str, str]) -> None:
        self.query = query
        self.headers = headers

    def who(self) -> None: ...

    def limit(self, *, default: int) -> int:
        return int(self.query.get("limit", default))


def read(query: dict[str, str] | None = None, **headers: str) -> Any:
    call: Any = FakeCall(query or {}, {name.replace("_", "-"): value for name, value in headers.items()})
    service: Any = Service()
    return read_events(call, service)


def test_every_route_of_the_table_is_served() -> None:
    assert set(ROUTES.operations) == {route.key for route in access.served_by("stream")}


@pytest.mark.parametrize(
    ("query", "headers", "after"),
    [
        ({}, {}, 0),
        ({"after": "7"}, {}, 7),
        ({}, {"last_event_id": "9"}, 9),
        ({"after": "7"}, {"last_event_id": "9"}, 7),
    ],
)
def test_where_to_go_on_is_the_query_or_the_last_event_seen(
    query: dict[str, str], headers: dict[str, str], after: int
) -> None:
    assert read(query, **headers).after == after


@pytest.mark.parametrize("after", ["-1", "x", "1.5", "9" * 11, "٣"])
def test_what_is_no_sequence_number_is_refused(after: str) -> None:
    with pytest.raises(BadRequest):
        read({"after": after})


@pytest.mark.parametrize(
    ("accept", "streams"),
    [("", True), ("*/*", True), ("text/event-stream", True), ("application/json", False)],
)
def test_json_is_given_to_who_asks_for_it(accept: str, *, streams: bool) -> None:
    assert isinstance(read(accept=accept), Recorded) is streams


def test_a_full_page_says_where_to_go_on() -> None:
    assert read({"limit": "1"}, accept="application/json").body["nextAfter"] == 1
    assert "nextAfter" not in read({"limit": "2"}, accept="application/json").body
