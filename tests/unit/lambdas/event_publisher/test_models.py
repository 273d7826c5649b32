import json
from typing import Any

import pytest

from data_access_lib.errors import InvalidIdentifier
from data_access_lib.tenant import TenantId
from lambdas.event_publisher.models import (
    ApprovalMoved,
    EndpointMoved,
    IncidentOpened,
    RunEnded,
    TenantMoved,
    VersionMoved,
    number_of,
    read,
)
from tests.webhook_world import streamed

ACME = TenantId("acme")
END = {"stream": {"S": "lifecycle"}, "event": {"S": "failed"}}


@pytest.mark.parametrize(
    ("record", "seen"),
    [
        (streamed("TENANT#acme#RUN#run_1", "EVENT#1", END), RunEnded(ACME, "run_1")),
        (streamed("TENANT#acme#INCIDENT", "inc_1"), IncidentOpened(ACME, "inc_1")),
        (streamed("TENANT#acme#WEBHOOK", "whk_1", name="MODIFY"), EndpointMoved(ACME, "whk_1")),
        (streamed("TENANT#platform#TENANT", "acme", name="MODIFY"), TenantMoved(ACME)),
        (streamed("TENANT#platform#VERSION#a", "ver_1", name="MODIFY"), VersionMoved("a", "ver_1")),
        (streamed("TENANT#acme#RUN#run_1", "EVENT#1", {**END, "event": {"S": "started"}}), None),
        (streamed("TENANT#acme#RUN#run_1", "EVENT#1", {**END, "stream": {"S": "assistant"}}), None),
        (streamed("TENANT#acme#INCIDENT", "inc_1", name="MODIFY"), None),
        (streamed("TENANT#platform#INCIDENT", "inc_1"), None),
        (streamed("TENANT#platform#TENANT", "platform", name="MODIFY"), None),
        (streamed("TENANT#acme#SESSION#ses_1", "META"), None),
    ],
)
def test_a_record_tells_what_it_can(record: dict[str, Any], seen: object) -> None:
    assert read(record) == seen


def test_an_approval_is_read_without_what_is_sealed_of_it() -> None:
    image = {"approvalId": {"S": "apr_1"}, "status": {"S": "pending"}, "requiredRoles": {"S": json.dumps(["a"])}}
    seen = read(streamed("TENANT#acme#APPROVAL#apr_1", "META", {**image, "votes": {"B": "c2VhbGVk"}}))
    assert isinstance(seen, ApprovalMoved)
    assert seen.record == {"approvalId": "apr_1", "status": "pending", "requiredRoles": ["a"]}


@pytest.mark.parametrize(
    "keys", [{}, {"pk": {"S": "x"}, "sk": {"S": "y"}}, {"pk": {"S": "TENANT#a--b#RUN#1"}, "sk": {"S": "x"}}]
)
def test_what_is_malformed_is_refused(keys: dict[str, Any]) -> None:
    with pytest.raises((LookupError, TypeError, ValueError, InvalidIdentifier)):
        read({"dynamodb": {"SequenceNumber": "7", "Keys": keys}})
    assert number_of({"dynamodb": {"SequenceNumber": "7", "Keys": keys}}) == "7"
