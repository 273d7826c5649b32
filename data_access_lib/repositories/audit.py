"""The audit log: who did what, in one hash chain per owner; what is appended is never changed.

`governance.audit` says what an entry is. What it is about in full is kept apart, bound by a salted hash: it can be
erased, with its salt, and the chain still holds. For the same reason `actor` is a pseudonym, and the principal is a
part of the detail.
"""

from __future__ import annotations

import json
import random
import secrets
import time
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

from data_access_lib import keys
from data_access_lib.conditions import attr
from data_access_lib.errors import ConditionFailed, TransactionConflict
from data_access_lib.retention import TERMS
from data_access_lib.tenant import PLATFORM
from governance.audit import chain
from governance.audit.chain import Fields, Head
from governance.audit.entry import FIELDS, FIRST, HASHED, canonical, detail_hash, entry_hash, pseudonym
from platform_kit.clock import Clock, SystemClock, rfc3339

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from data_access_lib.codec import Item
    from data_access_lib.table import BoundedReader, BoundedTable
    from data_access_lib.tenant import TenantId
    from data_access_lib.transaction import TenantTransaction

T = TypeVar("T")
__all__ = (
    "FIRST",
    "HASHED",
    "AuditDraft",
    "AuditLog",
    "AuditPage",
    "AuditReader",
    "canonical",
    "detail_hash",
    "entry_hash",
)
LABEL: Final = "audit"
ATTEMPTS: Final = 12
_SALT_BYTES: Final = 16
BASE_PAUSE: Final = 0.01
MOST_PAUSE: Final = 0.5


@dataclass(frozen=True)
class AuditDraft:
    """What happened: `action` such as `api_key.created`, `target` the id it happened to, `detail` JSON, no secret."""

    action: str
    target: str
    decision: str = "allowed"
    detail: Mapping[str, Any] = field(default_factory=dict)


class AuditPage(NamedTuple):
    """Entries in order with their details; `next_seq` is where to go on when there may be more."""

    entries: list[Item]
    next_seq: int | None


def first_break(entries: Sequence[Mapping[str, Any]], previous: str = FIRST) -> int | None:
    """The number of the first entry that does not follow from the one before it; None when all do."""
    head = Head(int(entries[0]["seq"]) - 1, previous) if entries else None
    found = chain.first_break(entries, head)
    return found.seq if found else None


class AuditReader:
    """Reads of one owner's chain. `table` is the ledger; `heads`, the ops table, has the details, erasable."""

    def __init__(self, table: BoundedReader, heads: BoundedReader) -> None:
        self._ledger = table
        self._details = heads

    def list(
        self,
        *,
        after: int = 0,
        before: int | None = None,
        limit: int = 50,
        newest_first: bool = False,
        action: str | None = None,
    ) -> AuditPage:
        """Entries numbered above `after` and below `before`, each with its `detail` unless that was erased.

        With `action` only those whose action begins so; a page may then be short, or empty, and not the last.
        """
        owner = self._ledger.owner
        page = self._ledger.query(
            keys.audit_partition(owner),
            after=keys.audit_key(owner, after).sk if after else None,
            before=keys.audit_key(owner, before).sk if before else None,
            limit=limit,
            newest_first=newest_first,
            filter=attr("action").begins_with(action) if action else None,
            consistent=True,
        )
        wanted = [keys.audit_detail_key(owner, int(item["seq"])) for item in page.items]
        details = self._details.batch_get(wanted, consistent=True)
        entries = [
            _with_detail(item, details.get(keys.audit_detail_key(owner, int(item["seq"])))) for item in page.items
        ]
        return AuditPage(entries, int(page.last_key["sk"]) if page.last_key else None)

    def head(self) -> Head:
        """Where the chain is said to end, read consistently."""
        found = self._details.get(keys.audit_head_key(self._ledger.owner), consistent=True)
        return Head(int(found["seq"]), str(found["hash"])) if found else Head()

    def stored(self, *, after: int, limit: int) -> Sequence[Item]:
        """Entries numbered above `after` as they lie there, whatever they hold, without details."""
        owner = self._ledger.owner
        start = keys.audit_key(owner, after).sk if after else None
        page = self._ledger.query(keys.audit_partition(owner), after=start, limit=limit, consistent=True)
        return [{name: item[name] for name in FIELDS if name in item} for item in page.items]


