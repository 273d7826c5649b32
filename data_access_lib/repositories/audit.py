"""The audit log: who did what, in one hash chain per owner; what is appended is never changed.

    entry = {seq, time, actor, action, target, decision, detailHash, prevHash, hash}

`hash` is the SHA-256 of the entry's other fields in canonical JSON, `prevHash` the hash of the entry before it. What
an entry is about in full is kept apart, bound by a salted hash: it can be erased, with its salt, and the chain still
holds. For the same reason `actor` is a pseudonym, and the principal is a part of the detail.
"""

from __future__ import annotations

import hashlib
import json
import random
import secrets
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

from data_access_lib import keys
from data_access_lib.conditions import attr
from data_access_lib.errors import ConditionFailed, TransactionConflict
from data_access_lib.retention import TERMS
from data_access_lib.tenant import PLATFORM
from platform_kit.clock import Clock, SystemClock, rfc3339

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from data_access_lib.codec import Item
    from data_access_lib.table import BoundedReader, BoundedTable
    from data_access_lib.tenant import TenantId
    from data_access_lib.transaction import TenantTransaction

T = TypeVar("T")
HASHED: Final = ("seq", "time", "actor", "action", "target", "decision", "detailHash", "prevHash")
FIRST: Final = "0" * 64
"""What the first entry of a chain names as the one before it."""
LABEL: Final = "audit"
_ATTEMPTS: Final = 12
_SALT_BYTES: Final = 16
_BASE_PAUSE: Final = 0.01
_MOST_PAUSE: Final = 0.5


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


def pseudonym(owner: TenantId, principal_id: str) -> str:
    """How a principal is named in an owner's chain: the same every time, and another in another owner's."""
    return "act_" + hashlib.sha256(f"{owner}\n{principal_id}".encode()).hexdigest()[:24]


def canonical(value: object) -> bytes:
    """JSON with sorted names and no spaces, in UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def entry_hash(entry: Mapping[str, Any]) -> str:
    """The hash an entry must carry."""
    return hashlib.sha256(canonical({name: entry[name] for name in HASHED})).hexdigest()


def detail_hash(salt: str, detail: str) -> str:
    """What binds a detail (as stored: canonical JSON text) to its entry."""
    return hashlib.sha256(f"{salt}\n{detail}".encode()).hexdigest()


def first_break(entries: Sequence[Mapping[str, Any]], previous: str = FIRST) -> int | None:
    """The number of the first entry that does not follow from the one before it; None when all do."""
    expected = None
    for entry in entries:
        if entry["prevHash"] != previous or entry_hash(entry) != entry["hash"] or expected not in {None, entry["seq"]}:
            return int(entry["seq"])
        previous, expected = entry["hash"], int(entry["seq"]) + 1
    return None


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
        for attempt in range(_ATTEMPTS):
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
            self._pause(random.uniform(0, min(_MOST_PAUSE, _BASE_PAUSE * 2**attempt)))  # noqa: S311 - jitter
        raise TransactionConflict

    def _add(self, transaction: TenantTransaction, draft: AuditDraft) -> Item:
        owner, principal = self._table.owner, self._table.principal_id
        head_key = keys.audit_head_key(owner)
        head = self._heads.get(head_key, consistent=True)
        known = int(head["seq"]) if head else 0
        salt = secrets.token_hex(_SALT_BYTES)
        detail = canonical({**draft.detail, "principalId": principal}).decode()
        moment = self._clock.now()
        entry: dict[str, Any] = {
            "seq": known + 1,
            "time": rfc3339(moment),
            "actor": pseudonym(owner, principal),
            "action": draft.action,
            "target": draft.target,
            "decision": draft.decision,
            "detailHash": detail_hash(salt, detail),
            "prevHash": head["hash"] if head else FIRST,
        }
        entry["hash"] = entry_hash(entry)
        fresh = attr("pk").absent()
        still = attr("seq").eq(known) if head else fresh
        transaction.put(
            self._table.name, {**entry, **keys.audit_key(owner, known + 1)._asdict()}, condition=fresh, label=LABEL
        )
        kept = {**keys.audit_detail_key(owner, known + 1)._asdict(), "salt": salt, "detail": detail}
        if owner is not PLATFORM:  # the platform's own are proof of what was done to tenants, certificates among it
            kept["ttl"] = TERMS["AUDITDETAIL"].expiry(moment)
        transaction.put(self._heads.name, kept, condition=fresh, label=LABEL)
        moved = {**head_key._asdict(), "seq": known + 1, "hash": entry["hash"]}
        transaction.put(self._heads.name, moved, condition=still, label=LABEL)
        return {**entry, "detail": json.loads(detail)}


def _with_detail(item: Item, stored: Item | None) -> Item:
    entry = {name: item[name] for name in (*HASHED, "hash")}
    if stored is None:
        return entry
    return {**entry, "salt": stored["salt"], "detail": json.loads(stored["detail"])}
