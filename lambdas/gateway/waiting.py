"""An agent waits, a slice at a time, for people to decide about a call."""

import time
from collections.abc import Callable
from typing import Any, Final

from enforcement.run_desk import RunDesk
from governance.approvals import Status
from lambdas.gateway.models import ApprovalState
from platform_kit.clock import from_milliseconds, rfc3339
from platform_kit.errors import NotFound

_PAUSE: Final = 1.0
"""Seconds between two looks."""


def await_decision(
    desk: RunDesk,
    approval_id: str,
    seconds: float,
    *,
    sleep: Callable[[float], None] = time.sleep,
    monotonic: Callable[[], float] = time.monotonic,
) -> ApprovalState:
    """How an approval of the run's stands once it is decided, or after so many seconds.

    NotFound when it is no approval of this run; RunClosed when the run has ended meanwhile.
    """
    if desk.approvals is None:
        raise NotFound("There is no such approval.")
    until = monotonic() + seconds
    while True:
        desk.running()
        record = desk.approvals.look(approval_id)
        left = until - monotonic()
        if record["status"] != Status.PENDING or left <= 0:
            break
        sleep(min(_PAUSE, left))
    if record["status"] == Status.PENDING:
        desk.approvals.note_wait(record)
    return ApprovalState.model_validate(_told(dict(record)))


def _told(record: dict[str, Any]) -> dict[str, Any]:
    denials = [vote["reason"] for vote in record["votes"] if vote["choice"] == "deny"]
    until = rfc3339(from_milliseconds(int(record["expiresAt"])))
    told = {"approvalId": record["approvalId"], "status": record["status"], "expiresAt": until}
    return {**told, "reason": denials[0]} if denials else told
