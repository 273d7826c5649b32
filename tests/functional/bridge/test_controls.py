"""What operators have switched off or stopped is refused where runs start, and nothing is left behind."""

from typing import Any

import httpx
import pytest

from lambdas.bridge import handler
from tests.functional.bridge.test_streaming import STREAM, client  # noqa: F401 - a fixture
from tests.functional.fake_runtime import FakeRuntime
from tests.functional.moto_platform import person, put_flag, put_switch, table

SWITCHES = [("platform", "platform"), ("tenant", "acme"), ("agent", "echo-agent")]


def runs() -> int:
    return sum("#RUN#" in item["pk"] for item in table("runs").scan()["Items"])


def later() -> None:
    """More than 15 seconds: a process that knows nothing yet."""
    handler.build.cache_clear()


@pytest.mark.parametrize(("scope", "target"), SWITCHES)
def test_a_kill_switch_stops_the_start_of_runs(scope: str, target: str, invoke: Any, runtime: FakeRuntime) -> None:
    put_switch(scope, target)
    answer = invoke()
    assert (answer.status, answer.json["code"]) == (403, "KILL_SWITCH")
    assert (runtime.calls, runs()) == ([], 0)


@pytest.mark.parametrize(("scope", "target"), [("tenant", "globex"), ("agent", "echo-async"), ("tool", "files.read")])
def test_a_kill_switch_stops_nobody_else(scope: str, target: str, invoke: Any) -> None:
    put_switch(scope, target)
    assert invoke().status == 200


@pytest.mark.parametrize(
    ("flag", "agent", "headers"),
    [
        ("agents.invoke", "echo-agent", {}),
        ("agents.invoke", "echo-stream", {}),
        ("agents.async", "echo-async", {}),
        ("agents.async", "echo-agent", {"prefer": "respond-async"}),
    ],
)
def test_each_way_of_running_has_its_own_flag(
    flag: str, agent: str, headers: dict[str, str], invoke: Any, runtime: FakeRuntime
) -> None:
    put_flag(flag, enabled=False, rules=[{}])
    answer = invoke(agent=agent, **headers)
    assert (answer.status, answer.json["code"]) == (403, "CAPABILITY_DISABLED")
    assert flag in answer.json["detail"]
    assert (runtime.calls, runs()) == ([], 0)


def test_other_ways_go_on_when_one_is_off(invoke: Any, executions: Any) -> None:
    put_flag("agents.invoke", enabled=False, rules=[{}])
    assert invoke(agent="echo-async").status == 202


def test_streaming_has_a_flag_too(client: httpx.Client, runtime: FakeRuntime) -> None:  # noqa: F811 - the fixture
    put_flag("agents.stream", enabled=False, rules=[{}])
    answer = client.post(STREAM, json={"input": "x"})
    assert (answer.status_code, answer.json()["code"]) == (403, "CAPABILITY_DISABLED")
    assert (runtime.calls, runs()) == ([], 0)


@pytest.mark.parametrize(
    ("rule", "status"),
    [
        ({"tiers": ["standard"]}, 200),
        ({"tiers": ["premium"]}, 403),
        ({"tenants": ["acme"]}, 200),
        ({"tenants": ["globex"]}, 403),
        ({"agents": ["echo-agent"]}, 200),
        ({"agents": ["echo-stream"]}, 403),
        ({"percent": 0}, 403),
        ({"percent": 100}, 200),
    ],
)
def test_a_flag_is_asked_with_the_tenants_recorded_tier_and_the_agent(
    rule: dict[str, Any], status: int, invoke: Any
) -> None:
    put_flag("agents.invoke", enabled=True, rules=[rule])
    assert invoke(who=person("acme", tier="premium")).status == status


@pytest.mark.parametrize(
    "broken", [{"enabled": "yes", "rules": [{}]}, {"enabled": True}, {"enabled": True, "rules": "all"}, {}]
)
def test_a_broken_flag_refuses(broken: dict[str, Any], invoke: Any) -> None:
    put_flag("agents.invoke", **broken)
    assert invoke().json["code"] == "CAPABILITY_DISABLED"


def test_a_missing_flag_refuses(invoke: Any) -> None:
    table("control").delete_item(Key={"pk": "TENANT#platform#FLAG", "sk": "agents.invoke"})
    assert invoke().json["code"] == "CAPABILITY_DISABLED"


def test_a_broken_kill_switch_stops_everything(invoke: Any) -> None:
    put_switch("tennant", "globex")
    assert invoke().json["code"] == "KILL_SWITCH"


def test_an_answer_that_was_given_is_given_again_to_a_repeated_request(invoke: Any) -> None:
    """A replay starts nothing: it shows what was done before."""
    first = invoke(idempotency_key="k")
    later()
    put_switch("tenant", "acme")
    again = invoke(idempotency_key="k")
    assert (again.status, again.json["runId"]) == (200, first.json["runId"])


def test_a_refused_start_frees_its_idempotency_key(invoke: Any) -> None:
    put_flag("agents.invoke", enabled=False, rules=[{}])
    assert invoke(idempotency_key="k").status == 403
    put_flag("agents.invoke", enabled=True, rules=[{}])
    later()
    assert invoke(idempotency_key="k").status == 200


def test_what_a_process_knows_of_switches_is_a_second_old_at_most(invoke: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    controls = handler.build().controls
    now = [0.0]
    monkeypatch.setattr(controls, "_monotonic", lambda: now[0])
    assert invoke().status == 200
    put_switch("tenant", "acme")
    now[0] = 0.9
    assert invoke().status == 200
    now[0] = 1.0
    assert invoke().status == 403
