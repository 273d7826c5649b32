"""Schedules are made, shown, changed, paused and removed, each change with its entry in the audit chain."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, Final

from data_access_lib.cursors import CursorCodec
from data_access_lib.errors import ConditionFailed, StaleVersion
from data_access_lib.once import once
from data_access_lib.repositories.audit import AuditDraft, AuditLog
from data_access_lib.repositories.idempotency import Idempotency
from data_access_lib.repositories.members import Members
from data_access_lib.repositories.schedules import LABEL, Firings, Schedules
from governance.schedules.cron import BadExpression
from governance.schedules.policies import VOUCHED, CatchUp, Status, limits
from governance.schedules.timing import Timing, read
from lambdas.schedules.clockwork import Clockwork
from lambdas.schedules.models import (
    CreateSchedule,
    FiringReply,
    PatchSchedule,
    Preview,
    PreviewTimes,
    ScheduleDetail,
    SchedulePage,
    ScheduleReply,
    Times,
    Told,
)
from platform_kit.access import Role
from platform_kit.clock import Clock, parse_rfc3339, rfc3339
from platform_kit.errors import Conflict, FieldError, Forbidden, NotFound, Unprocessable
from platform_kit.identity import Identity
from platform_kit.ids import new_id
from platform_kit.observability import count, logger

_CREATE: Final = "POST /v1/schedules"
_LIST: Final = "GET /v1/schedules"
_SHOWN: Final = 3
_HISTORY: Final = 20
_TOLD: Final = ("name", "agent", "expression", "timeZone", "jitterMinutes", "overlap", "catchUp", "status")
_OWNERS: Final = frozenset({"jwt", "key"})

Item = Mapping[str, Any]


@dataclass(frozen=True)
class Desk:
    """What one principal of a tenant works with."""

    schedules: Schedules
    firings: Firings
    members: Members
    audit: AuditLog
    answers: Idempotency


@dataclass(frozen=True)
class ScheduleService:
    """`desk` opens the caller's tenant with credentials for that tenant alone; `clockwork` tells times."""

    desk: Callable[[Identity], Desk]
    clockwork: Clockwork
    cursors: CursorCodec
    clock: Clock

    def create(
        self, who: Identity, wanted: CreateSchedule, *, key: str | None, body: bytes
    ) -> tuple[ScheduleReply, bool]:
        """A new schedule, active; True beside the answer to a repeated request.

        Unprocessable when its expression is none or its times come too often, Conflict when the tenant has enough.
        """
        if who.credential not in _OWNERS:
            raise Forbidden("A schedule runs as who made it: a person or an API key. Make it as one of them.")
        desk = self.desk(who)
        outcome = once(desk.answers, _CREATE, key, body, lambda: self._create(desk, who, wanted))
        return ScheduleReply.model_validate(outcome.response), outcome.replayed

    def list(self, who: Identity, *, limit: int, cursor: str | None) -> SchedulePage:
        """The tenant's schedules that are the caller's business, newest first; a page may be short and not the last."""
        after = str(self.cursors.decode(who.tenant(), _LIST, cursor)["after"]) if cursor else None
        page = self.desk(who).schedules.list(limit=limit, after=after)
        following = self.cursors.encode(who.tenant(), _LIST, {"after": page.next_id}) if page.next_id else None
        return SchedulePage(items=[self._reply(one) for one in page.items if _sees(who, one)], next_cursor=following)

    def get(self, who: Identity, schedule_id: str) -> tuple[ScheduleDetail, int]:
        """One with its latest firings, and its version; NotFound."""
        desk = self.desk(who)
        record = _known(desk, who, schedule_id)
        history = [_firing(one) for one in desk.firings.list(schedule_id, limit=_HISTORY) if one["state"] == "done"]
        shown = self._reply(record).model_dump()
        return ScheduleDetail.model_validate({**shown, "history": history}), int(record["etag"])

    def preview(self, who: Identity, schedule_id: str, number: int) -> Preview:
        """Its next times, paused or not. NotFound."""
        record = _known(self.desk(who), who, schedule_id)
        times = islice(timing_of(record).after(self.clock.now()), number)
        return Preview(schedule_id=schedule_id, times=[rfc3339(one) for one in times])

    def times(self, who: Identity, wanted: PreviewTimes) -> Times:
        """When an expression would run from now on. Unprocessable as `create` is."""
        record = {**wanted.model_dump(by_alias=True), "createdAt": rfc3339(self.clock.now())}
        self._check(record, who)
        times = islice(timing_of(record).after(self.clock.now()), wanted.limit)
        return Times(times=[rfc3339(one) for one in times])

    def change(self, who: Identity, schedule_id: str, etag: int, wanted: PatchSchedule) -> tuple[ScheduleReply, int]:
        """Change one of version `etag`, which is the caller's own. StaleVersion, Forbidden, Unprocessable."""
        desk = self.desk(who)
        record = _own(desk, who, schedule_id)
        if int(record["etag"]) != etag:
            raise StaleVersion
        fields = wanted.model_dump(mode="json", by_alias=True, exclude_unset=True)
        self._check({**record, **fields}, who)
        if record["status"] == Status.FINISHED:
            fields["status"] = Status.ACTIVE.value
        return self._changed(desk, who, record, fields | self._vouched(desk, who), "schedule.updated")

    def pause(self, who: Identity, schedule_id: str) -> tuple[ScheduleReply, int]:
        """No time of it runs until it goes on; twice is fine. An administrator may pause anybody's."""
        desk = self.desk(who)
        record = _own(desk, who, schedule_id, or_administrator=True)
        if record["status"] == Status.PAUSED:
            return self._reply(record), int(record["etag"])
        if record["status"] == Status.FINISHED:
            raise Conflict("The schedule is finished: there is no time left to pause.")
        fields = {"status": Status.PAUSED.value, "pausedAt": rfc3339(self.clock.now())}
        return self._changed(desk, who, record, fields, "schedule.paused")

    def resume(self, who: Identity, schedule_id: str) -> tuple[ScheduleReply, int]:
        """Let it go on, paused or stopped. With `run_once`, the latest time that was missed is made up for.

        One that is active is told to Scheduler again, in case that failed before.
        """
        desk = self.desk(who)
        record = _own(desk, who, schedule_id)
        if record["status"] == Status.ACTIVE:
            self.clockwork.put(who.tenant(), record)
            return self._reply(record), int(record["etag"])
        self._check(record, who)
        fields = {"status": Status.ACTIVE.value, "pausedAt": None, "stoppedBecause": None} | self._vouched(desk, who)
        changed = self._changed(desk, who, record, fields, "schedule.resumed")
        self._make_up(who, record)
        return changed

    def run(self, who: Identity, schedule_id: str) -> Told:
        """Tell it this moment as a time, whatever its expression says; it counts as any other. Conflict when paused."""
        desk = self.desk(who)
        record = _own(desk, who, schedule_id)
        if record["status"] != Status.ACTIVE:
            way = "give it another time" if record["status"] == Status.FINISHED else "resume it"
            raise Conflict(f"The schedule is {record['status']}: {way} first.")
        at = rfc3339(self.clock.now())
        desk.audit.append(AuditDraft("schedule.run", schedule_id, detail={"at": at}))
        self.clockwork.tell(who.tenant(), schedule_id, at)
        return Told(schedule_id=schedule_id, at=at)

    def remove(self, who: Identity, schedule_id: str) -> None:
        """Remove one; runs that began go on. An administrator may remove anybody's. NotFound."""
        desk = self.desk(who)
        record = _own(desk, who, schedule_id, or_administrator=True)
        draft = AuditDraft("schedule.deleted", schedule_id, detail={"before": _told(record), "after": None})
        _commit(desk, draft, lambda transaction: desk.schedules.remove_in(transaction, record))
        self.clockwork.remove(schedule_id)

    def _create(self, desk: Desk, who: Identity, wanted: CreateSchedule) -> dict[str, Any]:
        most = limits(who.tier).most
        if desk.schedules.count() >= most:
            raise Conflict(f"A tenant of this tier has at most {most} schedules: change or remove one.")
        now = rfc3339(self.clock.now())
        record = {
            "scheduleId": new_id("sch"),
            **wanted.model_dump(mode="json", by_alias=True, exclude_none=True),
            "status": Status.ACTIVE.value,
            "principalId": who.principal_id,
            "createdAt": now,
            "updatedAt": now,
            **self._vouched(desk, who),
        }
        if not who.may_use(wanted.agent, ""):
            raise NotFound("There is no such agent.")
        self._check(record, who)
        draft = AuditDraft("schedule.created", record["scheduleId"], detail={"before": None, "after": _told(record)})
        made = _commit(desk, draft, lambda transaction: desk.schedules.create_in(transaction, record))
        # Last: a time that is told before there is a record would remove its own schedule.
        try:
            self.clockwork.put(who.tenant(), made)
        except Exception:
            self._take_back(desk, made)
            raise
        count("ScheduleCreated")
        return self._reply(made).model_dump(mode="json", by_alias=True, exclude_none=True)

    def _take_back(self, desk: Desk, made: Item) -> None:
        """Leave nothing of one whose times nobody tells: whoever asked for it was told that there is none.

        When that fails too, it stays as one without times, which its maker resumes, changes or removes.
        """
        draft = AuditDraft("schedule.deleted", str(made["scheduleId"]), detail={"before": _told(made), "after": None})
        try:
            _commit(desk, draft, lambda transaction: desk.schedules.remove_in(transaction, made))
            self.clockwork.remove(str(made["scheduleId"]))
        except Exception as failure:  # noqa: BLE001 - what failed first is told
            logger().warning(
                "a schedule that failed was not taken back", schedule_id=made["scheduleId"], why=repr(failure)
            )

    def _changed(
        self, desk: Desk, who: Identity, record: Item, fields: Mapping[str, Any], action: str
    ) -> tuple[ScheduleReply, int]:
        fields = {**fields, "updatedAt": rfc3339(self.clock.now())}
        after = {**record, **fields}
        draft = AuditDraft(action, str(record["scheduleId"]), detail={"before": _told(record), "after": _told(after)})
        made = _commit(desk, draft, lambda transaction: desk.schedules.change_in(transaction, record, fields))
        self.clockwork.put(who.tenant(), made)
        return self._reply(made), int(made["etag"])

    def _vouched(self, desk: Desk, who: Identity) -> dict[str, Any]:
        """By what it is known, when a time comes, that its maker may still do this: see `bridge.owners`."""
        until = rfc3339(self.clock.now() + VOUCHED)
        record = desk.members.of_principal(who.principal_id) if who.credential == "jwt" else None
        # What a member's record says now is asked of the record then: it may be taken away at any time.
        roles = who.roles - set(map(str, record["roles"])) if record is not None else who.roles
        told = {"credential": who.credential, "roles": sorted(roles), "until": until, "member": record is not None}
        return {"vouched": told}

    def _check(self, record: Item, who: Identity) -> None:
        now = self.clock.now()
        try:
            timing = timing_of({"createdAt": rfc3339(now), **record})
        except BadExpression as bad:
            place = "/timeZone" if "zone" in str(bad) else "/expression"
            raise Unprocessable("The schedule has no times.", errors=(FieldError(place, str(bad)),)) from None
        if timing.next(now) is None:
            raise Unprocessable("The schedule has no times.", errors=(FieldError("/expression", "is over"),))
        pause, shortest = timing.shortest_pause(now), limits(who.tier).shortest
        if pause is not None and pause < shortest:
            told = f"{int(shortest.total_seconds() // 60)} minutes at least lie between two times in this tier"
            raise Unprocessable("The schedule comes too often.", errors=(FieldError("/expression", told),))

    def _make_up(self, who: Identity, record: Item) -> None:
        paused = record.get("pausedAt")
        if record["catchUp"] != CatchUp.RUN_ONCE or not paused:
            return
        missed = timing_of(record).last_before(self.clock.now(), parse_rfc3339(str(paused)))
        if missed is not None:
            self.clockwork.tell(who.tenant(), str(record["scheduleId"]), rfc3339(missed))

    def _reply(self, record: Item) -> ScheduleReply:
        times: list[datetime] = []
        if record["status"] == Status.ACTIVE:
            times = list(islice(timing_of(record).after(self.clock.now()), _SHOWN))
        shown = {**record, "createdBy": record["principalId"], "nextRuns": [rfc3339(one) for one in times]}
        return ScheduleReply.model_validate({name: shown[name] for name in shown.keys() & _FIELDS})


