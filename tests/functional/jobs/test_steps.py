"""The function `jobs`, whole, on moto: the steps of the run workflow, and what happens when they are repeated."""

import json
from typing import Any

import boto3
import pytest
from pydantic import ValidationError

from data_access_lib.errors import KeyUnavailable, ResidencyViolation
from data_access_lib.tenant import TenantContext, TenantId
from governance.recovery import MOST_UNREACHED
from lambdas.jobs import handler
from platform_kit.errors import DependencyUnavailable
from platform_kit.ids import new_id
from tests.functional.fake_runtime import FakeRuntime
from tests.functional.moto_platform import REGION, TENANT_BUCKET, put_switch, table
from tests.functional.run_platform import budget, stored_run

Told = list[tuple[str, str]]


def record(run: dict[str, Any]) -> dict[str, Any]:
    return stored_run(run["tenantId"], run["runId"])


def log(run: dict[str, Any]) -> list[str]:
    events = store(run).runs.log.read(run["runId"])
    return [str(event["event"]) for event in events]


def store(run: dict[str, Any]) -> Any:
    return handler.build().service.open_store(TenantContext(TenantId(run["tenantId"]), "svc:test"))


def complete(run: dict[str, Any], **fields: Any) -> None:
    """What the gateway writes when the agent completes its run."""
    store(run).runs.amend(run["runId"], fields)


def move(tenant: str, **residency: str) -> None:
    """Say in its record that a tenant's data is kept elsewhere; the function begins anew, with nothing remembered."""
    items = table("control")
    item = items.get_item(Key={"pk": "TENANT#platform#TENANT", "sk": tenant})["Item"]
    items.put_item(Item={name: value for name, value in item.items() if name != "residency"} | residency)
    handler.build.cache_clear()


@pytest.mark.parametrize("residency", [{"residency": "eu-west-1"}, {}, {"residency": "us-east-1 "}])
@pytest.mark.parametrize("name", ["start", "settle", "recover", "await", "resume"])
def test_no_step_touches_a_run_of_a_tenant_of_another_region(
    name: str, residency: dict[str, str], queued: Any, step: Any, runtime: FakeRuntime
) -> None:
    run = queued(act="accept")
    before = record(run), budget("acme")
    move("acme", **residency)
    more = {"error": {"Error": "States.Timeout"}} if name == "recover" else {}
    with pytest.raises(ResidencyViolation):
        step(name, run, **more)
    assert (record(run), budget("acme")) == before
    assert runtime.calls == []


class TestStart:
    def test_it_claims_the_run_and_sends_the_agent_off(
        self, queued: Any, step: Any, runtime: FakeRuntime, answered: Told
    ) -> None:
        run = queued(act="accept")
        assert step("start", run) == {"runId": run["runId"], "status": "running"}
        found = record(run)
        assert (found["status"], found["taskToken"]) == ("running", "token-1")
        assert log(run) == ["queued", "started"]
        [payload] = runtime.calls
        assert (payload["ambit"]["runId"], payload["ambit"]["mode"]) == (run["runId"], "async")
        assert answered == []

    def test_done_again_it_does_not_start_the_agent_twice(self, queued: Any, step: Any, runtime: FakeRuntime) -> None:
        run = queued(act="accept")
        step("start", run)
        step("start", run, taskToken="token-2")
        assert len(runtime.calls) == 1
        assert log(run) == ["queued", "started"]
        assert record(run)["taskToken"] == "token-2"

    def test_an_agent_that_refuses_the_job_fails_the_run(self, queued: Any, step: Any, answered: Told) -> None:
        run = queued(act="crash")
        assert step("start", run)["status"] == "failed"
        assert log(run)[-1] == "failed"
        assert answered == [("send_task_success", "token-1")]
        assert budget("acme")["reserved"] == 0

    def test_a_runtime_that_cannot_be_called_is_for_the_workflow_to_retry(self, queued: Any, step: Any) -> None:
        run = queued(act="busy")
        with pytest.raises(DependencyUnavailable) as raised:
            step("start", run)
        assert type(raised.value) is DependencyUnavailable
        assert record(run)["status"] == "running"

    @pytest.mark.parametrize("agent", ["echo-agent", "echo-stream"])
    def test_a_synchronous_agent_is_led_to_its_end_here(
        self, agent: str, queued: Any, step: Any, answered: Told
    ) -> None:
        run = queued(agent, act="words")
        assert step("start", run)["status"] == "succeeded"
        assert step("settle", run)["status"] == "succeeded"
        assert (log(run)[0], log(run)[-1]) == ("queued", "succeeded")
        assert answered == [("send_task_success", "token-1")]
        assert budget("acme")["reserved"] == 0

    def test_a_run_that_was_cancelled_meanwhile_is_let_go(
        self, queued: Any, step: Any, runtime: FakeRuntime, answered: Told
    ) -> None:
        run = queued(act="accept")
        store(run).runs.cancel(run["runId"], "somebody")
        assert step("start", run)["status"] == "cancelled"
        assert runtime.calls == []
        assert answered == [("send_task_success", "token-1")]

    @pytest.mark.parametrize(
        ("scope", "target"), [("tenant", "acme"), ("agent", "echo-async"), ("platform", "platform")]
    )
    def test_a_job_that_was_stopped_while_it_waited_is_halted_and_costs_nothing(
        self, scope: str, target: str, queued: Any, step: Any, runtime: FakeRuntime, answered: Told
    ) -> None:
        run = queued(act="accept")
        put_switch(scope, target)
        assert step("start", run)["status"] == "halted"
        found = record(run)
        assert (json.loads(found["error"])["code"], found["costPico"]) == ("KILL_SWITCH", 0)
        assert (runtime.calls, answered) == ([], [("send_task_success", "token-1")])
        assert budget("acme")["reserved"] == 0

    def test_a_switch_set_later_changes_nothing_about_a_run_that_has_ended(self, queued: Any, step: Any) -> None:
        run = queued(act="crash")
        step("start", run)
        handler.build.cache_clear()
        put_switch("tenant", "acme")
        assert step("start", run)["status"] == "failed"


