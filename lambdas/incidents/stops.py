"""A tenant's administrators stop what is their own: a run, an agent, or all their agents at once.

The switches are in the tenant's own partition, written with credentials that reach nothing else: whatever one says, it
stops this tenant's runs alone, and what operators have set is not there to be lifted.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from data_access_lib.cursors import CursorCodec
from data_access_lib.errors import ConditionFailed, InvalidIdentifier
from data_access_lib.once import once
from data_access_lib.repositories import kill_switches
from data_access_lib.repositories.audit import AuditDraft
from governance.kill_switches import Scope, target_of_run
from governance.run_state import is_terminal
from lambdas.incidents.mitigation import Desk, Mitigation
from lambdas.incidents.stop_models import CreateOwnKillSwitch, OwnKillSwitchPage, OwnKillSwitchReply
from platform_kit.clock import Clock, rfc3339
from platform_kit.errors import Conflict, FieldError, NotFound, Unprocessable
from platform_kit.identity import Identity
from platform_kit.ids import is_id, new_id
from platform_kit.observability import count, logger

MOST: Final = 50
"""How many switches of a tenant's can be active: half of what can be read, for those that are set at once."""
_LIST: Final = "GET /v1/tenant/kill-switches"
_SET: Final = "POST /v1/tenant/kill-switches"

Item = dict[str, Any]


@dataclass(frozen=True)
class OwnSwitches:
    """`desk` opens the caller's tenant, `mitigation` knows which agents there are."""

    desk: Callable[[Identity], Desk]
    mitigation: Mitigation
    cursors: CursorCodec
    clock: Clock

    def list(self, who: Identity, *, limit: int, cursor: str | None) -> OwnKillSwitchPage:
        """The tenant's own active switches, newest first; InvalidCursor."""
        after = self.cursors.decode(who.tenant(), _LIST, cursor)["after"] if cursor else None
        page = self.desk(who).switches.list(limit=limit, after=after)
        following = self.cursors.encode(who.tenant(), _LIST, {"after": page.next_id}) if page.next_id else None
        return OwnKillSwitchPage(items=[_shown(item) for item in page.items], next_cursor=following)

    def set(
        self, who: Identity, wanted: CreateOwnKillSwitch, *, key: str | None, body: bytes
    ) -> tuple[OwnKillSwitchReply, bool]:
        """Stop something within a second; True beside the answer to a repeated request.

        Unprocessable for what is not the tenant's, Conflict for a run that has ended or when too many are active.
        """
        desk = self.desk(who)
        outcome = once(desk.store.answers, _SET, key, body, lambda: self._set(desk, who, wanted))
        return _shown(outcome.response), outcome.replayed

    def clear(self, who: Identity, switch_id: str) -> None:
        """Let what a switch of the tenant's own stopped go on; NotFound for every other, also one of operators'."""
        desk = self.desk(who)
        try:
            switch = desk.switches.get(switch_id)
            draft = AuditDraft("kill_switch.cleared", switch_id, detail={"before": switch, "after": None})
            desk.audit.commit(draft, lambda transaction: desk.switches.remove_in(transaction, switch_id))
        except NotFound:
            raise _not_yours() from None
        except ConditionFailed as failure:
            if failure.label != kill_switches.LABEL:
                raise
            raise _not_yours() from None
        _tell("own kill switch cleared", who, switch)

    def _set(self, desk: Desk, who: Identity, wanted: CreateOwnKillSwitch) -> Item:
        target = self._aim(desk, who, wanted)
        if len(desk.switches.list(limit=MOST, consistent=True).items) >= MOST:
            raise Conflict(f"{MOST} kill switches are active already; clear some, or stop all agents.")
        switch = {
            "switchId": new_id("ksw"),
            "scope": wanted.scope,
            "target": target,
            "reason": wanted.reason,
            "createdBy": who.principal_id,
            "createdAt": rfc3339(self.clock.now()),
        }
        draft = AuditDraft("kill_switch.set", switch["switchId"], detail={"before": None, "after": switch})
        desk.audit.commit(draft, lambda transaction: desk.switches.add_in(transaction, switch))
        count("OwnKillSwitchSet", scope=wanted.scope)
        _tell("own kill switch set", who, switch)
        return switch

    def _aim(self, desk: Desk, who: Identity, wanted: CreateOwnKillSwitch) -> str:
        """The target as it is kept. A switch that names nothing would stop nothing, and nobody would notice."""
        match wanted.scope:
            case Scope.TENANT.value:
                return who.tenant()
            case Scope.AGENT.value:
                return self._agent(str(wanted.target))
            case _:
                return self._run(desk, who, str(wanted.target))

    def _agent(self, name: str) -> str:
        try:
            self.mitigation.check_agent(name)
        except (NotFound, InvalidIdentifier):
            raise _no_such("agent") from None
        return name

    def _run(self, desk: Desk, who: Identity, run_id: str) -> str:
        run = desk.store.runs.find(run_id, consistent=True) if is_id(run_id, "run") else None
        if run is None:
            raise _no_such("run")
        if is_terminal(run["status"]):
            raise Conflict(f"The run has ended: it is {run['status']}.")
        return target_of_run(who.tenant(), run_id)


def _shown(switch: Item) -> OwnKillSwitchReply:
    """A run is told by its id alone: whose it is goes without saying."""
    target = str(switch["target"])
    return OwnKillSwitchReply.model_validate(
        {**switch, "target": target.rpartition("/")[2] if switch["scope"] == Scope.RUN.value else target}
    )


def _no_such(scope: str) -> Unprocessable:
    bad = FieldError("/target", f"no such {scope} of yours")
    return Unprocessable(f"You have no {scope} of this name to stop.", errors=(bad,))


def _not_yours() -> NotFound:
    return NotFound("Your tenant has no such kill switch. What operators have stopped, operators let go on.")


def _tell(what: str, who: Identity, switch: Item) -> None:
    logger().warning(
        what,
        tenant_id=who.tenant(),
        switch_id=switch["switchId"],
        scope=switch["scope"],
        target=switch["target"],
        principal_id=who.principal_id,
    )