_FIELDS: Final = frozenset(field.alias or name for name, field in ScheduleReply.model_fields.items())


def timing_of(record: Item) -> Timing:
    """When a schedule's times are; BadExpression."""
    return read(str(record["expression"]), str(record["timeZone"]), parse_rfc3339(str(record["createdAt"])))


def _known(desk: Desk, who: Identity, schedule_id: str) -> Item:
    record = desk.schedules.get(schedule_id)
    if not _sees(who, record):
        raise NotFound("There is no such schedule.")
    return record


def _own(desk: Desk, who: Identity, schedule_id: str, *, or_administrator: bool = False) -> Item:
    """One that runs as the caller: whoever changes what another's does would act in the other's name."""
    record = _known(desk, who, schedule_id)
    if record["principalId"] != who.principal_id and not (or_administrator and Role.ADMIN in who.roles):
        raise Forbidden("A schedule runs as who made it, who alone may change it; administrators pause and remove it.")
    return record


def _sees(who: Identity, record: Item) -> bool:
    return who.may_use(str(record["agent"]), "") or record["principalId"] == who.principal_id


def _commit(desk: Desk, draft: AuditDraft, build: Callable[[Any], Any]) -> Any:
    try:
        made, _ = desk.audit.commit(draft, build)
    except ConditionFailed as failure:
        if failure.label != LABEL:
            raise
        raise StaleVersion from None
    return made


def _told(record: Item) -> dict[str, Any]:
    """What the audit says of a schedule: nothing of what its agent is sent."""
    return {name: record[name] for name in _TOLD if record.get(name) is not None}


def _firing(item: Item) -> FiringReply:
    return FiringReply.model_validate(
        {name: item[name] for name in ("at", "result", "runId", "detail") if name in item}
    )
