import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from typer.testing import CliRunner, Result

from scripts.ambit_cli.main import app

EVENTS = "GET /v1/platform/security-events"
DAY = "2026-03-04"
VIOLATION = {
    "eventId": "evt_2",
    "type": "tenant.access_violation",
    "severity": "critical",
    "at": f"{DAY}T05:06:07.000Z",
    "tenantId": "acme",
    "principalId": "usr:1:ada",
    "operation": "get",
    "resource": "ambit-local-runs",
    "attempted": "TENANT#globex#RUN#x",
}
LOOK = {
    "eventId": "evt_1",
    "type": "operator.access",
    "severity": "info",
    "at": f"{DAY}T05:06:08.000Z",
    "principalId": "usr:1:ops",
    "operation": "query",
    "resource": "ambit-local-ops",
    "target": "TENANT#platform#OPERATION",
    "reason": "tenant administration",
}


def page(*items: object, cursor: str | None = None) -> dict[str, object]:
    return {"day": DAY, "items": list(items), **({"nextCursor": cursor} if cursor else {})}


def ambit(*words: str) -> Result:
    return CliRunner().invoke(app, ["security-events", "list", *words])


def queries(platform: Any) -> list[dict[str, list[str]]]:
    return [parse_qs(urlsplit(asked.path).query) for asked in platform.asked]


def test_todays_events_show_who_tried_and_the_key(platform: Any, answer: Any) -> None:
    platform.will_answer(EVENTS, answer(body=page(LOOK, VIOLATION, cursor="abc")))
    told = ambit()
    assert told.exit_code == 0
    look, violation = told.stdout.splitlines()[1:]
    assert violation.split() == [VIOLATION[name] for name in ("at", "type", "tenantId", "principalId", "operation")] + [
        VIOLATION["resource"],
        VIOLATION["attempted"],
    ]
    assert look.endswith(LOOK["target"])
    assert "--cursor abc" in told.stderr
    assert queries(platform) == [{"limit": ["50"]}]


def test_a_day_and_a_cursor_are_passed_on(platform: Any, answer: Any) -> None:
    platform.will_answer(EVENTS, answer(body=page()))
    told = ambit("--day", DAY, "--limit", "7", "--cursor", "abc")
    assert f"Nothing on {DAY}." in told.stdout
    assert queries(platform) == [{"day": [DAY], "limit": ["7"], "cursor": ["abc"]}]


def test_a_tenants_events_are_sought_in_the_whole_day(platform: Any, answer: Any) -> None:
    other = {**VIOLATION, "tenantId": "globex"}
    platform.will_answer(
        EVENTS,
        answer(body=page(LOOK, other, cursor="abc")),
        answer(body=page(VIOLATION, other, cursor="def")),
        answer(body=page()),
    )
    told = ambit("--tenant", "acme", "--json")
    assert json.loads(told.stdout) == page(VIOLATION)
    assert queries(platform) == [
        {"limit": ["100"]},
        {"limit": ["100"], "day": [DAY], "cursor": ["abc"]},
        {"limit": ["100"], "day": [DAY], "cursor": ["def"]},
    ]


def test_a_type_of_event_is_sought_in_the_whole_day(platform: Any, answer: Any) -> None:
    platform.will_answer(EVENTS, answer(body=page(VIOLATION, LOOK)))
    assert json.loads(ambit("--type", "operator.access", "--json").stdout) == page(LOOK)
    assert json.loads(ambit("--type", "operator.access", "--tenant", "acme", "--json").stdout) == page()


@pytest.mark.parametrize("day", ["yesterday", "2026-02-30"])
def test_a_day_that_is_none_is_refused_before_anybody_is_asked(day: str, platform: Any) -> None:
    assert ambit("--day", day).exit_code == 2
    assert platform.asked == []
