"""Dead letters, through the whole handler, with queues of moto's: looked at, done again once, removed with a trace."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from governance.dead_letters import ACTS
from governance.dead_letters import STEP as AGAIN
from platform_kit.clock import rfc3339
from tests.functional.dead_letters.conftest import World
from tests.functional.moto_platform import client, person, table

SECRET = "the patient's name is Ada"
RUN = "run_" + "1" * 32
EXECUTION = f"arn:aws:states:us-east-1:123456789012:execution:ambit-test-run-workflow:{RUN}"
MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:ambit-test-run-workflow"
FAILED = {
    "detail-type": "Step Functions Execution Status Change",
    "source": "aws.states",
    "detail": {
        "executionArn": EXECUTION,
        "stateMachineArn": MACHINE,
        "status": "FAILED",
        "error": "AgentFailed",
        "cause": SECRET,
        "input": f'{{"tenantId": "acme", "runId": "{RUN}", "note": "{SECRET}"}}',
    },
}
STEP = {"step": "reap"}
ASYNC = {
    "requestContext": {
        "functionArn": "arn:aws:lambda:us-east-1:1:function:ambit-test-jobs",
        "condition": "RetriesExhausted",
    },
    "requestPayload": STEP,
    "responsePayload": {"errorType": "KeyError", "errorMessage": SECRET},
}
LOST = {
    "requestContext": {"functionArn": "arn:aws:lambda:us-east-1:1:function:ambit-test-sequencer:$LATEST"},
    "DDBStreamBatchInfo": {
        "streamArn": "arn:s",
        "shardId": "s-1",
        "startSequenceNumber": "1",
        "endSequenceNumber": "9",
    },
}
ASIDE = {"place": f"TENANT#acme#RUN#{RUN} EVENT#0000000003", "reason": "malformed"}
ORDER = {"tenantId": "acme", "agent": "echo-agent", "note": SECRET}
EVERYTHING: list[tuple[str, Any, str, str]] = [
    ("workflow", FAILED, "execution", EXECUTION),
    ("workflow", STEP, "step", "jobs"),
    ("workflow", ASYNC, "step", "jobs"),
    ("workflow", LOST, "stream", "ambit-test-sequencer"),
    ("audit", LOST, "stream", "ambit-test-sequencer"),
    ("audit", ASIDE, "record", ASIDE["place"]),
    ("workflow", "no JSON at all", "unknown", ""),
]


def test_all_queues_are_listed_with_what_they_hold(world: World) -> None:
    world.put("audit", ASIDE)
    found = {queue["name"]: queue["waiting"] for queue in world.ask("GET /v1/platform/dlq").json["queues"]}
    assert found == {"workflow": 0, "audit": 1}


@pytest.mark.parametrize(("queue", "body", "origin", "subject"), EVERYTHING)
def test_a_letter_says_where_it_comes_from(queue: str, body: Any, origin: str, subject: str, world: World) -> None:
    world.put(queue, body)
    (letter,) = world.inspect(queue).json["items"]
    assert (letter["origin"], letter["subject"]) == (origin, subject)
    assert letter["redrivable"] is (origin != "unknown")
    assert letter["receives"] == 1


def test_a_message_that_its_consumer_failed_at_names_its_queue(world: World) -> None:
    world.fail(ORDER)
    (letter,) = world.inspect().json["items"]
    assert (letter["origin"], letter["subject"]) == ("queue", "ambit-test-quarantines")
    assert letter["reason"] == "ReceivedTooOften"
    assert (letter["tenantId"], letter["fields"]["agent"]) == ("acme", "echo-agent")


@pytest.mark.parametrize(
    "body", [FAILED, ASYNC, ORDER, f"{SECRET}", {"agent": SECRET}, {"runId": [SECRET, {"x": SECRET}]}]
)
def test_what_tenants_sent_is_not_shown_nor_kept(body: Any, world: World) -> None:
    world.put("workflow", body, ERROR_CODE="SDK_CLIENT_ERROR", ERROR_MESSAGE=SECRET)
    shown = world.ask("GET /v1/platform/dlq/{queue}/messages", path={"queue": "workflow"})
    assert len(shown.json["items"]) == 1
    world.purge()
    kept = str(table("ops").scan()["Items"]) + str(table("ledger").scan()["Items"])
    assert SECRET not in str(shown.json)
    assert "Ada" not in kept


def test_reason_is_the_word_of_the_error(world: World) -> None:
    world.put("workflow", FAILED)
    world.put("workflow", ASYNC)
    world.put("workflow", STEP, ERROR_CODE="NO_PERMISSIONS")
    reasons = {letter["reason"] for letter in world.inspect().json["items"]}
    assert reasons == {"AgentFailed", "KeyError", "NO_PERMISSIONS"}


def test_what_was_looked_at_can_be_received_again_at_once(world: World) -> None:
    for number in range(25):
        world.put("workflow", {"step": "reap", "n": number})
    assert len(world.inspect(limit="20").json["items"]) == 20
    assert world.inspect(limit="20").json["more"] is True
    assert len(world.inspect(limit="100").json["items"]) == 25
    assert world.held("workflow") == 25


@pytest.mark.chaos("poison")
def test_an_execution_goes_on_where_it_stopped(world: World) -> None:
    world.states.status[EXECUTION] = "FAILED"
    told = world.put("workflow", FAILED)
    assert world.outcomes(world.redrive()) == {told: "moved"}
    assert world.states.redriven == [EXECUTION]
    assert world.held("workflow") == 0


def test_an_execution_that_goes_on_already_is_not_redriven(world: World) -> None:
    world.states.status[EXECUTION] = "SUCCEEDED"
    world.put("workflow", FAILED)
    assert world.redrive().json["done"] == 1
    assert world.states.redriven == []


def test_an_execution_that_is_no_more_stays_where_it_is(world: World) -> None:
    told = world.put("workflow", FAILED)
    assert world.outcomes(world.redrive()) == {told: "not_redrivable"}
    assert world.held("workflow") == 1


def test_an_execution_of_something_else_is_not_touched(world: World) -> None:
    other = EXECUTION.replace("ambit-test", "ambit-prod")
    world.states.status[other] = "FAILED"
    world.put("workflow", {"detail": {**FAILED["detail"], "executionArn": other}})  # type: ignore[dict-item]
    assert world.redrive().json["items"][0]["result"] == "not_redrivable"
    assert world.states.redriven == []


@pytest.mark.parametrize("body", [STEP, ASYNC])
def test_a_step_is_asked_of_its_function_again(body: Any, world: World) -> None:
    world.put("workflow", body)
    world.redrive()
    assert world.bus.said == [(AGAIN, STEP)]


@pytest.mark.chaos("poison")
def test_lost_records_of_runs_are_read_again_by_the_sequencer(world: World) -> None:
    world.put("audit", LOST)
    world.put("audit", ASIDE)
    assert world.redrive("audit").json["done"] == 2
    assert [kind for kind, _ in world.bus.said] == [ACTS, ACTS]
    said = [detail for _, detail in world.bus.said]
    assert {"lost": LOST["DDBStreamBatchInfo"]} in said
    assert {"tenantId": "acme", "runId": RUN} in said


def test_what_the_bus_does_not_take_stays(world: World) -> None:
    world.bus.deaf = True
    told = world.put("audit", ASIDE)
    assert world.outcomes(world.redrive("audit")) == {told: "failed"}
    assert world.held("audit") == 1


@pytest.mark.chaos("poison")
def test_a_message_goes_back_to_its_queue_as_it_was(world: World) -> None:
    world.fail(ORDER, traceparent="00-1")
    assert world.redrive().json["done"] == 1
    (message,) = client("sqs").receive_message(QueueUrl=world.urls["quarantines"], MessageAttributeNames=["All"])[
        "Messages"
    ]
    assert message["Body"] == '{"tenantId": "acme", "agent": "echo-agent", "note": "the patient\'s name is Ada"}'
    assert message["MessageAttributes"]["traceparent"]["StringValue"] == "00-1"
    assert message["MessageAttributes"]["deadLetterId"]["StringValue"]


@pytest.mark.chaos("poison")
def test_what_nobody_knows_what_to_do_with_blocks_nothing(world: World) -> None:
    poison = world.put("workflow", "no JSON at all")
    world.states.status[EXECUTION] = "FAILED"
    good = world.put("workflow", FAILED)
    assert world.outcomes(world.redrive()) == {poison: "not_redrivable", good: "moved"}
    assert world.held("workflow") == 1


@pytest.mark.chaos("poison")
def test_many_that_nothing_can_be_done_with_keep_no_other_from_its_turn(world: World) -> None:
    for number in range(60):
        world.put("workflow", f"poison {number}")
    good = world.put("workflow", STEP)
    answer = world.redrive(limit=10)
    assert (answer.json["done"], world.outcomes(answer)[good]) == (1, "moved")
    assert world.held("workflow") == 60


def test_only_what_is_named_is_moved(world: World) -> None:
    wanted, other = world.put("workflow", STEP), world.put("workflow", {"step": "watch"})
    answer = world.redrive(messageIds=[wanted, "not-there"])
    assert world.outcomes(answer) == {wanted: "moved", "not-there": "not_found"}
    assert world.bus.said == [(AGAIN, STEP)]
    assert [letter["messageId"] for letter in world.inspect().json["items"]] == [other]


def test_what_failed_again_since_a_moment_is_left_for_later(world: World) -> None:
    world.put("workflow", STEP)
    earlier, later = (rfc3339(datetime.now(UTC) + timedelta(minutes=by)) for by in (-1, 1))
    assert world.redrive(sentBefore=earlier).json["done"] == 0
    assert world.redrive(sentBefore=later).json["done"] == 1


def test_two_operators_at_once_move_each_letter_once(world: World) -> None:
    for number in range(30):
        world.put("audit", {**ASIDE, "place": f"TENANT#acme#RUN#run_{number:032x} EVENT#1"})
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: world.redrive("audit", limit=30), range(4)))
    assert sum(answer.json["done"] for answer in answers) >= 30
    assert sorted(detail["runId"] for _, detail in world.bus.said) == [f"run_{number:032x}" for number in range(30)]


def test_a_letter_that_was_moved_and_not_removed_is_not_moved_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQS may hand a message over although it was deleted: it promises at least once."""
    from lambdas.dead_letters.queues import Taken

    told = world.put("workflow", STEP)
    with monkeypatch.context() as patched:
        patched.setattr(Taken, "remove", lambda _self, _letter: None)
        assert world.outcomes(world.redrive()) == {told: "moved"}
    assert world.outcomes(world.redrive()) == {told: "already_moved"}
    assert len(world.bus.said) == 1
    assert world.held("workflow") == 0


