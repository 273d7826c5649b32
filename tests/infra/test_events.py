"""What tells of what happened, as templates: the emulator archives nothing, and knows no fair queues."""

from typing import Any

from infra.functions import WEBHOOK_DISPATCHER
from infra.stacks.events import ARCHIVE_DAYS


def only(stacks: Any, kind: str, part: str) -> dict[str, Any]:
    """The properties of the one resource of this kind whose name holds the part."""
    found = [one["Properties"] for name, one in stacks.resources(kind).items() if part in name]
    assert len(found) == 1
    properties: dict[str, Any] = found[0]
    return properties


def test_the_bus_is_archived_for_a_month(stacks: Any) -> None:
    archive = only(stacks, "AWS::Events::Archive", "Archive")
    assert archive["RetentionDays"] == ARCHIVE_DAYS
    assert "Bus" in str(archive["SourceArn"])


def test_a_message_is_handed_out_again_only_after_every_claim_has_ended(stacks: Any) -> None:
    queue = only(stacks, "AWS::SQS::Queue", "Deliveries")
    assert queue["VisibilityTimeout"] >= 6 * WEBHOOK_DISPATCHER.timeout > 30
    assert "Undelivered" in str(queue["RedrivePolicy"]["deadLetterTargetArn"])


def test_what_cannot_be_told_lies_in_a_queue_and_nothing_else_is_handed_over(stacks: Any) -> None:
    mappings = [one["Properties"] for one in stacks.resources("AWS::Lambda::EventSourceMapping").values()]
    mine = [one for one in mappings if "Untold" in str(one.get("DestinationConfig"))]
    assert len(mine) == 3
    assert all(one["FilterCriteria"]["Filters"] and one["BisectBatchOnFunctionError"] for one in mine)
    (attempts,) = [one for one in mappings if "Deliveries" in str(one["EventSourceArn"])]
    assert attempts["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert attempts["ScalingConfig"]["MaximumConcurrency"] <= 50
