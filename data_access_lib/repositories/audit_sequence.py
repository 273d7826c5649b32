"""The sequencer's half of an audit chain: acts that stand in runs' event logs already are entered, each exactly once.

An event is named by its run and its number. With its entry a mark is written in the same transaction, so that the
same event, told again or told to two at once, makes one entry.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from data_access_lib import keys
from data_access_lib.conditions import attr
from data_access_lib.errors import ConditionFailed, TransactionConflict
from data_access_lib.repositories.audit import ATTEMPTS, BASE_PAUSE, MOST_PAUSE, AuditDraft, AuditLog, Bound
from data_access_lib.retention import TERMS

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST: Final = 30
"""Entries of one transaction: three items each and the head, of DynamoDB's hundred."""
MARK: Final = "mark"


@dataclass(frozen=True, slots=True)
class EventAct:
    """An act of a run: the number of its event, and what is entered, with the run itself as the principal."""

    run_id: str
    event: int
    draft: AuditDraft

    @property
    def principal_id(self) -> str:
        """Who acted: the run, as its token names it."""
        return f"run:{self.run_id}"


class AuditSequence(AuditLog):
    """Enters acts in batches. Opened like an AuditLog."""

    def enter(self, acts: Sequence[EventAct]) -> int:
        """Enter those that are not entered yet, in order; how many were. TransactionConflict when others keep on."""
        return sum(self._enter(acts[start : start + MOST]) for start in range(0, len(acts), MOST))

    def _enter(self, acts: Sequence[EventAct]) -> int:
        for attempt in range(ATTEMPTS):
            fresh = self._unmarked(acts)
            if not fresh or self._commit(fresh):
                return len(fresh)
            self._pause(random.uniform(0, min(MOST_PAUSE, BASE_PAUSE * 2**attempt)))  # noqa: S311 - jitter
        raise TransactionConflict

    def _unmarked(self, acts: Sequence[EventAct]) -> list[EventAct]:
        owner = self._heads.owner
        by_key = {keys.audit_event_key(owner, act.run_id, act.event): act for act in acts}
        marked = self._heads.batch_get(by_key, consistent=True)
        return [act for key, act in by_key.items() if key not in marked]

    def _commit(self, acts: Sequence[EventAct]) -> bool:
        """False when somebody moved the head, or entered one of these, in between."""
        transaction = self._table.transaction()
        entries = self._put(transaction, self.head(), [Bound(act.draft, act.principal_id) for act in acts])
        expiry = TERMS["AUDITEVENT"].expiry(self._clock.now())
        for act, entry in zip(acts, entries, strict=True):
            key = keys.audit_event_key(self._heads.owner, act.run_id, act.event)
            mark = {**key._asdict(), "seq": entry["seq"], "ttl": expiry}
            transaction.put(self._heads.name, mark, condition=attr("pk").absent(), label=MARK)
        try:
            transaction.commit()
        except (ConditionFailed, TransactionConflict):
            return False
        return True
