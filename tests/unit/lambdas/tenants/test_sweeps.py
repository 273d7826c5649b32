from typing import Any, cast

import pytest

from lambdas.tenants.exports import Counter
from lambdas.tenants.sweeps import Sweeps
from platform_kit.errors import DependencyUnavailable
from platform_kit.identity import Identity

OPS = Identity("usr:a:ops", None, frozenset({"Platform.Operator"}), "", "jwt")


class Started:
    def __init__(self, failure: Exception | None = None) -> None:
        self.failure = failure
        self.seen: list[tuple[str, str]] = []

    def start(self, operation_id: str, tenant_id: str) -> None:
        self.seen.append((operation_id, tenant_id))
        if self.failure:
            raise self.failure


class Kept:
    """Operations that remember."""

    def __init__(self) -> None:
        self.made: list[dict[str, Any]] = []
        self.failed: list[dict[str, Any]] = []

    def create(self, record: dict[str, Any]) -> dict[str, Any]:
        now = "2026-03-04T05:06:07.890Z"
        self.made.append({**record, "status": "queued", "progress": 0, "createdAt": now, "updatedAt": now})
        return self.made[-1]

    def fail(self, _operation_id: str, error: dict[str, Any]) -> None:
        self.failed.append(error)


def begin(workflow: Started, kept: Kept) -> Any:
    counter = Counter(cast("Any", None), cast("Any", kept), cast("Any", None))
    return Sweeps(cast("Any", workflow)).begin(counter, OPS, key=None, body=b"")


def test_a_sweep_is_an_operation_of_the_platform_in_the_operators_name() -> None:
    workflow, kept = Started(), Kept()
    reply, replayed = begin(workflow, kept)
    assert (reply.kind, reply.status, replayed) == ("retention.sweep", "queued", False)
    (record,) = kept.made
    assert (record["tenantId"], record["requestedBy"]) == ("platform", OPS.principal_id)
    assert workflow.seen == [(reply.operation_id, "platform")]


def test_a_sweep_that_cannot_be_started_is_failed_and_said_so() -> None:
    workflow, kept = Started(DependencyUnavailable("later")), Kept()
    with pytest.raises(DependencyUnavailable):
        begin(workflow, kept)
    assert kept.failed[0]["message"] == "The sweep could not be started. Begin it again."
