import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime

import boto3
import pytest

from data_access_lib.signals import AccessAttempt, OpsAccessSignals
from tests.functional.moto_platform import Answer, event, operator, person, platform_on_moto

EVENTS = "GET /v1/platform/security-events"
Ask = Callable[..., Answer]


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ask]:
    from lambdas.platform_ops import handler

    handler.build.cache_clear()
    handler._kept_client.cache_clear()
    with platform_on_moto(monkeypatch):
        yield lambda who, **query: Answer.of(handler.handle(event(EVENTS, authorizer=who, query=query), None))


def attempt(key: str) -> None:
    signals = OpsAccessSignals(lambda: boto3.client("dynamodb"), "ambit-test-ops", emit=lambda _: None)
    signals.violation(AccessAttempt("acme", "usr:abcd1234:dev@acme", "get", "ambit-test-runs", key))


def attempts(answer: Answer) -> list[str]:
    return [item["attempted"] for item in answer.json["items"] if item["type"] == "tenant.access_violation"]


def test_an_operator_sees_todays_attempts_and_that_operators_looked(ask: Ask) -> None:
    attempt("TENANT#globex#RUN#1")
    ask(operator())
    answer = ask(operator(name="second"))
    assert (answer.status, answer.json["day"]) == (200, datetime.now(UTC).date().isoformat())
    assert attempts(answer) == ["TENANT#globex#RUN#1"]
    looked = {item["principalId"] for item in answer.json["items"] if item["type"] == "operator.access"}
    assert looked == {"usr:abcd1234:ops", "usr:abcd1234:second"}


def test_the_list_goes_on_where_its_cursor_says(ask: Ask) -> None:
    for number in range(3):
        attempt(f"TENANT#globex#RUN#{number}")
    first = ask(operator(), limit="3")
    rest = ask(operator(), day=first.json["day"], cursor=first.json["nextCursor"])
    assert attempts(first) + attempts(rest) == [f"TENANT#globex#RUN#{number}" for number in (2, 1, 0)]


@pytest.mark.parametrize("day", ["", "today", "2026-13-01", "2026-02-30", "20260304", "2026-W01-1", "٢٠٢٦-٠٣-٠٤"])
def test_a_day_that_is_none_is_refused_by_name(day: str, ask: Ask) -> None:
    answer = ask(operator(), day=day)
    assert (answer.status, answer.json["errors"][0]["pointer"]) == (400, "?day")


@pytest.mark.parametrize(("name", "value"), [("limit", "0"), ("limit", "101"), ("tenant", "acme")])
def test_other_bad_words_are_refused_by_name(name: str, value: str, ask: Ask) -> None:
    answer = ask(operator(), **{name: value})
    assert (answer.status, answer.json["errors"][0]["pointer"]) == (400, f"?{name}")


def test_a_cursor_of_another_day_is_refused(ask: Ask) -> None:
    attempt("TENANT#globex#RUN#1")
    cursor = ask(operator(), limit="1").json["nextCursor"]
    assert ask(operator(), day=date(2020, 1, 1).isoformat(), cursor=cursor).status == 400
    assert ask(operator(), cursor="forged").status == 400


@pytest.mark.parametrize("role", ["Tenant.Viewer", "Tenant.Admin"])
def test_tenants_do_not_see_the_platforms_security_events(role: str, ask: Ask) -> None:
    assert ask(person("acme", role)).status == 403


def test_health_makes_no_client_and_needs_no_table() -> None:
    code = """
import os, sys
names = ("STAGE", "VERSION", "CONTROL_TABLE", "RUNS_TABLE", "OPS_TABLE", "TENANT_BUCKET", "CURSOR_SECRET_ARN")
os.environ |= dict.fromkeys(names, "nowhere")
from lambdas.platform_ops.handler import handle
sent = {"httpMethod": "GET", "resource": "/v1/health", "path": "/v1/health", "requestContext": {}}
answer = handle(sent, None)
sys.exit(answer["statusCode"] != 200 or "boto3" in sys.modules)
"""
    assert subprocess.run([sys.executable, "-c", code], check=False, capture_output=True).returncode == 0
