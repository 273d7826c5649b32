"""A schedule's time has come: look whether its run may begin, and begin it as the bridge begins any other.

Each time is claimed first and has one result, however often and in whatever order it is told.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

from data_access_lib.repositories.schedules import Claim, Firings, Schedules
from data_access_lib.tenant import TenantId
from governance.run_state import is_terminal
from governance.schedules.policies import EARLY, LATE, LONGEST_WAIT, CatchUp, Overlap, Status
from governance.schedules.timing import Timing, read
from lambdas.bridge.models import InvokeRequest
from lambdas.bridge.owners import MayNot, Owners
from lambdas.bridge.service import Ask, BridgeService
from platform_kit.clock import Clock, milliseconds, parse_rfc3339, rfc3339
from platform_kit.errors import AmbitError, Conflict, DependencyUnavailable, IdempotencyInProgress, NotFound
from platform_kit.identity import Identity
from platform_kit.observability import count, duration_ms, logger
from platform_kit.tracing import continue_trace

AGAIN_SECONDS: Final = 60
Result = Literal["started", "skipped", "missed", "refused", "stopped"]
Item = Mapping[str, Any]


class Busy(Exception):
    """Somebody else is at this time: the message comes again."""


class Time(BaseModel):
    """One of a schedule's times, as its message tells it. `asked`: by a person or a resumption, not by the clock."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    tenant_id: str = Field(alias="tenantId")
    schedule_id: str = Field(alias="scheduleId")
    scheduled_for: str = Field(alias="scheduledFor")
    asked: bool = False

    @property
    def at(self) -> str:
        """The time in the one spelling that claims have. ValueError for what is none."""
        return rfc3339(parse_rfc3339(self.scheduled_for))


class Clockwork(Protocol):
    """What tells times."""

    def remove(self, schedule_id: str) -> None:
        """Tell no time of a schedule that is gone."""
        ...

    def later(self, time: Time, seconds: int) -> None:
        """Tell a time once more, in so many seconds."""
        ...


@dataclass(frozen=True)
class Desk:
    """One tenant's schedules, and who made them."""

    schedules: Schedules
    firings: Firings
    owners: Owners


@dataclass(frozen=True)
class _Outcome:
    result: Result
    detail: str | None = None
    run_id: str | None = None


