"""The state machines: what they retry, catch and undo, read from their definitions."""

import json
import re
from typing import Any

import pytest

from infra.constructs.workflow import DEFINITIONS
from infra.functions import FUNCTIONS
from run_lifecycle import lead

NAMES = ("run", "provision", "lifecycle", "evaluation")


def _definition(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((DEFINITIONS / f"{name}.asl.json").read_text())
    return loaded


def _tasks(name: str) -> dict[str, dict[str, Any]]:
    return {key: state for key, state in _definition(name)["States"].items() if state["Type"] == "Task"}


def _steps(name: str) -> list[str]:
    return [state["Parameters"]["Payload"]["step"] for state in _tasks(name).values()]


@pytest.mark.parametrize("name", NAMES)
def test_every_task_has_a_time_limit_and_retries(name: str) -> None:
    for key, state in _tasks(name).items():
        assert state.get("TimeoutSeconds", 0) > 0 or state["TimeoutSecondsPath"].startswith("$.lead."), key
        assert state["Retry"], key


@pytest.mark.parametrize("name", NAMES)
def test_every_next_state_exists_and_every_state_is_reached(name: str) -> None:
    definition = _definition(name)
    states = definition["States"]
    named = {definition["StartAt"], *(s["Next"] for s in states.values() if "Next" in s)}
    named |= {catch["Next"] for state in states.values() for catch in state.get("Catch", [])}
    named |= {choice["Next"] for state in states.values() for choice in state.get("Choices", [])}
    named |= {state["Default"] for state in states.values() if "Default" in state}

    assert named == set(states)


def test_a_run_waits_for_its_agent_by_token_and_notices_silence() -> None:
    start = _tasks("run")["StartAgent"]

    assert start["Resource"].endswith(".waitForTaskToken")
    assert (start["HeartbeatSecondsPath"], start["TimeoutSecondsPath"]) == (
        *("$.lead.heartbeatSeconds", "$.lead.timeoutSeconds"),
    )
    assert start["Parameters"]["Payload"]["taskToken.$"] == "$$.Task.Token"


def test_every_number_that_the_run_workflow_reads_is_in_what_its_functions_tell() -> None:
    """A path that leads nowhere ends an execution: `$.lead` always has all of them (run_lifecycle.lead)."""
    told = {name.removesuffix(".$") for name in _tasks("run")["Recover"]["ResultSelector"]}
    read = {path.rpartition(".")[2] for path in re.findall(r"\$\.lead\.\w+", json.dumps(_definition("run")))}

    assert read == told == set(lead.SETTLE)
    assert _tasks("run")["Resume"]["ResultSelector"] == _tasks("run")["Recover"]["ResultSelector"]


def test_a_run_that_went_wrong_is_settled_as_such() -> None:
    (catch,) = _tasks("run")["StartAgent"]["Catch"]

    assert catch["ErrorEquals"] == ["States.ALL"]
    failed = _tasks("run")[catch["Next"]]["Parameters"]["Payload"]
    assert (failed["step"], failed["error.$"]) == ("recover", "$.error")


def test_an_agents_own_failure_is_not_retried() -> None:
    retried = {error for retry in _tasks("run")["StartAgent"]["Retry"] for error in retry["ErrorEquals"]}

    assert not retried & {"States.ALL", "States.TaskFailed", "States.HeartbeatTimeout", "States.Timeout"}


def test_provisioning_undoes_what_any_step_did() -> None:
    tasks = _tasks("provision")
    forward = [state for key, state in tasks.items() if key != "Compensate"]

    assert {catch["Next"] for state in forward for catch in state["Catch"]} == {"Compensate"}
    assert all(state["Catch"] for state in forward)
    assert tasks["Compensate"]["Next"] == "ProvisioningFailed"


def test_a_lifecycle_operation_goes_on_while_it_says_so_and_a_turn_that_failed_is_done_again() -> None:
    states = _definition("lifecycle")["States"]

    chosen = {choice["StringEquals"]: choice["Next"] for choice in states["Turn"]["Choices"]}
    assert chosen == {"again": "Work", "wait": "Pause", "usage_key": "RemoveUsageKey"}
    assert states["Turn"]["Default"] == "Done"
    assert {states[name]["Next"] for name in ("Pause", "RemoveUsageKey")} == {"Work"}
    retried = {error for retry in states["Work"]["Retry"] for error in retry["ErrorEquals"]}
    assert {"DependencyUnavailable", "Lambda.Unknown", "States.Timeout"} <= retried
    assert [catch["Next"] for catch in states["Work"]["Catch"]] == ["GiveUp"]


def test_the_steps_are_those_the_functions_know() -> None:
    assert _steps("run") == ["start", "recover", "await", "resume", "settle"]
    assert _steps("lifecycle") == ["work", "remove_usage_key", "give_up"]
    assert _steps("provision") == [
        "reserve",
        "create_usage_key",
        "create_keys",
        "create_defaults",
        "activate",
        "compensate",
    ]


def test_executions_nobody_could_settle_end_in_the_dead_letter_queue(stacks: Any) -> None:
    rules = [rule["Properties"] for rule in stacks.resources("AWS::Events::Rule").values()]
    failures = [rule for rule in rules if "status" in rule.get("EventPattern", {}).get("detail", {})]

    machines = stacks.resources("AWS::StepFunctions::StateMachine")
    assert len(machines) == 4
    assert [rule["EventPattern"]["detail"]["status"] for rule in failures] == [["FAILED", "TIMED_OUT"]] * len(machines)
    assert {rule["Targets"][0]["Id"] for rule in failures} == {"DeadLetters"}


def test_runs_that_nobody_leads_and_regions_that_do_not_answer_are_looked_for_every_minute(stacks: Any) -> None:
    rules = [rule["Properties"] for rule in stacks.resources("AWS::Events::Rule").values()]
    targets = [rule["Targets"] for rule in rules if rule.get("ScheduleExpression") == "rate(1 minute)"]
    asked = sorted(json.loads(target["Input"])["step"] for [target] in targets)

    assert asked == ["failover", "reap"]


def test_what_tenants_run_is_looked_at_every_five_minutes(stacks: Any) -> None:
    rules = [rule["Properties"] for rule in stacks.resources("AWS::Events::Rule").values()]
    targets = [rule["Targets"] for rule in rules if rule.get("ScheduleExpression") == "rate(5 minutes)"]
    assert {"step": "inspect"} in [json.loads(target["Input"]) for [target] in targets]


def test_what_is_past_its_time_is_swept_every_night(stacks: Any) -> None:
    rules = [rule["Properties"] for rule in stacks.resources("AWS::Events::Rule").values()]
    (sweep,) = [rule for rule in rules if rule.get("ScheduleExpression", "").startswith("cron(")]

    assert sweep["ScheduleExpression"] == "cron(17 3 * * ? *)"
    assert json.loads(sweep["Targets"][0]["Input"]) == {"step": "retain"}


def test_functions_that_are_invoked_asynchronously_have_dead_letters(stacks: Any) -> None:
    functions = [function["Properties"] for function in stacks.resources("AWS::Lambda::Function").values()]
    kept = {function["FunctionName"] for function in functions if "DeadLetterConfig" in function}

    assert kept == {f"ambit-{stacks.folder.name}-{spec.name}" for spec in FUNCTIONS if spec.asynchronous}


def test_workflow_logs_hold_no_tenants_data(stacks: Any) -> None:
    machines = stacks.resources("AWS::StepFunctions::StateMachine").values()

    assert {m["Properties"]["LoggingConfiguration"]["IncludeExecutionData"] for m in machines} == {False}
