"""The sweep: what is past its time is removed, tenant by tenant, in turns that a crash costs one of.

records   items whose `ttl` DynamoDB has not come round to, and those without one that are as old
objects   every version of files and outputs that no record leads to any more, and of exports after their time

It goes by `retention.TERMS`: the ledger is not opened, and what has no term is passed over. A tenant that fails is left
to the next sweep and holds nobody up.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any, Final, Self

from data_access_lib import keys
from data_access_lib.belongings import Belongings, Found, Place
from data_access_lib.client import TenantScopedBucket
from data_access_lib.conditions import attr
from data_access_lib.errors import ConditionFailed, ResidencyViolation
from data_access_lib.inventory import Table
from data_access_lib.keys import Key
from data_access_lib.repositories.operations import Operations
from data_access_lib.repositories.tenants import TenantRecords
from data_access_lib.retention import due, may_be_due, object_due, sweep_of_day
from data_access_lib.tenant import PLATFORM, TenantId
from lambdas.lifecycle.models import RETAIN, Premises, Turn
from platform_kit.clock import Clock
from platform_kit.observability import count, logger

_SWEPT: Final = frozenset({"active", "suspended"})  # the others are being made, or erased whole
_TABLES: Final[tuple[Table, ...]] = ("control", "runs", "ops")
_PAGES: Final = 25  # of at most 200 items, a turn
_PASSED: Final = 5000  # partitions too young to be read, a turn
_OBJECTS: Final = 500  # listed a turn
_REQUESTER: Final = "svc:schedule"


@dataclass(frozen=True)
class RetentionCursor:
    """Where a sweep stands: at `tenant`, all before it in the alphabet being done. `after` is an object key."""

    phase: str = "next"
    tenant: str = ""
    place: Mapping[str, Any] = field(default_factory=dict)
    after: str = ""
    items: Mapping[str, int] = field(default_factory=dict)
    objects: int = 0
    tenants: int = 0
    failed: int = 0

    @classmethod
    def read(cls, stored: Mapping[str, Any] | None) -> Self:
        """From an operation's record; the beginning when there is none."""
        return cls(**(stored or {}))

    @property
    def percent(self) -> int:
        """How far it is in the alphabet: nobody has counted the tenants."""
        return (ord(self.tenant[0]) - ord("a")) * 100 // 26 if self.tenant else 0

    def result(self) -> dict[str, str]:
        """What came of it, as an operation tells it."""
        told = {
            "tenants": self.tenants,
            "failed": self.failed,
            "objects": self.objects,
            **dict(sorted(self.items.items())),
        }
        return {name: str(number) for name, number in told.items()}


@dataclass(frozen=True)
class RetentionSweep:
    """One sweep over all tenants. `premises` opens one of them."""

    tenants: TenantRecords
    premises: Callable[[TenantId], Premises]
    clock: Clock

    def turns(self, stored: Mapping[str, Any] | None) -> Iterator[Turn]:
        """Go on from a cursor; the last turn has the result."""
        cursor = RetentionCursor.read(stored)
        while (cursor := self._step(cursor)).phase != "done":
            yield Turn(asdict(cursor), cursor.percent)
        for kind, removed in (*cursor.items.items(), ("OBJECT", cursor.objects)):
            count("RetentionRemoved", removed, kind=kind)
        yield Turn(asdict(cursor), 99, cursor.result())

    def _step(self, cursor: RetentionCursor) -> RetentionCursor:
        if cursor.phase in {"next", "done"}:
            return self._next(cursor)
        try:
            work = self._records if cursor.phase == "records" else self._objects
            return work(cursor, self.premises(TenantId(cursor.tenant)))
        except ResidencyViolation:
            logger().warning("a tenant of another region is passed over", tenant_id=cursor.tenant)
            return replace(cursor, phase="next")
        except Exception:  # noqa: BLE001 - whatever is wrong with one tenant, the others' data is due as well
            logger().exception("a tenant could not be swept", tenant_id=cursor.tenant)
            count("RetentionFailed")
            return replace(cursor, phase="next", failed=cursor.failed + 1)

    def _next(self, cursor: RetentionCursor) -> RetentionCursor:
        """The tenant after this one."""
        after: str | None = cursor.tenant or None
        while True:
            page = self.tenants.list(after=after)
            for record in page.items:
                if record["status"] in _SWEPT:
                    found = replace(cursor, phase="records", tenant=record["tenantId"], place={}, after="")
                    return replace(found, tenants=cursor.tenants + 1)
            after = page.next_id
            if after is None:
                return replace(cursor, phase="done")

    def _records(self, cursor: RetentionCursor, premises: Premises) -> RetentionCursor:
        """Some pages of what may be due. Content is not opened: what is only removed need not be read."""
        now, items, read = self.clock.now(), dict(cursor.items), 0
        tables = {name: premises.stored[name] for name in _TABLES}
        walk = Belongings(tables, only=lambda partition: may_be_due(partition, now)).walk(Place.read(cursor.place))
        for passed, found in enumerate(walk, start=1):
            _remove_due(found, premises, now, items)
            read += bool(found.items)
            if read == _PAGES or passed == _PASSED:
                return replace(cursor, items=items, place=found.place.as_record())
        return replace(cursor, items=items, phase="objects", place={})

    def _objects(self, cursor: RetentionCursor, premises: Premises) -> RetentionCursor:
        """Some objects, in the order of their keys."""
        tenant_id, now = TenantId(cursor.tenant), int(self.clock.now().timestamp())
        page = premises.objects.list(keys.object_root(tenant_id), limit=_OBJECTS, after=cursor.after or None)
        old = [key for key, _ in page.objects if _over(object_due(tenant_id, key), now)]
        leading = {key: record for key in old if (record := keys.record_of_object(tenant_id, key))}
        there = premises.stored["runs"].batch_get(set(leading.values()), consistent=True) if leading else {}
        gone = [key for key in old if leading.get(key) not in there]
        for key in gone:
            _erase(premises.objects, key)
        after = page.objects[-1][0] if page.objects else ""
        counted = replace(cursor, objects=cursor.objects + len(gone), after=after)
        return counted if page.next_token else replace(counted, phase="next")


def begin(operations: Operations, start: Callable[[str, str], None], now: datetime) -> str:
    """Begin the sweep of this day (UTC) and say which operation it is; said again, the same one goes on."""
    operation_id = sweep_of_day(now)
    record = {"operationId": operation_id, "kind": RETAIN, "tenantId": str(PLATFORM), "requestedBy": _REQUESTER}
    with suppress(ConditionFailed):
        operations.create(record)
    start(operation_id, PLATFORM)
    return operation_id


def _remove_due(found: Found, premises: Premises, now: datetime, items: dict[str, int]) -> None:
    """Delete what is past its time, unless its time was put off since it was read."""
    table = premises.stored[found.table]
    for item in found.items:
        if not _over(due(item), int(now.timestamp())):
            continue
        still = attr("ttl").eq(item["ttl"]) if "ttl" in item else attr("ttl").absent()
        with suppress(ConditionFailed):
            table.delete(Key(item["pk"], item["sk"]), condition=still)
            kind = keys.kind_of(item["pk"])
            items[kind] = items.get(kind, 0) + 1


def _erase(objects: TenantScopedBucket, key: str) -> None:
    objects.erase([version for version in objects.versions(key) if version[0] == key])


def _over(moment: int | None, now: int) -> bool:
    return moment is not None and moment <= now
