"""One attempt after the other: claimed, let through the endpoint's gate, signed, sent, written down, tried again.

At least once: whoever dies after it has sent and before it has written that down leaves a claim that ends, and the
message is sent again, under the same id. Two copies of a message are one attempt, since one of them gets the claim.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from data_access_lib.delivery_work import ACTIVE
from data_access_lib.errors import ConditionFailed
from data_access_lib.outgoing import DispatchQueue
from data_access_lib.repositories.audit import AuditDraft, AuditLog
from data_access_lib.repositories.deliveries import CLAIM_MS, PENDING, Deliveries
from data_access_lib.repositories.webhook_gates import WebhookGates
from data_access_lib.repositories.webhooks import Webhooks
from data_access_lib.tenant import TenantId
from governance.webhooks import schedule, secrets
from governance.webhooks.messages import Dispatch
from governance.webhooks.sending import Sender, Tried
from lambdas.webhook_dispatcher.models import Received
from platform_kit.clock import Clock, milliseconds, parse_rfc3339, rfc3339
from platform_kit.ids import new_id
from platform_kit.observability import count, duration_ms, logger

_GONE: Final = frozenset({"provisioning", "failed", "deleting", "deleted"})
_EARLY_MS: Final = 500  # a message that is due within this time is not sent on once more
Record = Mapping[str, Any]


@dataclass(frozen=True)
class TenantDesk:
    """One tenant: its endpoints, what is on its way to them, and its audit log. With credentials for it alone."""

    webhooks: Webhooks
    deliveries: Deliveries
    gates: WebhookGates
    audit: AuditLog


@dataclass(frozen=True)
class Dispatcher:
    """`status` is a tenant's (None: there is none); `luck` gives a number from 0 to 1 for the waits' jitter."""

    desk: Callable[[TenantId], TenantDesk]
    status: Callable[[TenantId], str | None]
    sender: Sender
    queue: DispatchQueue
    clock: Clock
    luck: Callable[[], float] = random.random

    def take(self, received: Received) -> None:
        """Make the attempt that a message asks for, or see to it that it is made when it is due."""
        dispatch, now = received.dispatch, self._now()
        if dispatch.due_ms - now > _EARLY_MS:
            self.queue.send([dispatch])
        elif self.status(TenantId(dispatch.tenant_id)) not in {None, *_GONE}:
            self._deliver(self.desk(TenantId(dispatch.tenant_id)), received)

    def _deliver(self, desk: TenantDesk, received: Received) -> None:
        dispatch = received.dispatch
        record = desk.deliveries.find(dispatch.webhook_id, dispatch.delivery_id)
        if record is None or record["status"] != PENDING:
            return
        if (record["round"], record["attempt"]) != (dispatch.round, dispatch.attempt):
            if received.again:  # whoever had it before may have died before it queued the next one
                self._queue(dispatch, record)
            return
        endpoint = desk.webhooks.find(dispatch.webhook_id)
        if endpoint is None or endpoint["status"] != ACTIVE:
            reason = "the endpoint was removed" if endpoint is None else f"the endpoint is {endpoint['status']}"
            desk.deliveries.give_up(record, reason, rfc3339(self.clock.now()))
            return
        claim = new_id("req")
        if desk.deliveries.claim(record, claim, self._now()):
            self._attempt(desk, record, endpoint, dispatch, claim)
        elif received.again:  # it may be the claim of whoever died with this message
            self.queue.send([dispatch.moved(due_ms=self._now() + CLAIM_MS)])

    def _attempt(self, desk: TenantDesk, record: Record, endpoint: Record, dispatch: Dispatch, claim: str) -> None:
        wait = desk.gates.enter(dispatch.webhook_id, dispatch.delivery_id, self._now())
        if wait:
            count("WebhookPostponed")
            desk.deliveries.settle(record, claim, record["attempts"], {})
            self.queue.send([dispatch.moved(due_ms=self._now() + wait + round(wait * self.luck()))])
            return
        at = self.clock.now()
        tried = self.sender.send(
            str(endpoint["url"]),
            *(str(record["eventId"]), str(record["body"]).encode(), secrets.valid(endpoint["secrets"], at)),
        )
        self._note(record, tried)
        if desk.gates.leave(dispatch.webhook_id, dispatch.delivery_id, self._now(), succeeded=tried.succeeded):
            count("WebhookCircuitOpened")
        told = {"number": int(record["attempt"]), "round": int(record["round"]), "at": rfc3339(at), **_told(tried)}
        following = self._following(record, tried)
        if desk.deliveries.settle(record, claim, [*record["attempts"], told], following):
            self._queue(dispatch, {**record, **following})
        self._judge(desk, endpoint, tried, rfc3339(at))

    def _following(self, record: Record, tried: Tried) -> dict[str, Any]:
        """What the delivery is after this attempt."""
        now = self.clock.now()
        if tried.succeeded:
            return {"status": "succeeded", "finishedAt": rfc3339(now)}
        attempt = int(record["attempt"]) + 1
        wait = None if tried.gone else schedule.wait_ms(attempt, self.luck, tried.asked_seconds)
        if wait is None:
            return {"status": "failed", "finishedAt": rfc3339(now), "failure": "every attempt failed"}
        return {"attempt": attempt, "nextAt": milliseconds(now) + wait}

    def _queue(self, dispatch: Dispatch, record: Record) -> None:
        """The next attempt of a delivery that goes on."""
        if record["status"] == PENDING:
            due = int(record.get("nextAt") or 0)
            self.queue.send([dispatch.moved(round=int(record["round"]), attempt=int(record["attempt"]), due_ms=due)])

    def _judge(self, desk: TenantDesk, endpoint: Record, tried: Tried, at: str) -> None:
        """What the attempt says of the endpoint: one that failed for five days, or is gone, is sent nothing more."""
        webhook_id = str(endpoint["webhookId"])
        if tried.succeeded:
            if endpoint.get("failingSince"):
                desk.webhooks.note_success(webhook_id)
            return
        since = desk.webhooks.note_failure(webhook_id, at)
        if since is None:
            return
        if tried.gone or schedule.is_given_up(parse_rfc3339(since), self.clock.now()):
            self._disable(desk, endpoint, "gone" if tried.gone else "failing", since)

    def _disable(self, desk: TenantDesk, asked: Record, reason: str, since: str) -> None:
        """Disable the endpoint that was asked, unless it has another URL by now: that has said nothing of the kind."""
        webhook_id = str(asked["webhookId"])
        endpoint = desk.webhooks.find(webhook_id)
        if endpoint is None or endpoint["status"] != ACTIVE or endpoint["url"] != asked["url"]:
            return
        now = rfc3339(self.clock.now())
        fields = {"status": "disabled", "disabledAt": now, "disabledReason": reason, "updatedAt": now}
        draft = AuditDraft("webhook.disabled", webhook_id, detail={"reason": reason, "failingSince": since})
        try:
            desk.audit.commit(draft, lambda found: desk.webhooks.change_in(found, endpoint, fields))
        except ConditionFailed:
            return  # somebody is changing it at this moment; the next failure looks again
        count("WebhookDisabled")
        logger().warning("webhook endpoint disabled", webhook_id=webhook_id, reason=reason)

    def _note(self, record: Record, tried: Tried) -> None:
        count("WebhookAttempt", outcome=_outcome(tried))
        duration_ms("WebhookAnswer", tried.milliseconds)
        if int(record["attempt"]) == 1 and int(record["round"]) == 1:
            began = parse_rfc3339(str(record["createdAt"]))
            duration_ms("WebhookFirstAttempt", max(self._now() - milliseconds(began) - tried.milliseconds, 0))

    def _now(self) -> int:
        return milliseconds(self.clock.now())


def _outcome(tried: Tried) -> str:
    if tried.refused:
        return "refused"
    return "succeeded" if tried.succeeded else "failed"


def _told(tried: Tried) -> dict[str, Any]:
    """An attempt as the delivery log keeps it."""
    error = {"error": tried.error} if tried.error else {}
    answer = {"response": tried.response} if tried.response is not None else {}
    return {"status": tried.status, "durationMs": tried.milliseconds, "succeeded": tried.succeeded, **error, **answer}