class TestSettle:
    def test_it_makes_the_agents_outcome_final_once(self, queued: Any, step: Any) -> None:
        run = queued(act="accept")
        step("start", run)
        complete(run, pendingStatus="succeeded", pendingOutput={"n": 1.5, "text": "done"})
        assert [step("settle", run)["status"] for _ in range(3)] == ["succeeded"] * 3
        found = store(run).runs.get(run["runId"])
        assert found["output"] == {"n": 1.5, "text": "done"}
        assert log(run) == ["queued", "started", "succeeded"]
        money = budget("acme")
        assert (money["reserved"], money["spent"]) == (0, found["costPico"])

    def test_what_the_agent_says_of_its_failure_is_kept(self, queued: Any, step: Any) -> None:
        run = queued(act="accept")
        step("start", run)
        complete(run, pendingStatus="failed", pendingError={"code": "NO_DATA", "message": "nothing to do"})
        assert step("recover", run, error={"Error": "NO_DATA", "Cause": "nothing to do"})["lead"]["next"] == "over"
        assert record(run)["status"] == "failed"
        assert store(run).runs.get(run["runId"])["error"] == {"code": "NO_DATA", "message": "nothing to do"}

    def test_a_large_output_stays_where_the_gateway_put_it(self, queued: Any, step: Any) -> None:
        run = queued(act="accept")
        step("start", run)
        key = f"tenants/acme/runs/{run['runId']}/output.json"
        boto3.client("s3", region_name=REGION).put_object(Bucket=TENANT_BUCKET, Key=key, Body=b'"big"')
        complete(run, pendingStatus="succeeded", pendingOutputKey=key)
        assert step("settle", run)["status"] == "succeeded"
        assert record(run)["outputKey"] == key

    def test_tool_calls_of_the_agent_are_paid_for(self, queued: Any, step: Any) -> None:
        run = queued(act="accept")
        step("start", run)
        store(run).runs.amend(run["runId"], {"pendingStatus": "succeeded"}, add={"toolCalls": 3})
        step("settle", run)
        found = store(run).runs.get(run["runId"])
        assert found["costPico"] == 20_000_000 + 30_000 * found["durationMs"] + 3 * 5_000_000


class TestRecover:
    @pytest.mark.parametrize(
        ("error", "status"),
        [
            ("States.HeartbeatTimeout", "timed_out"),
            ("States.Timeout", "timed_out"),
            ("DependencyUnavailable", "failed"),
            ("Lambda.Unknown", "failed"),
        ],
    )
    def test_a_broken_workflow_ends_its_run_and_stops_the_agent(
        self, error: str, status: str, queued: Any, step: Any, runtime: FakeRuntime
    ) -> None:
        run = queued(act="accept")
        step("start", run)
        store(run).runs.amend(run["runId"], {"unreached": MOST_UNREACHED})
        told = step("recover", run, error={"Error": error, "Cause": "secret internals"})
        assert (told["lead"]["next"], record(run)["status"]) == ("over", status)
        assert runtime.stopped
        assert set(runtime.stopped) == {f"acme-{run['sessionId']}"}
        assert budget("acme")["reserved"] == 0
        assert "secret" not in str(record(run)["error"])

    def test_it_changes_nothing_about_a_run_that_has_ended(self, queued: Any, step: Any) -> None:
        run = queued(act="accept")
        step("start", run)
        complete(run, pendingStatus="succeeded", pendingOutput="done")
        step("settle", run)
        spent = budget("acme")
        assert step("recover", run, error={"Error": "States.Timeout"})["lead"]["next"] == "over"
        assert record(run)["status"] == "succeeded"
        assert budget("acme") == spent