def test_a_move_whose_end_is_not_known_is_tried_again_after_its_lease_only(world: World) -> None:
    world.states.status[EXECUTION], world.states.down = "FAILED", True
    told = world.put("workflow", FAILED)
    assert world.outcomes(world.redrive()) == {told: "failed"}
    world.states.down = False
    assert world.outcomes(world.redrive()) == {told: "in_progress"}
    for item in table("ops").scan()["Items"]:
        if item.get("messageId") == told:
            table("ops").put_item(Item={**item, "until": 1})
    assert world.outcomes(world.redrive()) == {told: "moved"}


def test_purging_wants_the_name_again_and_a_reason(world: World) -> None:
    world.put("workflow", STEP)
    assert world.purge(confirm="audit").status == 422
    assert world.purge(reason=" ").status == 400
    assert world.held("workflow") == 1


def test_what_is_purged_is_in_the_audit_log_first(world: World) -> None:
    told = world.put("workflow", FAILED)
    assert world.outcomes(world.purge()) == {told: "purged"}
    assert world.held("workflow") == 0
    (entry,) = world.audited("dead_letters.purged")
    (letter,) = entry["letters"]
    assert (entry["reason"], letter["messageId"], letter["subject"]) == ("done by hand", told, EXECUTION)
    assert letter["fields"]["detail.input.runId"] == RUN
    assert len(letter["digest"]) == 64


