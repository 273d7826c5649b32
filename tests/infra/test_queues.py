"""No queue, stream consumer or asynchronous function loses anything silently, whatever the templates hold."""

import json
import re
from collections.abc import Iterator
from typing import Any

import aws_cdk
import pytest
from aws_cdk import aws_kms

from governance.dead_letters import SOURCE, STEPS
from infra.config import settings_for
from infra.constructs.queue_with_dlq import DeadLetterQueue, RetriedQueue
from infra.queues import DEAD_LETTERS, RETRIED, UnregisteredQueueError
from tests.infra import policies

LONGEST = 14 * 24 * 3600
VISIBLE, AGE = "ApproximateNumberOfMessagesVisible", "ApproximateAgeOfOldestMessage"
SUFFIX = "-dead-letters"


def queues(stacks: Any) -> dict[str, dict[str, Any]]:
    """Every queue's properties, by its name without the stage."""
    found = [queue["Properties"] for queue in stacks.resources("AWS::SQS::Queue").values()]
    return {queue["QueueName"].removeprefix(f"ambit-{stacks.folder.name}-"): queue for queue in found}


def watched(stacks: Any) -> set[tuple[str, str]]:
    """Metric and queue of every alarm on a queue."""
    return {(metric["MetricName"], name) for metric, name in _metrics(stacks, "AWS/SQS", "QueueName")}


def _metrics(stacks: Any, namespace: str, dimension: str) -> Iterator[tuple[dict[str, Any], Any]]:
    for alarm in stacks.resources("AWS::CloudWatch::Alarm").values():
        properties = alarm["Properties"]
        inner = [query["MetricStat"]["Metric"] for query in properties.get("Metrics", []) if "MetricStat" in query]
        for metric in (properties, *inner):
            for held in metric.get("Dimensions", []):
                if metric.get("Namespace") == namespace and held["Name"] == dimension:
                    yield metric, held["Value"]


def mappings(stacks: Any) -> list[dict[str, Any]]:
    return [one["Properties"] for one in stacks.resources("AWS::Lambda::EventSourceMapping").values()]


def is_queue(mapping: dict[str, Any]) -> bool:
    return not {"StartingPosition", "StartingPositionTimestamp"} & mapping.keys()


def named(stacks: Any, reference: Any) -> str:
    """The physical name of the function or queue that a reference of a template leads to."""
    text = json.dumps(reference)
    for kind, name in (("AWS::Lambda::Function", "FunctionName"), ("AWS::SQS::Queue", "QueueName")):
        for logical, resource in stacks.resources(kind).items():
            if re.search(rf"{logical}(?![0-9A-Za-z])|{logical}(?=Arn|[0-9A-F]{{8}})", text):
                return str(resource["Properties"][name])
    return ""


def test_the_register_and_the_templates_name_the_same_queues(stacks: Any) -> None:
    assert queues(stacks).keys() == {one.queue for one in DEAD_LETTERS} | {one.queue for one in RETRIED}


def test_every_queue_is_one_of_dead_letters_or_has_one(stacks: Any) -> None:
    for name, queue in queues(stacks).items():
        if name.endswith(SUFFIX):
            assert queue["MessageRetentionPeriod"] == LONGEST, name
        else:
            target = named(stacks, queue["RedrivePolicy"]["deadLetterTargetArn"])
            assert target.endswith(SUFFIX), name
            assert 1 < queue["RedrivePolicy"]["maxReceiveCount"] <= 10, name


def test_every_queue_has_an_alarm_on_its_dead_letters_and_on_their_age_or_its_own(stacks: Any) -> None:
    for name in queues(stacks):
        wanted = {VISIBLE, AGE} if name.endswith(SUFFIX) else {AGE}
        full = f"ambit-{stacks.folder.name}-{name}"
        assert {(metric, full) for metric in wanted} <= watched(stacks), name


