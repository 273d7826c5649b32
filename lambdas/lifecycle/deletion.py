"""The deletion of a tenant. Every phase may be done again: what is gone already costs a look.

close     open runs are cancelled, their workflows stopped
key       the usage key is removed, by the function that makes keys
access    credentials and issuers that lead to the tenant are removed, and Scheduler forgets its schedules
quiet     what was permitted before (presigned uploads, cached answers of the authoriser) runs out
settle    runs that began meanwhile are cancelled too
count     what there is, by kind, and which keys: for the certificate
shred     the KMS keys are disabled and to be deleted, the data keys erased: before the items that name them are, and
          so that nothing can be read from here on, however long the erasure takes and whatever a backup holds
records   every item but the ledger's and the end of the audit chain
objects   every version of every object
sweep     somebody else looks; while anything is left, back to `records`
certify   the certificate is stored and audited, the tenant's record becomes a tombstone
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any, Final, Self

from data_access_lib import keys
from data_access_lib.belongings import Belongings, Found, Place
from data_access_lib.conditions import all_equal
from data_access_lib.errors import RunClosed
from data_access_lib.inventory import TABLES, Table, kind
from data_access_lib.keys import Key
from data_access_lib.repositories.api_keys import ApiKeys
from data_access_lib.repositories.aws_callers import AwsCallers
from data_access_lib.repositories.events import OPEN_STATES
from data_access_lib.repositories.pages import IdPage, newest_of_partition, newest_of_shards
from data_access_lib.repositories.runs import Runs
from data_access_lib.tenant import TenantId
from data_access_lib.tenant_keys import SHORTEST_DAYS
from lambdas.lifecycle.certificate import Facts, certify
from lambdas.lifecycle.models import PlatformRecords, Premises, Turn
from lambdas.lifecycle.sweep import Sweep
from platform_kit import aws_roles
from platform_kit.clock import Clock, parse_rfc3339, rfc3339
from platform_kit.errors import Conflict
from platform_kit.observability import count

PRINCIPAL: Final = "svc:lifecycle"
PHASES: Final = (
    *("close", "key", "access", "quiet", "settle"),
    *("count", "shred", "records", "objects", "sweep", "certify"),
)
_PAGES: Final = 25  # of at most 200 items, a turn
_VERSIONS: Final = 1000  # what S3 lists and deletes in one call
_ROUNDS: Final = 8
_AGAIN_SECONDS: Final = 5

Item = Mapping[str, Any]


@dataclass(frozen=True)
class DeletionCursor:
    """Where a deletion stands.

    `items`, `versions`, `key_arns` and `data_keys` are what was counted before anything was erased; `shredded` says
    what became of the keys.
    """

    phase: str = "close"
    place: Mapping[str, Any] = field(default_factory=dict)
    closed_at: str = ""
    runs: int = 0
    credentials: int = 0
    issuers: int = 0
    items: Mapping[str, int] = field(default_factory=dict)
    versions: int = 0
    key_arns: Sequence[str] = field(default_factory=list)
    data_keys: int = 0
    shredded: Mapping[str, Any] = field(default_factory=dict)
    rounds: int = 0
    sweep: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, stored: Item | None) -> Self:
        """From an operation's record; the beginning when there is none."""
        return cls(**(stored or {}))

    @property
    def percent(self) -> int:
        """How far it is: each phase counts alike, the walks by how far they are."""
        share = 100 // len(PHASES)
        return share * PHASES.index(self.phase) + share * Place.read(self.place).percent // 100


