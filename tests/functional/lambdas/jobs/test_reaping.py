"""Runs that nobody leads any more are brought back where they can be."""

import json
import os
import re
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from ambit_agent import Job

from lambdas.jobs import handler
from platform_kit.errors import DependencyUnavailable
from tests.functional.long_runs import Plant, ProcessGone, stepwise, write_once
from tests.functional.moto_platform import table
from tests.functional.run_platform import budget, stored_run

RUNBOOK = Path(__file__).resolve().parents[4] / "runbooks" / "stuck-job.md"


def test_a_run_whose_workflow_is_gone_with_everything_else_is_brought_back(plant: Plant) -> None:
    """The whole platform is killed but for its tables: no execution, no token, no process of the agent."""
    run = plant.queue()

    def dies_with_the_platform(job: Job) -> list[str]:
        if job.invocation.attempt > 1:
            return stepwise(job)
        job.checkpoint([write_once(job, "part-0.txt")])
        plant.callbacks.waiting.clear()
        raise ProcessGone

    plant.work = dies_with_the_platform
    plant.step({"step": "start", "taskToken": "t-1", **{k: run[k] for k in ("tenantId", "runId", "jobId")}})
    plant.attempt(plant.runtime.calls[-1])
    plant._answered = 1
    assert plant.reap(run) == []
    assert stored_run("acme", run["runId"])["status"] == "succeeded"
    assert plant.files(run) == ["part-0.txt", "part-1.txt", "part-2.txt"]


def test_the_reaper_wakes_a_workflow_that_waits_for_a_silent_agent(plant: Plant) -> None:
    run = plant.queue()
    plant.callbacks.waiting["t-1"] = None
    plant.step({"step": "start", "taskToken": "t-1", **{k: run[k] for k in ("tenantId", "runId", "jobId")}})
    assert plant.reap(run) == []
    assert str(plant.callbacks.waiting["t-1"]) == "AgentLost"
    assert plant.step({"step": "reap", "tenantId": "acme"})["reaped"] == []  # it is given time to act


def started(plant: Plant) -> dict[str, Any]:
    """A job whose agent was asked, and whose workflow waits."""
    run = plant.queue()
    plant.callbacks.waiting[f"t-{run['runId']}"] = None
    named = {name: run[name] for name in ("tenantId", "runId", "jobId")}
    plant.step({"step": "start", "taskToken": f"t-{run['runId']}", **named})
    return run


def silent_for(run: dict[str, Any], seconds: int, **fields: int) -> None:
    until = int((datetime.now(UTC) - timedelta(seconds=seconds)).timestamp())
    table("runs").update_item(
        Key={"pk": f"TENANT#acme#RUN#{run['runId']}", "sk": "META"},
        UpdateExpression="SET leaseUntil = :x",
        ExpressionAttributeValues={":x": until},
    )


def oldest(capsys: pytest.CaptureFixture[str]) -> float:
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"OldestSilentRun"' in line]
    return float(told[-1]["OldestSilentRun"][0])


def test_the_age_of_the_longest_silent_run_is_told_at_every_look(
    plant: Plant, capsys: pytest.CaptureFixture[str]
) -> None:
    plant.step({"step": "reap"})
    assert oldest(capsys) == 0
    run = started(plant)
    silent_for(run, 30)
    plant.step({"step": "reap"})
    assert 30_000 <= oldest(capsys) <= 60_000
    assert [one["runId"] for one in plant.step({"step": "silent"})["silent"]] == [run["runId"]]


def test_a_run_that_is_told_of_in_vain_keeps_its_age_and_another_attempt_ends_it(
    plant: Plant, capsys: pytest.CaptureFixture[str]
) -> None:
    run = started(plant)
    silent_for(run, 600)
    for _ in range(2):  # the workflow was told, and nothing moved: its lease was prolonged, its age was not
        plant.step({"step": "reap"})
        assert oldest(capsys) >= 600_000
    named = {name: run[name] for name in ("tenantId", "runId", "jobId")}
    plant.step({"step": "recover", **named, "error": {"Error": "AgentLost", "Cause": "x"}})
    plant.step({"step": "start", "taskToken": "t-2", **named})
    assert "silentSince" not in stored_run("acme", run["runId"])
    plant.step({"step": "reap"})
    assert oldest(capsys) == 0


def test_a_run_that_cannot_be_looked_after_holds_up_no_other(
    plant: Plant, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    cursed, other = started(plant), started(plant)
    for run in (cursed, other):
        silent_for(run, 900)
    real = handler.build().reaper.tasks

    def fails_for_one(token: str) -> Any:
        if cursed["runId"] in token:
            raise DependencyUnavailable("no")
        return real(token)

    monkeypatch.setitem(handler.build().reaper.__dict__, "tasks", fails_for_one)
    with pytest.raises(DependencyUnavailable):
        plant.step({"step": "reap"})
    assert str(plant.callbacks.waiting[f"t-{other['runId']}"]) == "AgentLost"
    assert "ReapFailed" in capsys.readouterr().out


def carry_out(plant: Plant, section: str, **names: str) -> list[dict[str, Any]]:
    """The runbook's commands of a section, by the shell that an operator has; `aws lambda invoke` is the handler."""
    text = RUNBOOK.read_text(encoding="utf-8").split(f"## {section}")[1].split("\n## ")[0]
    commands = re.findall(r"^aws lambda invoke .*$", text, re.MULTILINE)
    answers = []
    for command in commands:
        shown = 'aws() { while [ $# -gt 0 ]; do [ $1 = --payload ] && printf %s "$2"; shift; done; }; ' + command
        ran = subprocess.run(["bash", "-c", shown], env={**os.environ, **names}, capture_output=True, check=True)
        answers.append(answered(plant, json.loads(ran.stdout)))
    return answers


def answered(plant: Plant, event: dict[str, Any]) -> dict[str, Any]:
    """As Lambda answers an invocation, also one that fails."""
    try:
        return plant.step(event)
    except DependencyUnavailable as failure:
        return {"errorType": type(failure).__name__, "errorMessage": str(failure)}


def test_the_runbook_finds_and_repairs_a_stuck_job(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    run, healthy = started(plant), started(plant)
    silent_for(run, 1800)

    def fails(_token: str) -> Any:
        raise DependencyUnavailable("no")

    monkeypatch.setitem(handler.build().reaper.__dict__, "tasks", fails)
    [found] = carry_out(plant, "Diagnosis", STAGE="dev")
    [stuck] = found["silent"]
    assert (stuck["runId"], stuck["status"], stuck["jobId"]) == (run["runId"], "running", run["jobId"])
    assert stuck["silentSeconds"] >= 1800
    reaped, given_up, after = carry_out(plant, "Mitigation", STAGE="dev", TENANT=stuck["tenantId"], RUN=stuck["runId"])
    assert (reaped["errorType"], given_up["status"], after["silent"]) == ("DependencyUnavailable", "failed", [])
    stored = stored_run("acme", run["runId"])
    assert json.loads(stored["error"])["code"] == "RUN_LOST"
    assert f"acme-{run['sessionId']}" in plant.runtime.stopped
    left = plant.step({"step": "give_up", "tenantId": "acme", "runId": healthy["runId"]})
    assert left["status"] == "running"
    assert budget("acme")["reserved"] > 0
