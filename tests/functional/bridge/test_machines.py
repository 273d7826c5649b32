"""What a machine's credential that is limited to agents, or to an environment, can see and start."""

from typing import Any, Final

import pytest

from data_access_lib import key_uses
from tests.functional.fake_runtime import FakeRuntime
from tests.functional.moto_platform import machine, person, table
from tests.functional.run_platform import AGENTS, publish, stored_run

EVERY: Final = ("agents:invoke", "runs:read", "runs:cancel")
WHOLE: Final = machine("acme", *EVERY)
ECHO: Final = machine("acme", *EVERY, agents="echo-agent", key_id="key_" + "2" * 32)
DEV: Final = machine("acme", *EVERY, environment="dev", key_id="key_" + "3" * 32)
GENERAL: Final = machine("acme", *EVERY, domains="general", key_id="key_" + "4" * 32)
FINANCE: Final = machine("acme", *EVERY, domains="finance hr", key_id="key_" + "5" * 32)
AWS: Final = ECHO | {"credential": "aws", "principalId": "aws:awc_1"}


def use_of(who: dict[str, str], tenant: str = "acme") -> Any:
    key = {"pk": f"TENANT#{tenant}#KEYUSE", "sk": who["principalId"].removeprefix("key:")}
    return table("ops").get_item(Key=key).get("Item", {})


@pytest.fixture(autouse=True)
def _fresh_tally() -> None:
    key_uses.tally.cache_clear()


@pytest.mark.parametrize("who", [ECHO, AWS], ids=["key", "aws"])
def test_an_agent_outside_a_credential_is_not_there(invoke: Any, runtime: FakeRuntime, who: dict[str, str]) -> None:
    assert invoke(who=who).status == 200
    for agent in ("echo-stream", "premium-agent", "no-such-agent", "echo-agent2"):
        answer = invoke(agent=agent, who=who)
        assert (answer.status, answer.json["code"]) == (404, "NOT_FOUND")
    assert len(runtime.calls) == 1


def test_what_is_not_there_for_a_credential_looks_like_what_is_not_there_at_all(invoke: Any) -> None:
    hidden, absent = invoke(agent="echo-stream", who=ECHO).json, invoke(agent="nobody", who=ECHO).json
    assert {**hidden, "instance": ""} == {**absent, "instance": ""}


def test_an_earlier_answer_of_another_credential_is_not_replayed(invoke: Any) -> None:
    first = invoke(agent="echo-stream", who=WHOLE, idempotency_key="k1")
    assert first.status == 200
    assert invoke(agent="echo-stream", who=ECHO, idempotency_key="k1").status == 404


def test_runs_of_other_agents_are_not_there(call: Any, invoke: Any) -> None:
    mine = invoke(who=person("acme")).json["runId"]
    other = invoke(agent="echo-stream", who=person("acme")).json["runId"]
    for route in ("GET /v1/runs/{id}", "POST /v1/runs/{id}/cancel"):
        assert call(route, ECHO, path={"id": other}).status == 404
        assert call(route, ECHO, path={"id": mine}).status in {200, 409}
    assert [run["runId"] for run in call("GET /v1/runs", ECHO).json["items"]] == [mine]
    assert len(call("GET /v1/runs", WHOLE).json["items"]) == 2


@pytest.mark.parametrize("credential", ["key", "aws"])
def test_a_credential_with_domains_is_for_their_agents_jobs_and_runs(
    call: Any, invoke: Any, executions: Any, credential: str
) -> None:
    publish("echo-async", "async", "basic", domain="finance")
    finance, general = FINANCE | {"credential": credential}, GENERAL | {"credential": credential}
    job = invoke(agent="echo-async", who=finance).json
    run_id = invoke(who=general).json["runId"]
    assert (stored_run("acme", job["runId"])["domain"], stored_run("acme", run_id)["domain"]) == ("finance", "general")
    for who, agent, jobs_status, run_status in ((finance, "echo-agent", 200, 404), (general, "echo-async", 404, 200)):
        refused = invoke(agent=agent, who=who)
        assert (refused.status, refused.json["code"]) == (404, "NOT_FOUND")
        assert call("GET /v1/jobs/{id}", who, path={"id": job["jobId"]}).status == jobs_status
        assert call("GET /v1/runs/{id}", who, path={"id": run_id}).status == run_status
        assert len(call("GET /v1/runs", who).json["items"]) == 1


def test_an_earlier_answer_is_not_replayed_once_the_agent_is_in_another_domain(
    invoke: Any, runtime: FakeRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert invoke(who=GENERAL, idempotency_key="k1").status == 200
    monkeypatch.setattr("run_lifecycle.resolution.AgentResolver.domain", lambda *_: "finance")
    assert invoke(who=GENERAL, idempotency_key="k1").status == 404


def test_another_environments_agents_and_runs_are_not_there(call: Any, invoke: Any) -> None:
    assert invoke(who=DEV).status == 404
    run_id = invoke(who=WHOLE).json["runId"]
    assert invoke(who=DEV).status == 404
    assert call("GET /v1/runs/{id}", DEV, path={"id": run_id}).status == 404
    assert call("GET /v1/runs", DEV).json["items"] == []
    instances = [item for item in table("control").scan()["Items"] if "#INSTANCE" in item["pk"]]
    assert [item["environment"] for item in instances] == ["prod"]


def test_a_job_of_another_agent_is_not_there(call: Any, invoke: Any, executions: Any) -> None:
    job = invoke(agent="echo-async", who=WHOLE).json["jobId"]
    assert call("GET /v1/jobs/{id}", WHOLE, path={"id": job}).status == 200
    assert call("GET /v1/jobs/{id}", ECHO, path={"id": job}).status == 404


def test_every_admitted_call_of_a_key_is_counted(call: Any, invoke: Any) -> None:
    invoke(who=ECHO)
    assert (use_of(ECHO)["useCount"], use_of(ECHO)["lastUsedAt"][-1]) == (1, "Z")
    for _ in range(4):
        call("GET /v1/runs", ECHO)
    assert use_of(ECHO)["useCount"] == 1
    call("GET /v1/tenant", ECHO)  # another function's route, without its scope: not admitted
    key_uses.tally()._uses["acme", ECHO["principalId"].removeprefix("key:")].due = 0.0
    call("GET /v1/runs", ECHO)
    assert use_of(ECHO)["useCount"] == 6


def test_people_and_agents_are_not_counted(call: Any) -> None:
    call("GET /v1/runs", person("acme"))
    call("GET /v1/runs", AWS)
    assert [item for item in table("ops").scan()["Items"] if "KEYUSE" in item["pk"]] == []


def test_a_count_that_cannot_be_written_refuses_nobody(call: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("data_access_lib.repositories.key_usage.KeyUsage.add", lambda *_: 1 / 0)
    assert call("GET /v1/runs", ECHO).status == 200


def test_the_agents_of_this_test_exist() -> None:
    assert {"echo-agent", "echo-stream", "premium-agent", "echo-async"} <= AGENTS.keys()