class AuditLog(AuditReader):
    """Appends to one owner's chain. `table` is the ledger; `heads`, the ops table, has its end and its details.

    Nobody may delete in the ledger, and a detail must be erasable: so it is not kept there.
    """

    def __init__(
        self,
        table: BoundedTable,
        heads: BoundedTable,
        clock: Clock | None = None,
        *,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        super().__init__(table, heads)
        self._table = table
        self._heads = heads
        self._clock = clock or SystemClock()
        self._pause = pause

    def append(self, draft: AuditDraft) -> Item:
        """Write one entry; the entry. TransactionConflict when others keep appending."""
        return self.commit(draft, lambda _transaction: None)[1]

    def commit(self, draft: AuditDraft, build: Callable[[TenantTransaction], T]) -> tuple[T, Item]:
        """Do what `build` adds to a transaction together with its entry: neither is there without the other.

        `build` is called once an attempt and must add the same each time. What it gave, and the entry. Raises what its
        pieces raise (ConditionFailed), and TransactionConflict when others keep appending.
        """
        for attempt in range(ATTEMPTS):
            transaction = self._table.transaction()
            built = build(transaction)
            entry = self._add(transaction, draft)
            try:
                transaction.commit()
            except TransactionConflict:
                pass
            except ConditionFailed as failure:
                if failure.label != LABEL:
                    raise
            else:
                return built, entry
            self._pause(random.uniform(0, min(MOST_PAUSE, BASE_PAUSE * 2**attempt)))  # noqa: S311 - jitter
        raise TransactionConflict

    def _add(self, transaction: TenantTransaction, draft: AuditDraft) -> Item:
        head = self.head()
        (entry,) = self._put(transaction, head, [Bound(draft, self._table.principal_id)])
        return entry

    def move_head(self, held: Head, new_head: Head) -> None:
        """Set where the chain ends: a repair, once the ledger was verified. ConditionFailed when it moved."""
        key = keys.audit_head_key(self._table.owner)
        still = attr("seq").eq(held.seq) & attr("hash").eq(held.hash) if held.seq else attr("pk").absent()
        self._heads.put({**key._asdict(), "seq": new_head.seq, "hash": new_head.hash}, condition=still)

    def _put(self, transaction: TenantTransaction, head: Head, bound: Sequence[Bound]) -> list[Item]:
        """Add the entries that follow `head` to a transaction, two items each, and move the head."""
        owner, moment = self._table.owner, self._clock.now()
        made = chain.extend(head, (one.fields(owner, rfc3339(moment)) for one in bound))
        fresh = attr("pk").absent()
        for entry, one in zip(made, bound, strict=True):
            key, place = keys.audit_key(owner, entry["seq"]), keys.audit_detail_key(owner, entry["seq"])
            transaction.put(self._table.name, {**entry, **key._asdict()}, condition=fresh, label=LABEL)
            kept: dict[str, Any] = {**place._asdict(), "salt": one.salt, "detail": one.detail}
            if owner is not PLATFORM:  # the platform's own are proof of what was done to tenants, certificates among it
                kept["ttl"] = TERMS["AUDITDETAIL"].expiry(moment)
            transaction.put(self._heads.name, kept, condition=fresh, label=LABEL)
        moved = {**keys.audit_head_key(owner)._asdict(), "seq": made[-1]["seq"], "hash": made[-1]["hash"]}
        still = attr("seq").eq(head.seq) & attr("hash").eq(head.hash) if head.seq else fresh
        transaction.put(self._heads.name, moved, condition=still, label=LABEL)
        return [{**entry, "detail": json.loads(one.detail)} for entry, one in zip(made, bound, strict=True)]


@dataclass(frozen=True)
class Bound:
    """A draft with who did it, its detail as it is stored, and the salt that binds it."""

    draft: AuditDraft
    principal_id: str
    salt: str = field(default_factory=lambda: secrets.token_hex(_SALT_BYTES))

    @cached_property
    def detail(self) -> str:
        """Canonical JSON."""
        return canonical({**self.draft.detail, "principalId": self.principal_id}).decode()

    def fields(self, owner: TenantId, time: str) -> Fields:
        """What the entry says."""
        draft = self.draft
        return Fields(
            time,
            pseudonym(owner, self.principal_id),
            *(draft.action, draft.target, draft.decision, detail_hash(self.salt, self.detail)),
        )


def _with_detail(item: Item, stored: Item | None) -> Item:
    entry = {name: item[name] for name in FIELDS}
    if stored is None:
        return entry
    return {**entry, "salt": stored["salt"], "detail": json.loads(stored["detail"])}