@dataclass(frozen=True)
class ScheduledRuns:
    """`tenant` finds a tenant's record, `desk` opens its schedules with credentials for that tenant alone."""

    bridge: BridgeService
    tenant: Callable[[TenantId], Item | None]
    desk: Callable[[TenantId], Desk]
    clockwork: Clockwork
    clock: Clock

    def fire(self, time: Time) -> str:
        """What became of a time; Busy or DependencyUnavailable when it is to be told again."""
        tenant_id = TenantId(time.tenant_id)
        tenant = self.tenant(tenant_id)
        if tenant is None or tenant["status"] == "deleted":
            self.clockwork.remove(time.schedule_id)
            return "gone"
        desk = self.desk(tenant_id)
        schedule = desk.schedules.find(time.schedule_id)
        if schedule is None:
            self.clockwork.remove(time.schedule_id)
            return "gone"
        claim = desk.firings.claim(time.schedule_id, time.at)
        if claim is Claim.DONE:
            return "done"
        if claim is Claim.OTHERS:
            raise Busy
        try:
            outcome = self._in_turn(time, tenant, desk)
        except Exception:
            desk.firings.release(time.schedule_id, time.at)
            raise
        if outcome is None:
            desk.firings.release(time.schedule_id, time.at)
            return "later"
        if _timing(schedule).ends_at(parse_rfc3339(time.at)):
            desk.schedules.finish(schedule)
        return outcome.result

    def _in_turn(self, time: Time, tenant: Item, desk: Desk) -> _Outcome | None:
        """What became of a claimed time, while no other of its schedule is: each sees the one before."""
        if not desk.schedules.take_turn(time.schedule_id, time.at, milliseconds(self.clock.now())):
            raise Busy
        try:
            outcome = self._decide(time, tenant, desk, desk.schedules.get(time.schedule_id))
            if outcome is not None:
                self._note(time, desk, outcome)
            return outcome
        finally:
            desk.schedules.leave_turn(time.schedule_id, time.at)

    def _decide(self, time: Time, tenant: Item, desk: Desk, schedule: Item) -> _Outcome | None:
        """What is to become of a claimed time; None when it is told once more later."""
        now, at = self.clock.now(), parse_rfc3339(time.at)
        if tenant["status"] != "active":
            return _Outcome("skipped", f"The tenant is {tenant['status']}.")
        if schedule["status"] != Status.ACTIVE:
            return _Outcome("skipped", f"The schedule is {schedule['status']}.")
        if at - now > EARLY:
            self.clockwork.later(time, AGAIN_SECONDS)
            return None
        if not time.asked and self._is_missed(schedule, time):
            return _Outcome("missed", "It was told too late.")
        try:
            who = desk.owners.of(schedule, str(tenant["tenantId"]), str(tenant["tier"]), now)
        except MayNot as no:
            return self._stopped(desk, schedule, str(no))
        return self._run(time, schedule, who)

    def _is_missed(self, schedule: Item, time: Time) -> bool:
        """Late by more than clocks differ. With `run_once` the latest is made up for, and only that one."""
        at, now = parse_rfc3339(time.at), self.clock.now()
        waits = LONGEST_WAIT if schedule["overlap"] == Overlap.QUEUE else timedelta()
        if now - at <= LATE + timedelta(minutes=int(schedule["jitterMinutes"])) + waits:
            return False
        if schedule["catchUp"] == CatchUp.SKIP:
            return True
        following = _timing(schedule).next(at)
        return following is not None and following <= now

    def _run(self, time: Time, schedule: Item, who: Identity) -> _Outcome | None:
        if going := self._going(schedule, who):
            if schedule["overlap"] == Overlap.SKIP:
                return _Outcome("skipped", f"The run {going} goes on.")
            if schedule["overlap"] == Overlap.QUEUE:
                return self._wait(time, going)
            self._cancel(who, going)
        return self._start(time, schedule, who)

    def _wait(self, time: Time, going: str) -> _Outcome | None:
        if self.clock.now() - parse_rfc3339(time.at) > LONGEST_WAIT:
            return _Outcome("skipped", f"It waited for a day for the run {going} to end.")
        self.clockwork.later(time, AGAIN_SECONDS)
        return None

    def _going(self, schedule: Item, who: Identity) -> str | None:
        """The schedule's last run, when that goes on."""
        run_id = (schedule.get("last") or {}).get("runId")
        if run_id is None:
            return None
        try:
            return None if is_terminal(self.bridge.run(who, str(run_id))["status"]) else str(run_id)
        except NotFound:
            return None  # its time is over, or it is no longer this key's business

    def _cancel(self, who: Identity, run_id: str) -> None:
        try:
            self.bridge.cancel(who, run_id)
        except (Conflict, NotFound):
            logger().info("the run before had ended by itself", run_id=run_id)

    def _start(self, time: Time, schedule: Item, who: Identity) -> _Outcome:
        asked = {name: schedule[name] for name in ("input", "context", "metadata") if schedule.get(name) is not None}
        ask = Ask(
            who,
            str(schedule["agent"]),
            InvokeRequest.model_validate(asked),
            continue_trace(None),
            idempotency_key=f"{time.schedule_id}@{time.at}",
            respond_async=True,
        )
        try:
            run = self.bridge.invoke(ask).run
        except (DependencyUnavailable, IdempotencyInProgress):
            raise  # who began it before may have died at it: what it made is asked for again
        except AmbitError as refused:
            return _Outcome("refused", f"{refused.code}: {refused.detail}")
        late = (self.clock.now() - parse_rfc3339(time.at)).total_seconds()
        duration_ms("ScheduleDelay", max(0.0, late * 1000))
        return _Outcome("started", run_id=str(run["runId"]))

    def _stopped(self, desk: Desk, schedule: Item, why: str) -> _Outcome:
        """It stops and says why, until whoever made it resumes it."""
        desk.schedules.note(str(schedule["scheduleId"]), {"status": Status.STOPPED.value, "stoppedBecause": why})
        return _Outcome("stopped", why)

    def _note(self, time: Time, desk: Desk, outcome: _Outcome) -> None:
        told = {"result": outcome.result, "detail": outcome.detail, "runId": outcome.run_id}
        kept = {name: value for name, value in told.items() if value is not None}
        if outcome.result == "started":  # what overlaps with it is asked of the last that began
            desk.schedules.note(time.schedule_id, {"last": {"at": time.at, **kept}})
        desk.firings.finish(time.schedule_id, time.at, kept)
        count("ScheduleFired", result=outcome.result)
        logger().info("a schedule's time", schedule_id=time.schedule_id, result=outcome.result, detail=outcome.detail)


def _timing(schedule: Item) -> Timing:
    return read(str(schedule["expression"]), str(schedule["timeZone"]), parse_rfc3339(str(schedule["createdAt"])))