def test_nothing_is_purged_that_could_not_be_written_down(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from data_access_lib.repositories.audit import AuditLog

    def refuse(_self: AuditLog, _draft: Any) -> None:
        raise ConnectionError

    world.put("workflow", STEP)
    monkeypatch.setattr(AuditLog, "append", refuse)
    assert world.purge().status == 500
    assert world.held("workflow") == 1


def test_every_look_and_every_move_is_an_operators_access(world: World) -> None:
    world.put("workflow", STEP)
    world.inspect()
    world.redrive()
    world.purge("audit")
    told = {(one["operation"], one["target"]) for one in world.accesses() if one["resource"] == "dead-letters"}
    assert told == {("inspect", "workflow"), ("redrive", "workflow"), ("purge", "audit")}
    (entry,) = world.audited("dead_letters.redriven")
    assert list(entry["results"].values()) == ["moved"]


@pytest.mark.parametrize("queue", ["quarantines", "nothing", "workflow-dead-letters", "../workflow", ""])
def test_a_queue_that_holds_no_dead_letters_is_not_there(queue: str, world: World) -> None:
    assert {world.inspect(queue).status, world.redrive(queue).status, world.purge(queue).status} == {404}


@pytest.mark.parametrize("role", ["Tenant.Viewer", "Tenant.Developer", "Tenant.Admin"])
def test_no_tenant_looks_at_them(role: str, world: World) -> None:
    who = person("acme", role)
    assert world.ask("GET /v1/platform/dlq", who).status == 403
    assert world.ask("GET /v1/platform/dlq/{queue}/messages", who, path={"queue": "workflow"}).status == 403


@pytest.mark.chaos("duplicates")
def test_a_hundred_redrives_of_a_letter_that_comes_back_each_time_move_it_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lambdas.dead_letters.queues import Taken

    told = world.put("audit", ASIDE)
    monkeypatch.setattr(Taken, "remove", lambda _self, _letter: None)
    results = [world.outcomes(world.redrive("audit"))[told] for _ in range(100)]
    assert results == ["moved", *["already_moved"] * 99]
    assert len(world.bus.said) == 1


@pytest.mark.parametrize("call", ["change_message_visibility", "delete_message"])
def test_what_was_moved_is_told_and_in_the_audit_log_whatever_fails_after_that(
    call: str, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.states.status[EXECUTION] = "FAILED"
    moved, left = world.put("workflow", FAILED), world.put("workflow", "no JSON at all")

    def fails(**_request: Any) -> None:
        raise ConnectionError("cut")

    monkeypatch.setattr(world.queues, call, fails, raising=False)
    answer = world.redrive()
    expected = {moved: "moved" if call == "change_message_visibility" else "failed", left: "not_redrivable"}
    assert (answer.status, world.outcomes(answer)) == (200, expected)
    assert [entry["results"] for entry in world.audited("dead_letters.redriven")] == [expected]
    assert world.states.redriven == [EXECUTION]