class TestReap:
    def test_a_run_whose_leader_died_is_ended_and_settled(self, queued: Any, step: Any) -> None:
        lost, alive = queued(act="accept"), queued(act="accept")
        other = queued(act="accept", tenant="globex")
        for run in (lost, other):
            store(run).runs.amend(run["runId"], {"leaseUntil": 1})
        assert set(step("reap")["reaped"]) == {lost["runId"], other["runId"]}
        assert (record(lost)["status"], record(alive)["status"]) == ("failed", "queued")
        assert budget("globex")["reserved"] == 0
        assert step("reap")["reaped"] == []

    def test_a_tenant_of_another_region_is_passed_over_and_holds_nobody_up(self, queued: Any, step: Any) -> None:
        away, other = queued(act="accept"), queued(act="accept", tenant="globex")
        for run in (away, other):
            store(run).runs.amend(run["runId"], {"leaseUntil": 1})
        move("acme")
        assert step("reap")["reaped"] == [other["runId"]]
        assert record(away)["status"] == "queued"

    def test_a_tenant_that_cannot_be_opened_holds_nobody_up(self, queued: Any, step: Any) -> None:
        shut, other = queued(act="accept"), queued(act="accept", tenant="globex")
        for run in (shut, other):
            store(run).runs.amend(run["runId"], {"leaseUntil": 1})
        reaper = handler.build().reaper
        opened = reaper.open_store

        def refused(who: TenantContext) -> Any:
            if who.tenant_id == "acme":
                raise KeyUnavailable
            return opened(who)

        object.__setattr__(reaper, "open_store", refused)
        with pytest.raises(DependencyUnavailable):
            step("reap")
        assert (record(shut)["status"], record(other)["status"]) == ("queued", "failed")

    def test_a_run_that_cannot_be_ended_holds_no_other_up(self, queued: Any, step: Any) -> None:
        lost = [queued(act="accept") for _ in range(3)]
        for run in lost:
            store(run).runs.amend(run["runId"], {"leaseUntil": 1})
        stuck = max(run["runId"] for run in lost)  # the newest comes first
        conductor = handler.build().reaper.recovery.conductor
        end = conductor.end

        def fails(run: Any, *rest: Any) -> Any:
            if run["runId"] == stuck:
                raise ZeroDivisionError
            return end(run, *rest)

        object.__setattr__(conductor, "end", fails)
        with pytest.raises(ZeroDivisionError):
            step("reap")
        assert sorted(record(run)["status"] for run in lost) == ["failed", "failed", "queued"]

    def test_approvals_whose_time_is_over_are_written_down_though_nobody_looks(self, queued: Any, step: Any) -> None:
        here = store(queued(act="accept"))
        ends = [1, 2, 4_000_000_000_000]
        made = [{"approvalId": new_id("apr"), "kind": "tool", "expiresAt": end} for end in ends]
        for record_ in made:
            transaction = here.transaction()
            here.approvals.create_in(transaction, record_, {})
            transaction.commit()
        here.approvals.void(here.approvals.get(made[1]["approvalId"]))
        step("silent")  # who looks changes nothing
        assert here.approvals.get(made[0]["approvalId"])["status"] == "pending"
        for _ in range(2):
            step("reap")
        assert [here.approvals.get(one["approvalId"])["status"] for one in made] == ["expired", "void", "pending"]
        assert list(here.approvals.overdue()) == []

    def test_one_tenant_can_be_reaped_alone(self, queued: Any, step: Any) -> None:
        other = queued(act="accept", tenant="globex")
        store(other).runs.amend(other["runId"], {"leaseUntil": 1})
        assert step("reap", tenantId="acme")["reaped"] == []
        assert step("reap", tenantId="globex")["reaped"] == [other["runId"]]


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"step": "explode"},
        {"step": "start", "tenantId": "acme"},
        {"step": "settle", "tenantId": "acme", "runId": "r", "jobId": "j", "more": 1},
    ],
)
def test_an_event_that_is_no_step_is_refused(event: dict[str, Any], runtime: FakeRuntime) -> None:
    with pytest.raises(ValidationError):
        handler.handle(event, None)


def test_a_step_reaches_no_other_tenants_run(queued: Any, step: Any) -> None:
    run = queued(act="accept")
    with pytest.raises(Exception, match="no such run"):
        step("settle", {**run, "tenantId": "globex"})
    assert table("runs").scan()["Count"] > 0


def test_what_a_job_answers_is_masked_before_it_is_kept(queued: Any, step: Any, runtime: FakeRuntime) -> None:
    run = queued("echo-agent", act="leak")
    runtime.acts["leak"] = lambda exchange, _: exchange.json("the key is AKIAIOSFODNN7EXAMPLE")

    assert step("start", run)["status"] == "succeeded"

    assert store(run).runs.get(run["runId"])["output"] == "the key is [AWS_KEY]"
    assert "AKIA" not in json.dumps(table("runs").scan()["Items"], default=str)


def test_why_an_agent_did_not_take_a_job_is_masked(queued: Any, step: Any, runtime: FakeRuntime) -> None:
    run = queued(act="script", lines=[{"error": "bad key AKIAIOSFODNN7EXAMPLE"}])

    assert step("start", run)["status"] == "failed"

    assert "[AWS_KEY]" in store(run).runs.get(run["runId"])["error"]["message"]
    events = store(run).runs.log.read(run["runId"])
    assert "AKIA" not in json.dumps(events, default=str)
