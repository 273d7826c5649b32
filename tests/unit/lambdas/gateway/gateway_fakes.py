"""Hand-written doubles of what a run desk holds, for one run of the tenant acme."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

from data_access_lib.bucket import StoredObject
from data_access_lib.conditions import Change, Condition
from data_access_lib.errors import ConditionFailed, RunClosed, TransactionConflict
from data_access_lib.repositories.events import OPEN_STATES, Appended, EventDraft
from data_access_lib.repositories.pages import IdPage
from data_access_lib.tenant import TenantContext, TenantId
from enforcement.policies import PoliciesInForce
from enforcement.run_desk import RunDesk
from governance.holds import Hold
from governance.pricing import CURRENT
from lambdas.gateway.tools import Asked, built_in
from platform_kit.errors import NotFound
from platform_kit.identity import RunBinding
from platform_kit.outbound import Outbound

TOOLS = built_in(Outbound())
FILE_ID = "fil_" + "1" * 32
RUN_ID = "run_" + "2" * 32


class FixedClock:
    def now(self) -> datetime:
        return datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@dataclass
class FakeLog:
    """Events of the run, and what was added to its record with them."""

    drafts: list[EventDraft] = field(default_factory=list)
    added: dict[str, int] = field(default_factory=dict)
    written: dict[str, Any] = field(default_factory=dict)
    closed_after: int | None = None
    late: int = 0

    def append(
        self,
        run_id: str,
        drafts: Sequence[EventDraft],
        *,
        session_id: str | None = None,
        known: int | None = None,
        change: Change | None = None,
        also: object = None,
        attempts: int = 16,
    ) -> Appended:
        if attempts == 1 and self.late:
            self.late -= 1
            raise TransactionConflict
        if self.closed_after is not None and len(self.drafts) >= self.closed_after:
            raise RunClosed("cancelled")
        self.drafts += drafts
        for name, by in (change.add if change else {}).items():
            self.added[name] = self.added.get(name, 0) + by
        self.written.update(change.set_ if change else {})
        return Appended([], 1 + len(self.drafts))


@dataclass
class FakeRuns:
    record: dict[str, Any]
    log: FakeLog = field(default_factory=FakeLog)

    def get(self, run_id: str, *, consistent: bool = False) -> dict[str, Any]:
        return dict(self.record)

    def amend(self, run_id: str, fields: Mapping[str, Any], *, only: Condition | None = None) -> dict[str, Any]:
        if self.record["status"] not in OPEN_STATES:
            raise RunClosed(self.record["status"])
        if only is not None and "pendingStatus" in fields and "pendingStatus" in self.record:
            raise ConditionFailed
        self.record |= fields
        return dict(self.record)


@dataclass
class FakeFiles:
    records: dict[str, dict[str, Any]] = field(default_factory=dict)

    def get(self, file_id: str) -> dict[str, Any]:
        if file_id not in self.records:
            raise NotFound("There is no such file.")
        return self.records[file_id]

    def create(self, record: Mapping[str, Any]) -> None:
        self.records[record["fileId"]] = dict(record)

    def get_many(self, file_ids: Sequence[str]) -> list[dict[str, Any]]:
        return [self.get(file_id) for file_id in file_ids]

    def list(self, *, limit: int) -> IdPage:
        return IdPage(list(reversed(self.records.values()))[:limit], None)


@dataclass
class FakeObjects:
    stored: dict[str, bytes] = field(default_factory=dict)
    broken: bool = False

    def get(self, key: str, *, offset: int = 0, length: int | None = None) -> StoredObject | None:
        if self.broken:
            raise RuntimeError("secret internals")
        if key not in self.stored:
            return None
        body = self.stored[key]
        end = None if length is None else offset + length
        return StoredObject(key, body[offset:end], offset, len(body), "etag", "text/csv")

    def put(self, key: str, body: bytes, *, content_type: str = "") -> None:
        self.stored[key] = body


@dataclass
class FakePolicies:
    """What the tenant has in force."""

    bound: list[dict[str, Any]] = field(default_factory=list)
    reads: int = 0

    def in_force(self, _agent: str) -> list[dict[str, Any]]:
        self.reads += 1
        return self.bound


@dataclass
class FakeVersions:
    """Versions of agents: all of them have this manifest."""

    manifest: object = field(default_factory=lambda: {"tools": ["files.read", "files.write"]})

    def get(self, _agent: str, _version_id: str) -> dict[str, Any]:
        if self.manifest is None:
            raise NotFound("There is no such version.")
        return {"manifest": self.manifest}


@dataclass
class FakeHolds:
    """What holds the run's agent."""

    hold: Hold = field(default_factory=Hold)

    def get(self, _agent: str) -> Hold:
        return self.hold


@dataclass
class FakeStore:
    """The part of a tenant's store that a call of a tool uses."""

    context: TenantContext
    runs: FakeRuns
    files: FakeFiles
    objects: FakeObjects
    holds: FakeHolds

    def bucket(self) -> FakeObjects:
        return self.objects


def in_force(versions: FakeVersions | None = None) -> PoliciesInForce:
    """Policies of a gateway whose catalogue is this."""
    found = cast("Any", versions or FakeVersions())
    return PoliciesInForce(lambda: found)


@dataclass
class World:
    """A desk and its doubles."""

    runs: FakeRuns
    files: FakeFiles
    objects: FakeObjects
    mode: str = "sync"
    policies: FakePolicies = field(default_factory=FakePolicies)
    tier: str = "basic"
    holds: FakeHolds = field(default_factory=FakeHolds)

    @property
    def desk(self) -> RunDesk:
        binding = RunBinding(RUN_ID, "echo-agent", "ver_1", "ses_1", self.mode)
        tenant = TenantContext(TenantId("acme"), f"run:{RUN_ID}")
        store = cast("Any", FakeStore(tenant, self.runs, self.files, self.objects, self.holds))
        return RunDesk(binding, store, cast("Any", self.policies), self.tier, FixedClock())

    def keep(self, name: str, content: bytes | None, content_type: str = "text/plain", created_by: str = "") -> str:
        """One more file of the tenant, written by this run unless it was somebody else; its id."""
        file_id = f"fil_{len(self.files.records) + 16:032x}"
        by = created_by or f"run:{RUN_ID}"
        record = {"fileId": file_id, "key": file_id, "name": name, "contentType": content_type, "createdBy": by}
        self.files.records[file_id] = record
        if content is not None:
            self.objects.stored[file_id] = content
        return file_id

    def upload(self, content: bytes | None = b"0123456789", created_by: str = "usr:a:b") -> None:
        """The file `FILE_ID` of the tenant; None: described only."""
        record = {"fileId": FILE_ID, "key": "k", "name": "d.csv", "contentType": "text/csv", "createdBy": created_by}
        self.files.records[FILE_ID] = record
        if content is not None:
            self.objects.stored["k"] = content


def world(*, mode: str = "sync", **record: Any) -> World:
    """A run of this mode, running unless `status` says otherwise."""
    full = {"runId": RUN_ID, "status": "running", "lastSeq": 1, "principalId": "usr:a:b", "files": []}
    full |= {"startedAt": "2026-01-02T03:04:05.000Z", "priceVersion": CURRENT.version}
    full |= {"reservedPico": 10**12, **record}
    return World(FakeRuns(full), FakeFiles(), FakeObjects(), mode)


def asked(name: str, /, **arguments: Any) -> Asked:
    """A call of a tool of the pack, understood."""
    return TOOLS[name].read(arguments)
