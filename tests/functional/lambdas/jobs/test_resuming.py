"""Asynchronous runs that stop for an approval: the workflow waits in the agent's place, and people bring it back."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from ambit_agent import Job

from tests.functional.long_runs import Plant, careful, decide, held, hold_every_call, plant_on_moto
from tests.functional.moto_platform import person, table
from tests.functional.run_platform import stored_run

ADMIN = person("acme", "Tenant.Admin", "admin")


@pytest.fixture
def plant(monkeypatch: pytest.MonkeyPatch) -> Iterator[Plant]:
    """Policy asks for every call of the agent's."""
    with plant_on_moto(monkeypatch, careful) as made:
        hold_every_call()
        yield made


@pytest.mark.parametrize(
    ("decision", "output", "files"), [("approve", "written", ["held.txt"]), ("deny", "APPROVAL_DENIED", [])]
)
def test_a_decision_brings_the_run_back_with_itself(decision: str, output: str, files: list[str], plant: Plant) -> None:
    run = plant.queue()
    seen: list[str] = []

    def people(_: Plant) -> None:
        seen.append(stored_run("acme", run["runId"])["status"])
        assert decide(held(run), decision).status == 200

    plant.people = people
    assert plant.lead(run) == "succeeded"
    assert seen == ["awaiting_approval"]
    assert json.loads(stored_run("acme", run["runId"])["output"]) == output
    assert plant.files(run) == files
    assert plant.life(run) == ["queued", "started", "awaiting_approval", "resumed", "succeeded"]
    assert plant.runtime.calls[1]["ambit"]["resume"]["checkpoint"]["state"] == {"asked": True}


def test_nobodys_decision_in_time_is_a_refusal(plant: Plant) -> None:
    run = plant.queue()

    def time_goes_by(_: Plant) -> None:
        key = {"pk": f"TENANT#acme#APPROVAL#{held(run)}", "sk": "META"}
        table("runs").update_item(Key=key, UpdateExpression="SET expiresAt = :x", ExpressionAttributeValues={":x": 1})

    plant.people = time_goes_by
    assert plant.lead(run) == "succeeded"
    assert json.loads(stored_run("acme", run["runId"])["output"]) == "APPROVAL_EXPIRED"


def test_a_decision_before_the_workflow_waits_is_not_missed(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the agent's stopping and the token that people's decision would find."""
    run = plant.queue()
    step = plant.step

    def decided_before(sent: dict[str, Any]) -> dict[str, Any]:
        if sent["step"] == "await":
            assert decide(held(run), "approve").status == 200
        return step(sent)

    monkeypatch.setattr(plant, "step", decided_before)
    assert plant.lead(run) == "succeeded"
    assert plant.files(run) == ["held.txt"]


def test_a_decision_that_nobody_told_the_workflow_of_is_found_by_the_reaper(
    plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lambdas.approvals import handler

    run = plant.queue()

    def lost(_: Plant) -> None:
        with monkeypatch.context() as broken:
            broken.setattr(handler, "_tasks", lambda: 1 / 0)
            handler.build.cache_clear()
            decide(held(run), "approve")
        handler.build.cache_clear()
        assert plant.step({"step": "reap", "tenantId": "acme"})["reaped"] == []

    plant.people = lost
    assert plant.lead(run) == "succeeded"
    assert plant.files(run) == ["held.txt"]


def test_waiting_costs_nothing_and_is_not_working_time(plant: Plant) -> None:
    run = plant.queue()
    key = {"pk": f"TENANT#acme#RUN#{run['runId']}", "sk": "META"}

    def long_after(_: Plant) -> None:
        hours_ago = "2020-01-01T00:00:00.000Z"
        table("runs").update_item(
            Key=key, UpdateExpression="SET waitingSince = :x", ExpressionAttributeValues={":x": hours_ago}
        )
        decide(held(run), "approve")

    plant.people = long_after
    assert plant.lead(run) == "succeeded"
    assert stored_run("acme", run["runId"])["durationMs"] == 0


def test_another_runs_approval_is_not_there(plant: Plant) -> None:
    mine = plant.queue()
    plant.people = lambda _: None
    plant.callbacks.waiting["t-1"] = None
    plant.step({"step": "start", "taskToken": "t-1", **{k: mine[k] for k in ("tenantId", "runId", "jobId")}})
    plant.attempt(plant.runtime.calls[-1])
    approval, other = held(mine), plant.queue()
    plant.callbacks.waiting["t-2"] = None
    plant.step({"step": "start", "taskToken": "t-2", **{k: other[k] for k in ("tenantId", "runId", "jobId")}})
    refused: list[str] = []
    plant.work = lambda job: refused.append(_refusal(job, approval))
    plant.attempt(plant.runtime.calls[-1])
    assert refused == ["NOT_FOUND"]


def _refusal(job: Job, approval_id: str) -> str:
    from ambit_agent import GatewayError

    with pytest.raises(GatewayError) as raised:
        job.gateway.stop_for(approval_id)
    return raised.value.code
