"""Flags are put, kill switches set and cleared: each change in one transaction with its entry in the audit chain."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from data_access_lib.admin import PlatformCatalogue
from data_access_lib.controls import MAX_FLAGS, MAX_SWITCHES
from data_access_lib.cursors import CursorCodec
from data_access_lib.errors import ConditionFailed, InvalidIdentifier, StaleVersion
from data_access_lib.once import once
from data_access_lib.platform_incidents import report_switch
from data_access_lib.repositories import flags, kill_switches
from data_access_lib.repositories.audit import AuditDraft, AuditLog
from data_access_lib.repositories.flags import Flags
from data_access_lib.repositories.idempotency import Idempotency
from data_access_lib.repositories.kill_switches import KillSwitches
from data_access_lib.repositories.pages import IdPage
from data_access_lib.table import BoundedTable
from data_access_lib.tenant import TenantId
from governance.flags import NAME
from governance.kill_switches import Scope
from lambdas.flags.incidents import PlatformIncidents
from lambdas.flags.models import (
    TOOL,
    CreateKillSwitch,
    FlagPage,
    FlagReply,
    KillSwitchPage,
    KillSwitchReply,
    PutFlag,
)
from platform_kit.clock import Clock, rfc3339
from platform_kit.errors import Conflict, FieldError, NotFound, PreconditionRequired, Unprocessable
from platform_kit.identity import Identity
from platform_kit.ids import is_id, new_id
from platform_kit.observability import count, logger

_PLATFORM: Final = "platform"
_FLAGS: Final = "GET /v1/platform/flags"
_SWITCHES: Final = "GET /v1/kill-switches"
_SET: Final = "POST /v1/kill-switches"
_TOLD: Final = ("description", "enabled", "rules")

Item = Mapping[str, Any]


@dataclass(frozen=True)
class Desk:
    """What one operator works with."""

    flags: Flags
    switches: KillSwitches
    audit: AuditLog
    answers: Idempotency
    incidents: BoundedTable


@dataclass(frozen=True)
class PutOutcome:
    """A flag, its version, and whether it is new."""

    flag: FlagReply
    etag: int
    fresh: bool = False


@dataclass(frozen=True)
class FlagService:
    """`desk` opens the platform's records for an operator; `catalogue` says which tenants and agents there are."""

    desk: Callable[[Identity], Desk]
    catalogue: Callable[[], PlatformCatalogue]
    cursors: CursorCodec
    clock: Clock
    incidents: PlatformIncidents

    def flags(self, who: Identity, *, limit: int, cursor: str | None) -> FlagPage:
        """Flags by name."""
        page = self.desk(who).flags.list(limit=limit, after=self._after(_FLAGS, cursor))
        shown = [FlagReply.model_validate(item) for item in page.items]
        return FlagPage(items=shown, next_cursor=self._cursor(_FLAGS, page))

    def flag(self, who: Identity, name: str) -> PutOutcome:
        """One flag and its version; NotFound when there is none."""
        record = self.desk(who).flags.get(name)
        return PutOutcome(FlagReply.model_validate(record), int(record["etag"]))

    def put(self, who: Identity, name: str, etag: int | None, wanted: PutFlag) -> PutOutcome:
        """Make a flag, or put it in place of the one of version `etag`.

        PreconditionRequired when there is one and no version was given, StaleVersion when it is of another.
        """
        if not NAME.fullmatch(name):
            raise NotFound("No flag can have this name.")
        desk = self.desk(who)
        before = desk.flags.find(name)
        if before is not None and etag is None:
            raise PreconditionRequired("Send If-Match with the ETag you last read, so that no change is lost.")
        if etag != (None if before is None else before["etag"]):
            raise StaleVersion
        if before is None and len(desk.flags.list(limit=MAX_FLAGS).items) >= MAX_FLAGS:
            raise Conflict(f"There are {MAX_FLAGS} flags already; change one of them.")
        made = self._write(desk, who, self._record(who, name, wanted, before), before)
        return PutOutcome(FlagReply.model_validate(made), int(made["etag"]), fresh=before is None)

    def switches(self, who: Identity, *, limit: int, cursor: str | None) -> KillSwitchPage:
        """The active switches, newest first."""
        page = self.desk(who).switches.list(limit=limit, after=self._after(_SWITCHES, cursor))
        shown = [KillSwitchReply.model_validate(item) for item in page.items]
        return KillSwitchPage(items=shown, next_cursor=self._cursor(_SWITCHES, page))

    def set(
        self, who: Identity, wanted: CreateKillSwitch, *, key: str | None, body: bytes
    ) -> tuple[KillSwitchReply, bool]:
        """Stop something, within a second; True beside the answer to a repeated request."""
        desk = self.desk(who)
        outcome = once(desk.answers, _SET, key, body, lambda: self._set(desk, who, wanted))
        return KillSwitchReply.model_validate(outcome.response), outcome.replayed

    def clear(self, who: Identity, switch_id: str) -> None:
        """Let what a switch stopped go on, within a second; NotFound when there is no such switch."""
        desk = self.desk(who)
        switch = desk.switches.get(switch_id)
        draft = AuditDraft("kill_switch.cleared", switch_id, detail={"before": switch, "after": None})
        try:
            desk.audit.commit(draft, lambda transaction: desk.switches.remove_in(transaction, switch_id))
        except ConditionFailed as failure:
            if failure.label != kill_switches.LABEL:
                raise
            raise NotFound("There is no such kill switch.") from None
        _tell("kill switch cleared", who, switch)

    def _record(self, who: Identity, name: str, wanted: PutFlag, before: Item | None) -> dict[str, Any]:
        return {
            "name": name,
            "description": wanted.description
            if wanted.description is not None
            else (before or {}).get("description", ""),
            "enabled": wanted.enabled,
            "rules": wanted.stored_rules(),
            "updatedBy": who.principal_id,
            "updatedAt": rfc3339(self.clock.now()),
        }

    def _write(self, desk: Desk, who: Identity, record: Item, before: Item | None) -> Item:
        detail = {"before": before and _told(before), "after": _told(record)}
        draft = AuditDraft("flag.updated" if before else "flag.created", record["name"], detail=detail)
        etag = None if before is None else int(before["etag"])
        try:
            made, _ = desk.audit.commit(draft, lambda transaction: desk.flags.put_in(transaction, record, etag=etag))
        except ConditionFailed as failure:
            if failure.label != flags.LABEL:
                raise
            raise StaleVersion from None
        count("FlagChanged", flag=str(record["name"]))
        logger().info("flag changed", flag=record["name"], enabled=record["enabled"], principal_id=who.principal_id)
        return made

    def _set(self, desk: Desk, who: Identity, wanted: CreateKillSwitch) -> dict[str, Any]:
        self._check_target(wanted)
        if len(desk.switches.list(limit=MAX_SWITCHES).items) >= MAX_SWITCHES:
            raise Conflict(f"{MAX_SWITCHES} kill switches are active already; clear some, or stop the platform.")
        switch = {
            "switchId": new_id("ksw"),
            "scope": wanted.scope.value,
            "target": wanted.aim,
            "reason": wanted.reason,
            "createdBy": who.principal_id,
            "createdAt": rfc3339(self.clock.now()),
        }
        draft = AuditDraft("kill_switch.set", switch["switchId"], detail={"before": None, "after": switch})
        desk.audit.commit(draft, lambda transaction: desk.switches.add_in(transaction, switch))
        count("KillSwitchSet", scope=switch["scope"])
        _tell("kill switch set", who, switch)
        self._report(desk, switch)
        return switch

    def _report(self, desk: Desk, switch: Item) -> None:
        """The switch is set, whatever becomes of its incident."""
        try:
            report_switch(desk.incidents, switch, self.clock.now())
        except Exception:  # noqa: BLE001 - see above
            count("IncidentLost")
            logger().exception("an incident was lost", switch_id=switch["switchId"])

    def _check_target(self, wanted: CreateKillSwitch) -> None:
        """A switch that names nothing would stop nothing, and nobody would notice."""
        try:
            there = self._is_there(wanted.scope, wanted.aim)
        except InvalidIdentifier:
            there = False
        if not there:
            bad = FieldError("/target", f"no such {wanted.scope.value}")
            raise Unprocessable(f"There is no {wanted.scope.value} of this name to stop.", errors=(bad,))

    def _is_there(self, scope: Scope, target: str) -> bool:
        match scope:
            case Scope.TENANT:
                return self.catalogue().tenants.find(TenantId(target)) is not None
            case Scope.AGENT:
                return self.catalogue().templates.find(target) is not None
            case Scope.TOOL:
                return TOOL.fullmatch(target) is not None  # which tools there are is the gateway's to know
            case Scope.RUN:
                tenant, _, run_id = target.partition("/")  # whether there is such a run is the tenant's to know
                return is_id(run_id, "run") and self.catalogue().tenants.find(TenantId(tenant)) is not None
            case Scope.PLATFORM:
                return True

    def _after(self, route: str, cursor: str | None) -> str | None:
        return self.cursors.decode(_PLATFORM, route, cursor)["after"] if cursor else None

    def _cursor(self, route: str, page: IdPage) -> str | None:
        return self.cursors.encode(_PLATFORM, route, {"after": page.next_id}) if page.next_id else None


def _told(record: Item) -> dict[str, Any]:
    """What the audit says of a flag."""
    return {name: record.get(name) for name in _TOLD}


def _tell(what: str, who: Identity, switch: Item) -> None:
    logger().warning(
        what,
        switch_id=switch["switchId"],
        scope=switch["scope"],
        target=switch["target"],
        principal_id=who.principal_id,
    )
