"""What the end of a run means to the canary that it belongs to, on moto."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import pytest

from data_access_lib.conditions import Change
from data_access_lib.errors import StaleVersion
from data_access_lib.repositories.canaries import Canaries
from data_access_lib.repositories.records import to_json
from governance import governor
from governance.canary import Part, Share, Tally, bucket_of
from governance.run_state import RunStatus
from platform_kit.ids import new_id
from run_lifecycle.finish import finish_run
from run_lifecycle.outcome import Failure, Outcome
from tests.functional.moto_platform import table
from tests.functional.run_lifecycle.conftest import AGENT, Stage

STABLE, CANDIDATE = "ver_" + "0" * 32, "ver_" + "1" * 32
GOOD: Final = Outcome(RunStatus.SUCCEEDED, output="hi")
FAILED: Final = Outcome(RunStatus.FAILED, failure=Failure("AGENT_FAILED", "no"))
LATE: Final = Outcome(RunStatus.TIMED_OUT, failure=Failure("AGENT_TIMEOUT", "late"))
BLOCKED: Final = Outcome(RunStatus.FAILED, failure=Failure("GUARDRAIL_BLOCKED", "no"))
CANCELLED: Final = Outcome(RunStatus.CANCELLED, failure=Failure("CANCELLED", "gone"))
SWITCHED_OFF: Final = Outcome(RunStatus.HALTED, failure=Failure("KILL_SWITCH", "stopped"))


@pytest.fixture
def canary(stage: Stage) -> str:
    """The id of a canary that is on."""
    canary_id = new_id("can")
    kept = {"canaryId": canary_id, "stable": STABLE, "candidate": CANDIDATE, "weight": 5_000, "status": "on"}
    stage.store.instances.create_if_absent({"agent": "echo-agent", "instanceId": "ins_1", "canary": kept})
    return canary_id


def end(stage: Stage, canary_id: str, part: Part, outcome: Outcome, **more: Any) -> dict[str, Any]:
    """A run of a canary that has begun and ends so; its record."""
    agent = replace(AGENT, share=Share(canary_id, part))
    run = stage.start(agent=agent, **more).run
    return dict(finish_run(run, outcome, stage.store, stage.parts.clock, pause=lambda _: None).run)


def seen(stage: Stage, canary_id: str) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    stable, candidate = stage.store.canaries.get(canary_id)
    return _numbers(stable), _numbers(candidate)


def _numbers(tally: Tally) -> tuple[int, int, int]:
    return tally.runs, tally.failed, tally.blocked


def kept(stage: Stage) -> dict[str, Any]:
    return dict(stage.store.instances.get("echo-agent", consistent=True)["canary"])


@pytest.mark.parametrize(
    ("outcome", "counted"),
    [
        (GOOD, (1, 0, 0)),
        (FAILED, (1, 1, 0)),
        (LATE, (1, 1, 0)),
        (BLOCKED, (1, 0, 1)),
        (CANCELLED, (0, 0, 0)),
        (SWITCHED_OFF, (0, 0, 0)),
    ],
    ids=["succeeded", "failed", "timed out", "blocked", "cancelled", "switched off"],
)
def test_the_end_of_a_run_is_counted_for_its_version(
    stage: Stage, canary: str, outcome: Outcome, counted: tuple[int, int, int]
) -> None:
    end(stage, canary, Part.CANDIDATE, outcome)
    assert seen(stage, canary) == ((0, 0, 0), counted)


def test_a_job_that_never_began_says_nothing_of_its_version(stage: Stage, canary: str) -> None:
    end(stage, canary, Part.STABLE, FAILED, job=True)
    assert seen(stage, canary) == ((0, 0, 0), (0, 0, 0))


def test_a_run_outside_a_canary_costs_nothing_more(stage: Stage, canary: str) -> None:
    run = stage.start().run
    finish_run(run, FAILED, stage.store, stage.parts.clock)
    assert "canary" not in run
    assert seen(stage, canary) == ((0, 0, 0), (0, 0, 0))


@pytest.mark.parametrize(("rule", "counted"), [("guardrail-hits", (1, 0, 1)), ("repetition", (1, 1, 0))])
def test_a_halt_is_a_failure_or_what_guardrails_stopped(
    stage: Stage, canary: str, rule: str, counted: tuple[int, int, int]
) -> None:
    agent = replace(AGENT, share=Share(canary, Part.CANDIDATE))
    run = stage.start(agent=agent).run
    state = governor.exhaust(governor.begin(governor.ProfileName.BALANCED, 0), 5)
    assert state.halt is not None
    halted = to_json(replace(state, halt=replace(state.halt, rule=rule)).as_dict())
    stage.store.runs.log.append(run["runId"], [], change=Change(set_={"governor": halted}))
    record = {**run, **stage.store.runs.get(run["runId"])}
    why = Outcome(RunStatus.HALTED, failure=Failure("RUN_HALTED", "too much"))
    finish_run(record, why, stage.store, stage.parts.clock)
    assert seen(stage, canary)[1] == counted


def test_a_run_is_counted_once_however_often_and_by_whomever_it_is_ended(stage: Stage, canary: str) -> None:
    agent = replace(AGENT, share=Share(canary, Part.STABLE))
    run = stage.start(agent=agent).run
    with ThreadPoolExecutor(6) as pool:
        ends = list(
            pool.map(lambda outcome: finish_run(run, outcome, stage.store, stage.parts.clock), [GOOD, FAILED] * 3)
        )
    assert sum(one.ended_here for one in ends) == 1
    assert seen(stage, canary)[0][0] == 1


def test_what_cannot_be_counted_fails_no_run(
    stage: Stage, canary: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def down(*_: object) -> None:
        raise OSError("the store is away")

    monkeypatch.setattr(Canaries, "add", down)
    assert end(stage, canary, Part.CANDIDATE, GOOD)["status"] == "succeeded"
    assert '"CanaryUncounted"' in capsys.readouterr().out


def go_bad(stage: Stage, canary: str, outcome: Outcome = FAILED) -> None:
    for _ in range(6):
        end(stage, canary, Part.STABLE, GOOD)
    for _ in range(6):
        end(stage, canary, Part.CANDIDATE, outcome)


@pytest.mark.parametrize(("outcome", "reason"), [(FAILED, "error_rate"), (BLOCKED, "guardrails")])
def test_a_candidate_that_does_worse_is_taken_back_at_once_and_it_is_told(
    stage: Stage, canary: str, outcome: Outcome, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    go_bad(stage, canary, outcome)
    done = kept(stage)
    assert (done["status"], done["weight"], done["reason"], done["endedBy"]) == ("ended", 0, reason, "svc:canary")
    [incident] = stage.store.incidents.list().items
    assert (incident["kind"], incident["severity"], incident["about"]) == (
        "canary-rolled-back",
        "S3",
        "agent:echo-agent",
    )
    entries = [item for item in table("ledger").scan()["Items"] if item["pk"] == "TENANT#acme#AUDIT"]
    assert [(entry["action"], entry["target"]) for entry in entries] == [("canary.rolled_back", "echo-agent")]
    assert '"CanaryRolledBack"' in capsys.readouterr().out


def test_one_that_was_good_for_ten_thousand_runs_is_taken_back_as_soon_as_it_goes_bad(
    stage: Stage, canary: str
) -> None:
    before = stage.parts.clock.now() - timedelta(hours=3)
    for part in Part:
        stage.store.canaries.add(canary, part, Tally(10_000, 100, 0, {bucket_of(20): 10_000}), before)
    for _ in range(24):
        end(stage, canary, Part.STABLE, GOOD)
    bad = 0
    while kept(stage)["status"] == "on":
        end(stage, canary, Part.CANDIDATE, FAILED)
        bad += 1
    assert bad <= 6
    assert kept(stage)["reason"] == "error_rate"


def platforms_incidents() -> list[dict[str, Any]]:
    return [item for item in table("ops").scan()["Items"] if item["pk"] == "TENANT#platform#INCIDENT"]


def test_operators_have_an_incident_that_names_the_tenant_and_its_own(stage: Stage, canary: str) -> None:
    go_bad(stage, canary)
    [own] = stage.store.incidents.list().items
    [incident] = platforms_incidents()
    told = {name: incident[name] for name in ("kind", "severity", "status", "about", "agent")}
    expected = {"kind": "canary-rolled-back", "severity": "S3", "status": "open"}
    assert told == {**expected, "about": "agent:echo-agent", "agent": "echo-agent"}
    assert incident["title"] == f"acme: echo-agent: the canary of {CANDIDATE} was rolled back (error_rate)."
    [entry] = [item for item in table("ops").scan()["Items"] if item["pk"].startswith("TENANT#platform#TIMELINE")]
    detail = json.loads(entry["detail"])
    assert (detail["tenantId"], detail["incidentId"]) == ("acme", own["incidentId"])
    assert detail["candidate"]["failed"] >= 3
    assert "INCIDENTEPOCH" not in {str(item["pk"]).rpartition("#")[2] for item in table("ops").scan()["Items"]}


def test_operators_that_cannot_be_told_leave_the_tenant_its_own(
    stage: Stage, canary: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def down(_fact: object) -> None:
        raise OSError("the store is away")

    stage.store = replace(stage.store, tell_operators=down)
    go_bad(stage, canary)
    assert (kept(stage)["status"], len(stage.store.incidents.list().items)) == ("ended", 1)
    assert '"IncidentLost"' in capsys.readouterr().out


def test_one_that_does_as_well_stays(stage: Stage, canary: str) -> None:
    for part in (Part.STABLE, Part.CANDIDATE) * 8:
        end(stage, canary, part, FAILED)
    assert kept(stage)["status"] == "on"


def test_it_stays_ended_and_is_told_once_whatever_ends_after_it(stage: Stage, canary: str) -> None:
    go_bad(stage, canary)
    done = kept(stage)
    for _ in range(3):
        end(stage, canary, Part.CANDIDATE, FAILED)
    assert kept(stage) == done
    [incident] = stage.store.incidents.list().items
    assert int(incident["count"]) == 1


def test_a_late_run_of_an_ended_canary_does_not_end_the_next(stage: Stage, canary: str) -> None:
    go_bad(stage, canary)
    record = stage.store.instances.get("echo-agent", consistent=True)
    following = {**record["canary"], "canaryId": new_id("can"), "status": "on", "weight": 100}
    stage.store.instances.update("echo-agent", int(record["etag"]), {"canary": following})
    end(stage, canary, Part.CANDIDATE, FAILED)
    assert kept(stage) == following


def test_runs_that_see_it_at_the_same_time_end_it_once(stage: Stage, canary: str) -> None:
    for _ in range(30):
        end(stage, canary, Part.STABLE, GOOD)
    agent = replace(AGENT, share=Share(canary, Part.CANDIDATE))
    runs = [stage.start(agent=agent).run for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda run: finish_run(run, FAILED, stage.store, stage.parts.clock), runs))
    assert kept(stage)["status"] == "ended"
    entries = [item for item in table("ledger").scan()["Items"] if item.get("action") == "canary.rolled_back"]
    assert len(entries) == 1


def test_somebody_elses_change_of_the_instance_does_not_keep_a_bad_candidate_on(
    stage: Stage, canary: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    original, meanwhile = type(stage.store.instances).update, [StaleVersion(), StaleVersion()]

    def update(self: Any, *given: Any) -> Any:
        if meanwhile:
            raise meanwhile.pop()
        return original(self, *given)

    monkeypatch.setattr(type(stage.store.instances), "update", update)
    go_bad(stage, canary)
    assert kept(stage)["status"] == "ended"


def test_whoever_may_end_no_canary_still_counts_and_the_next_run_ends_it(stage: Stage, canary: str) -> None:
    whole = stage.store
    stage.store = replace(whole, audit=None)
    go_bad(stage, canary)
    assert kept(stage)["status"] == "on"
    stage.store = whole
    end(stage, canary, Part.STABLE, GOOD)
    assert kept(stage)["status"] == "ended"


def test_it_is_ended_even_where_nobody_can_be_told(stage: Stage, canary: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def down(*_: object) -> None:
        raise OSError("the store is away")

    monkeypatch.setattr(type(stage.store.incidents), "report", down)
    go_bad(stage, canary)
    assert kept(stage)["status"] == "ended"
    assert "canary.rolled_back" in [item.get("action") for item in table("ledger").scan()["Items"]]