@dataclass(frozen=True)
class Deletion:
    """One deletion of one tenant. `quiet_seconds` is how long after closing something may still be written."""

    operation: Item
    premises: Premises
    platform: PlatformRecords
    clock: Clock
    quiet_seconds: int

    @property
    def tenant_id(self) -> TenantId:
        """Whose deletion it is."""
        return TenantId(self.operation["tenantId"])

    def turns(self, stored: Item | None) -> Iterator[Turn]:
        """Go on from a cursor. The last turn has the result: the certificate."""
        cursor = DeletionCursor.read(stored)
        if self._record()["operationId"] != self.operation["operationId"]:
            raise Conflict("A later deletion has taken the tenant over.")
        while cursor.phase != "certify":
            turn = getattr(self, f"_{cursor.phase}")(cursor)
            cursor = DeletionCursor.read(turn.cursor)
            yield turn
        yield Turn(asdict(cursor), cursor.percent, self._certify(cursor))

    def _close(self, cursor: DeletionCursor) -> Turn:
        closed = cursor.closed_at or rfc3339(self.clock.now())
        return _turn(replace(cursor, phase="key", closed_at=closed, runs=cursor.runs + self._cancel_runs()))

    def _key(self, cursor: DeletionCursor) -> Turn:
        """Another function holds the permission for usage keys: the workflow asks it, and comes back."""
        after = replace(cursor, phase="access")
        return replace(_turn(after), next="usage_key") if self._record().get("usageKeyId") else _turn(after)

    def _access(self, cursor: DeletionCursor) -> Turn:
        return _turn(replace(self._shut_out(cursor), phase="quiet"))

    def _quiet(self, cursor: DeletionCursor) -> Turn:
        passed = (self.clock.now() - parse_rfc3339(cursor.closed_at)).total_seconds()
        left = self.quiet_seconds - passed
        if left > 0:
            return replace(_turn(cursor), next="wait", seconds=int(left) + 1)
        return _turn(replace(cursor, phase="settle"))

    def _settle(self, cursor: DeletionCursor) -> Turn:
        """Once more what was done at first: now nothing new can come."""
        cursor = self._shut_out(cursor)
        return _turn(replace(cursor, phase="count", runs=cursor.runs + self._cancel_runs()))

    def _count(self, cursor: DeletionCursor) -> Turn:
        """Some pages of what there is. A part of it that was counted before a crash is not counted again."""
        counts = dict(cursor.items)
        place, done = self._pages(cursor, lambda found: _tally(counts, found))
        if not done:
            return _turn(replace(cursor, items=counts, place=place.as_record()))
        versions, held = (
            self.premises.objects.count_versions(keys.object_root(self.tenant_id)),
            self.premises.keys.held(),
        )
        counted = replace(cursor, items=counts, versions=versions, place={}, phase="shred")
        return _turn(replace(counted, key_arns=list(held.key_arns), data_keys=held.data_keys))

    def _shred(self, cursor: DeletionCursor) -> Turn:
        """The shortest time that KMS allows: until a key is deleted, an administrator could bring it back."""
        done = self.premises.keys.shred(SHORTEST_DAYS, noted=cursor.key_arns)
        told = [{"arn": key.arn, "state": key.state, "deletedAt": _when(key.deleted_at)} for key in done.keys]
        shredded = {"at": rfc3339(self.clock.now()), "keys": told}
        return _turn(replace(cursor, phase="records", shredded=shredded))

    def _records(self, cursor: DeletionCursor) -> Turn:
        place, done = self._pages(cursor, self._erase)
        following = replace(cursor, phase="objects", place={}) if done else replace(cursor, place=place.as_record())
        return _turn(following)

    def _objects(self, cursor: DeletionCursor) -> Turn:
        """The first versions that are listed, until none is."""
        page = self.premises.objects.versions(keys.object_root(self.tenant_id), limit=_VERSIONS)
        self.premises.objects.erase(page)
        return _turn(cursor if page else replace(cursor, phase="sweep"))

    def _sweep(self, cursor: DeletionCursor) -> Turn:
        """Let the sweep look. An index may lag behind for a moment, and a straggler may have written."""
        seen = Sweep(self.tenant_id, self.premises).look()
        if seen.empty:
            told = {"at": rfc3339(self.clock.now()), "asked": seen.asked, "found": 0}
            return _turn(replace(cursor, phase="certify", sweep=told))
        if cursor.rounds == _ROUNDS:
            count("TenantNotEmpty")
            raise Conflict(f"{seen.found} things are still there after {_ROUNDS} rounds.")
        again = replace(cursor, phase="records", place={}, rounds=cursor.rounds + 1)
        return replace(_turn(again), next="wait", seconds=_AGAIN_SECONDS)

    def _certify(self, cursor: DeletionCursor) -> dict[str, Any]:
        facts = Facts(self.operation, self._record(), asdict(cursor), self.clock.now())
        return certify(facts, self.platform)

    def _shut_out(self, cursor: DeletionCursor) -> DeletionCursor:
        removed, issuers = self._remove_credentials(), self._remove_issuers()
        self._forget_schedules()
        return replace(cursor, credentials=cursor.credentials + removed, issuers=cursor.issuers + issuers)

    def _cancel_runs(self) -> int:
        """As they are stored: to be ended they need not be opened, and of a restored tenant they cannot."""
        runs = Runs(self.premises.stored["runs"], self.clock)
        ended = 0
        for status in OPEN_STATES:
            for run in list(_all(self._runs, only=all_equal({"status": status}))):
                try:
                    runs.cancel(run["runId"], PRINCIPAL, payload={"reason": "tenant_deleted"})
                except RunClosed:
                    continue
                self.platform.stop_run(str(run.get("execution") or run["runId"]))
                ended += 1
        return ended

    def _runs(self, **page: Any) -> IdPage:
        stored = self.premises.stored["runs"]
        return newest_of_shards(stored, lambda shard: keys.runs_partition(self.tenant_id, shard), **page)

    def _remove_credentials(self) -> int:
        """The platform's records by which the tenant's API keys and AWS callers are let in; how many were there."""
        removed = 0
        for digest in (*self._digests_of_keys(), *self._digests_of_callers()):
            if self.platform.credentials.get(keys.credential_key(digest), consistent=True):
                self.platform.credentials.delete(keys.credential_key(digest))
                removed += 1
        return removed

    def _digests_of_keys(self) -> Iterator[str]:
        for record in _all(ApiKeys(self.premises.tables["control"]).list):
            yield from (secret["digest"] for secret in record["secrets"])

    def _digests_of_callers(self) -> Iterator[str]:
        for record in _all(AwsCallers(self.premises.tables["control"]).list):
            yield aws_roles.digest(record["roleArn"])

    def _forget_schedules(self) -> None:
        """Their ids alone: what an agent is sent need not be opened, and perhaps cannot."""
        stored, partition = self.premises.stored["control"], keys.schedules_partition(self.tenant_id)
        for record in _all(partial(newest_of_partition, stored, partition)):
            self.platform.forget_schedule(str(record["sk"]))

    def _remove_issuers(self) -> int:
        mine = [issuer for issuer in _all(self.platform.issuers.list) if issuer.get("boundTo") == self.tenant_id]
        for issuer in mine:
            self.platform.issuers.delete(issuer["iss"])
        return len(mine)

    def _pages(self, cursor: DeletionCursor, use: Callable[[Found], None]) -> tuple[Place, bool]:
        """Hand some pages of the tenant's items over; where to go on, and whether that was all."""
        tables: dict[Table, Any] = {name: self.premises.stored[name] for name in TABLES if name != "ledger"}
        place = Place.read(cursor.place)
        for number, found in enumerate(Belongings(tables).walk(place)):
            use(found)
            place = found.place
            if number + 1 == _PAGES:
                return place, False
        return place, True

    def _erase(self, found: Found) -> None:
        gone = [Key(item["pk"], item["sk"]) for item in found.items if not kind(keys.kind_of(item["pk"])).kept]
        self.premises.stored[found.table].batch_write(deletes=gone)

    def _record(self) -> Item:
        return self.platform.tenants.get(self.tenant_id, consistent=True)


def _when(time: datetime | None) -> str | None:
    return None if time is None else rfc3339(time)


def _turn(cursor: DeletionCursor) -> Turn:
    return Turn(asdict(cursor), cursor.percent)


def _tally(counts: dict[str, int], found: Found) -> None:
    for item in found.items:
        name = keys.kind_of(item["pk"])
        if not kind(name).kept:
            counts[name] = counts.get(name, 0) + 1


def _all(pages: Callable[..., IdPage], **only: object) -> Iterator[dict[str, Any]]:
    """Every record of a list."""
    after: str | None = None
    while True:
        page = pages(limit=100, after=after, **only)
        yield from page.items
        after = page.next_id
        if after is None:
            return