def test_every_stream_consumer_isolates_what_it_fails_at_and_keeps_it(stacks: Any) -> None:
    followers = [mapping for mapping in mappings(stacks) if not is_queue(mapping)]
    assert len(followers) >= 2
    for mapping in followers:
        assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        assert mapping["BisectBatchOnFunctionError"] is True
        assert 0 < mapping["MaximumRetryAttempts"] <= 100
        kept = named(stacks, mapping["DestinationConfig"]["OnFailure"]["Destination"])
        assert kept.endswith(SUFFIX)


def test_every_stream_consumer_has_an_alarm_on_how_late_it_is(stacks: Any) -> None:
    late = {
        named(stacks, function)
        for metric, function in _metrics(stacks, "AWS/Lambda", "FunctionName")
        if metric["MetricName"] == "IteratorAge"
    }
    followers = {named(stacks, mapping["FunctionName"]) for mapping in mappings(stacks) if not is_queue(mapping)}
    assert "" not in followers
    assert followers == late


def test_a_message_that_fails_takes_no_other_of_its_batch_with_it(stacks: Any) -> None:
    taking = [mapping for mapping in mappings(stacks) if is_queue(mapping)]
    assert taking
    for mapping in taking:
        alone = mapping.get("BatchSize") == 1
        assert alone or mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_what_rules_ask_functions_for_is_kept_when_they_fail_and_can_be_asked_again(stacks: Any) -> None:
    kept = {
        function["Properties"]["FunctionName"]
        for function in stacks.resources("AWS::Lambda::Function").values()
        if "DeadLetterConfig" in function["Properties"]
    }
    rules = [rule["Properties"] for rule in stacks.resources("AWS::Events::Rule").values()]
    targets = [target for rule in rules if "ScheduleExpression" in rule for target in rule["Targets"]]
    assert len(targets) >= 4
    asked = {json.loads(target["Input"])["step"]: named(stacks, target["Arn"]) for target in targets}
    assert set(asked.values()) <= kept
    assert asked == {step: f"ambit-{stacks.folder.name}-{name}" for step, name in STEPS.items()}
    for target in targets:
        assert named(stacks, target["DeadLetterConfig"]["Arn"]).endswith(SUFFIX)


def test_nobody_needs_leave_to_invoke_to_have_something_done_again(stacks: Any) -> None:
    rules = [rule["Properties"] for rule in stacks.resources("AWS::Events::Rule").values()]
    heard = [rule for rule in rules if rule.get("EventPattern", {}).get("source") == [SOURCE]]
    steps = {rule["EventPattern"]["detail"]["step"][0] for rule in heard if "detail" in rule["EventPattern"]}
    assert steps == STEPS.keys()
    putting = [grant for grant in policies.grants(stacks) if "events:PutEvents" in grant.actions]
    assert {grant.role.split("Role")[0] for grant in putting if SOURCE in str(grant.condition)} == {"DeadLetters"}


def test_operators_function_is_told_of_every_queue(stacks: Any) -> None:
    functions = [function["Properties"] for function in stacks.resources("AWS::Lambda::Function").values()]
    (ops,) = [one for one in functions if one["FunctionName"].endswith("-dead_letters")]
    told = ops["Environment"]["Variables"]
    listed = {*told["DEAD_LETTER_QUEUES"].split(), *told["RETRIED_QUEUES"].split()}
    assert listed == queues(stacks).keys()


def test_a_queue_that_is_not_registered_cannot_be_made() -> None:
    stack, settings = aws_cdk.Stack(), settings_for("dev")
    key = aws_kms.Key(stack, "Key")
    with pytest.raises(UnregisteredQueueError, match=r"DEAD_LETTERS of infra/queues\.py"):
        DeadLetterQueue(stack, "Letters", settings=settings, key=key, name="forgotten-dead-letters")
    letters = DeadLetterQueue(stack, "Kept", settings=settings, key=key, name="workflow-dead-letters")
    with pytest.raises(UnregisteredQueueError, match=r"RETRIED of infra/queues\.py"):
        RetriedQueue(
            *(stack, "Work"),
            settings=settings,
            key=key,
            name="forgotten",
            visibility=aws_cdk.Duration.seconds(30),
            dead_letters=letters,
        )
