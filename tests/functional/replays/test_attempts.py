"""Runs that were broken off, waited for people or were asked for again: their last attempt is replayed (ADR 0099)."""

from typing import Any

import pytest
from ambit_agent import Job

from data_access_lib.errors import StoreUnavailable
from data_access_lib.repositories.recordings import Recordings
from tests.functional.killing import Fault
from tests.functional.long_runs import (
    Plant,
    ProcessGone,
    careful,
    decide,
    held,
    hold_every_call,
    stepwise,
    write_once,
)
from tests.functional.moto_platform import client, table
from tests.functional.replay_stage import Jobs
from tests.functional.run_platform import stored_run

REQUEUE = "POST /v1/jobs/{id}/requeue"
LARGE = "x" * 100_000


def dies_once(job: Job) -> list[str]:
    if job.invocation.attempt == 1:
        job.checkpoint([write_once(job, "part-0.txt")])
        write_once(job, "part-1.txt")
        job.gateway.events([{"stream": "assistant", "event": "said", "payload": {"attempt": 1}}])
        raise ProcessGone
    job.gateway.events([{"stream": "assistant", "event": "said", "payload": {"attempt": 2}}])
    return stepwise(job)


def test_the_attempt_that_ended_it_is_replayed_from_the_checkpoint_it_began_with(jobs: Jobs) -> None:
    jobs.plant.work = dies_once
    run = jobs.plant.queue()
    assert jobs.plant.lead(run) == "succeeded"
    told = jobs.told(-1)
    assert told["checkpoint"]["state"] == ["part-0.txt"]
    assert [call["status"] for call in told["calls"]] == ["succeeded"]
    first, second = jobs.again(run), jobs.again(run)
    assert jobs.told(-1) == told
    assert (first["attempt"], first["identical"], second["identical"]) == (2, True, True)
    assert first["replayed"]["hash"] == second["replayed"]["hash"]
    names = [call["name"] for call in first["calls"] if call["kind"] == "tool"]
    assert names == ["files.write", "files.write"]  # of which the first was refused: it was made before
    changed = jobs.again(run, lambda job: stepwise(job)[:2])
    assert (changed["identical"], [one["what"] for one in changed["differences"]]) == (
        False,
        ["call", "call", "outcome"],
    )


@pytest.mark.parametrize(("decision", "output"), [("approve", "written"), ("deny", "APPROVAL_DENIED")])
def test_what_people_decided_is_told_again_and_nobody_is_asked(decision: str, output: str, jobs: Jobs) -> None:
    hold_every_call()
    run = jobs.plant.queue()

    def people(_: Plant) -> None:
        assert decide(held(run), decision).status == 200

    jobs.plant.work, jobs.plant.people = careful, people
    assert jobs.plant.lead(run) == "succeeded"
    told = jobs.told(-1)
    shown = jobs.again(run)
    assert (shown["attempt"], shown["identical"]) == (2, True), shown
    assert jobs.told(-1) == told
    assert told["approval"]["status"] == {"approve": "approved", "deny": "denied"}[decision]
    hasty = jobs.again(run, lambda _: output)
    assert [call["result"] for call in hasty["calls"] if call["kind"] == "tool"] == ["missing"]


def test_a_job_that_goes_on_with_another_one_is_replayed_from_what_it_took_over(jobs: Jobs) -> None:
    role = "arn:aws:iam::123456789012:role/run"
    client("stepfunctions").create_state_machine(name="ambit-test-run", definition='{"States": {}}', roleArn=role)

    def fails_first(job: Job) -> int:
        if job.state is None:
            job.checkpoint(LARGE)
            raise ValueError("no luck")
        return len(job.state)

    jobs.plant.work = fails_first
    old = jobs.plant.queue()
    assert jobs.plant.lead(old) == "failed"
    answer = jobs.call(REQUEUE, path={"id": old["jobId"]}, body={"from": "checkpoint"})
    new = {**stored_run("acme", answer.json["runId"]), "tenantId": "acme"}
    assert jobs.plant.lead(new) == "succeeded"
    shown = jobs.again(new)
    assert (shown["attempt"], shown["identical"]) == (1, True), shown
    assert jobs.told(-1)["checkpoint"]["state"] == LARGE
    again = jobs.again(old)
    assert (again["attempt"], again["identical"], jobs.told(-1)) == (1, True, None)


def test_an_attempt_whose_beginning_was_not_recorded_does_not_begin(jobs: Jobs, monkeypatch: Any) -> None:
    kept, down = Recordings.hand, [StoreUnavailable()]

    def hand(recordings: Recordings, run_id: str, attempt: int, told: Any) -> None:
        if down:
            raise down.pop()
        kept(recordings, run_id, attempt, told)

    monkeypatch.setattr(Recordings, "hand", hand)
    jobs.plant.work = dies_once
    run = jobs.plant.queue()
    assert jobs.plant.lead(run) == "succeeded"
    assert [call["ambit"]["attempt"] for call in jobs.plant.runtime.calls] == [1, 3]
    shown = jobs.again(run)
    assert (shown["attempt"], shown["identical"]) == (3, True)


@pytest.mark.parametrize(("change", "reason"), [("gone", "incomplete"), ("changed", "damaged")])
def test_a_beginning_is_not_made_up(change: str, reason: str, jobs: Jobs) -> None:
    jobs.plant.work = dies_once
    run = jobs.plant.queue()
    jobs.plant.lead(run)
    key = {"pk": f"TENANT#acme#RUN#{run['runId']}", "sk": "RECORDED#0001000000"}
    if change == "gone":
        table("runs").delete_item(Key=key)
    else:
        said = {"UpdateExpression": "SET sha256 = :x", "ExpressionAttributeValues": {":x": "0" * 64}}
        table("runs").update_item(Key=key, **said)
    refused = jobs.replay(run["runId"])
    assert (refused.status, refused.json["code"], refused.json["reason"]) == (409, "RUN_NOT_REPLAYABLE", reason)


@pytest.mark.parametrize("when", ["after", "before"])
def test_killed_at_a_write_a_run_is_replayed_as_it_was_or_its_record_is_said_to_be_broken(
    when: str, jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    replayed = 0
    for number in range(5, 41, 5):
        run, fault = jobs.plant.queue(), Fault(number, after=when == "after")
        with fault.lurking(monkeypatch):
            status = jobs.plant.lead(run)
        if status != "succeeded":
            continue
        refused = jobs.replay(run["runId"])
        if refused.status == 409:
            assert refused.json["reason"] == "incomplete", f"write {number}: {refused.json}"
            continue
        shown = jobs.again(run)
        assert shown["identical"] or _answered_unheard(shown["calls"]), f"write {number}: {shown}"
        replayed += 1
    assert replayed > 2


def _answered_unheard(calls: list[dict[str, Any]]) -> bool:
    """Whether all that differs is a call whose answer was kept but never came to the agent, which made it again."""
    others = [call["hash"] for call in calls if call["result"] != "same"]
    missing = [call["hash"] for call in calls if call["result"] == "missing"]
    heard = [call["hash"] for call in calls if call["result"] == "same"]
    return others == missing and set(missing) <= set(heard)
