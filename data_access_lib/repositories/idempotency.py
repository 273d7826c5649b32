"""Idempotency records: one request, one effect, the same answer, for 24 hours.

A record is `in_progress` under a lease and a holder's token until it is `completed` with the response. A holder that
crashed loses the record when its lease ends, and can no longer complete it. A record that was begun together with what
it makes (`begin_in` with a resource) is never taken over: whoever died, the thing is there, and says how it ended. What
has expired counts as absent, whether or not DynamoDB has deleted it. Scope: tenant, principal, route, key.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from data_access_lib import keys
from data_access_lib.conditions import attr
from data_access_lib.errors import ConditionFailed
from data_access_lib.repositories.records import to_json
from data_access_lib.retention import TERMS
from platform_kit.clock import Clock, SystemClock
from platform_kit.errors import IdempotencyInProgress, IdempotencyMismatch

if TYPE_CHECKING:
    from collections.abc import Mapping

    from data_access_lib.conditions import Condition
    from data_access_lib.table import BoundedTable
    from data_access_lib.transaction import TenantTransaction

RETENTION: Final = TERMS["IDEM"].span
LEASE: Final = timedelta(minutes=15)
LABEL: Final = "idempotency"
_ATTEMPTS: Final = 3


@dataclass(frozen=True, slots=True)
class Ticket:
    """The right to complete or release a record, held by who began it. `body` is the request body's fingerprint."""

    key: keys.Key
    body: str
    token: str


@dataclass(frozen=True, slots=True)
class Saved:
    """A completed record: the response as it was given (JSON), and what it made, such as a run id."""

    response: Any
    resource: str | None


def fingerprint(body: bytes) -> str:
    """A request body's fingerprint: SHA-256 in hex."""
    return hashlib.sha256(body).hexdigest()


class Idempotency:
    """Idempotency records in the ops table, of the acting principal.

    `principal_id` names it where a function keeps the records for its caller: operators have no tenant of their own.
    """

    def __init__(
        self,
        table: BoundedTable,
        clock: Clock | None = None,
        *,
        lease: timedelta = LEASE,
        principal_id: str | None = None,
    ) -> None:
        self._table = table
        self._principal_id = principal_id or table.principal_id
        self._clock = clock or SystemClock()
        self._lease = lease

    def ticket(self, route: str, key: str, body: bytes) -> Ticket:
        """A fresh ticket for a request, not yet begun; `route` is its template with the method."""
        place = keys.idempotency_key(self._table.owner, self._principal_id, route, key)
        return Ticket(place, fingerprint(body), secrets.token_hex(16))

    def find(self, ticket: Ticket) -> Mapping[str, Any] | None:
        """The record as it is stored, for `outcome`; None when there is none."""
        return self._table.get(ticket.key, consistent=True)

    def look(self, ticket: Ticket) -> Saved | None:
        """The answer to give instead, None when there is nothing; IdempotencyMismatch, IdempotencyInProgress."""
        return self.outcome(ticket, self.find(ticket))

    def begin(self, ticket: Ticket, *, resource: str | None = None) -> Saved | None:
        """Take the record: None when this caller may go on, the answer to give instead when there is one.

        IdempotencyMismatch for another body, IdempotencyInProgress while the first request runs.
        """
        for _ in range(_ATTEMPTS):
            try:
                self._table.put(self._record(ticket, resource, self._lease), condition=self._free(ticket))
            except ConditionFailed as failure:
                saved = self.outcome(ticket, failure.item)
                if saved is not None:
                    return saved
                continue  # the record was given up in this moment
            return None
        raise _in_progress()

    def begin_in(self, transaction: TenantTransaction, ticket: Ticket, *, resource: str | None = None) -> int:
        """Add the taking to a transaction; the piece's index. When it fails (label `idempotency`): `outcome`.

        `resource` is what the same transaction makes: nobody else makes it again for as long as the record is kept.
        """
        item = self._record(ticket, resource, self._lease if resource is None else RETENTION)
        return transaction.put(self._table.name, item, condition=self._free(ticket), label=LABEL)

    def outcome(self, ticket: Ticket, item: Mapping[str, Any] | None) -> Saved | None:
        """What a stored record means for this request; None when it is in nobody's way (any more)."""
        now = self._now()
        if item is None or item["expiresAt"] <= now:
            return None
        if item["body"] != ticket.body:
            raise IdempotencyMismatch("This Idempotency-Key was used with another body. Use a new key.")
        if item["status"] == "completed":
            return Saved(json.loads(item["response"]), item.get("resource"))
        if item["leaseUntil"] > now:
            raise _in_progress()
        return None

    def complete(self, ticket: Ticket, response: object) -> bool:
        """Save the response (JSON, without secrets); False when the record was lost to another holder meanwhile."""
        try:
            self._table.update(ticket.key, set_=self._completed(response), condition=self._held(ticket))
        except ConditionFailed:
            return False
        return True

    def complete_in(self, transaction: TenantTransaction, ticket: Ticket, response: object) -> int:
        """Add the saving to a transaction; its index. It fails (label `idempotency`) when the record was lost."""
        return transaction.update(
            self._table.name,
            ticket.key,
            set_=self._completed(response),
            condition=self._held(ticket),
            label=LABEL,
        )

    def fail(self, ticket: Ticket) -> None:
        """Give the record up without an answer, so that the same key may be tried again at once."""
        try:
            self._table.delete(ticket.key, condition=self._held(ticket))
        except ConditionFailed:
            return

    def _record(self, ticket: Ticket, resource: str | None, lease: timedelta) -> dict[str, object]:
        now = self._now()
        record = {
            **ticket.key._asdict(),
            "status": "in_progress",
            "body": ticket.body,
            "token": ticket.token,
            "leaseUntil": now + _milliseconds(lease),
            "expiresAt": now + _milliseconds(RETENTION),
            "ttl": (now + _milliseconds(RETENTION)) // 1000,
        }
        return record if resource is None else {**record, "resource": resource}

    def _completed(self, response: object) -> dict[str, object]:
        return {"status": "completed", "response": to_json(response)}

    def _free(self, ticket: Ticket) -> Condition:
        now = self._now()
        abandoned = attr("status").eq("in_progress") & attr("leaseUntil").le(now) & attr("body").eq(ticket.body)
        return attr("pk").absent() | attr("expiresAt").le(now) | abandoned

    def _held(self, ticket: Ticket) -> Condition:
        return attr("token").eq(ticket.token) & attr("status").eq("in_progress")

    def _now(self) -> int:
        return int(self._clock.now().timestamp() * 1000)


def _milliseconds(span: timedelta) -> int:
    return span // timedelta(milliseconds=1)


def _in_progress() -> IdempotencyInProgress:
    return IdempotencyInProgress("The first request with this Idempotency-Key is still running.", retry_after=1)
