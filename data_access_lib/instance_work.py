"""What people make of a tenant's instances: its own people and the platform's operators alike.

What holds an instance changes together with the tenant's audit chain, or not at all. Runs are nobody's business here:
whoever quarantines sees to it that they end.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from data_access_lib.errors import ConditionFailed
from data_access_lib.repositories import holds
from data_access_lib.repositories.audit import AuditDraft
from governance.holds import ACTIVE, INSTANCE_MOVES, Held, Hold, HoldState, IllegalMove, held, moved, reset
from governance.instance_models import BulkItem, BulkReply, InstanceReply
from platform_kit.clock import rfc3339
from platform_kit.errors import AmbitError, Conflict
from platform_kit.observability import count

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from data_access_lib.repositories.audit import AuditLog
    from data_access_lib.repositories.holds import Holds
    from governance.instance_models import BulkInstances
    from platform_kit.clock import Clock

_ATTEMPTS: Final = 5
_BUSY: Final = "The agent's hold is being changed by others. Look again, then decide."


@dataclass(frozen=True)
class HoldBench:
    """Where the holds of one tenant's agents are worked on, and the tenant's audit chain. `by` is a principal's id."""

    holds: Holds
    audit: AuditLog
    clock: Clock

    def hold(self, by: str, agent: str, state: HoldState, reason: str, incident: str = "") -> int:
        """Hold an agent, as gravely as it is held at least; the number of the audit entry."""
        wanted = Held(state, by, reason, self._now(), incident)
        return self._change(agent, state, reason, lambda before: held(before, wanted), incident)

    def become(self, by: str, agent: str, status: str, reason: str) -> int:
        """Make of an instance what a person wants; the number of the audit entry. Conflict names what is legal."""
        if status != ACTIVE:
            state = HoldState(status)
            wanted = Held(state, by, reason, self._now())
            return self._change(agent, state, reason, lambda before: _moved(before, wanted))
        if self.holds.get(agent).held is None:
            raise Conflict(f"An instance that is {ACTIVE} may become {', '.join(INSTANCE_MOVES[ACTIVE])}.")
        return self.reset(by, agent, reason)[0]

    def reset(self, by: str, agent: str, reason: str) -> tuple[int, str]:
        """Lift what holds an agent, with its counted halts; the audit entry's number, and the incident it was held in.

        Conflict when nothing holds it and nothing is counted.
        """
        for _ in range(_ATTEMPTS):
            before = self.holds.get(agent)
            if before.held is None and not before.halts:
                raise Conflict("Nothing holds the agent, and no halt counts against it.")
            after = reset(before, by, reason, self._now())
            seq = self._write(agent, before, after, _draft("agent.reset", agent, reason, before))
            if seq:
                count("AgentReset")
                return seq, before.held.incident if before.held else ""
        raise Conflict(_BUSY)

    def _change(
        self, agent: str, state: HoldState, reason: str, change: Callable[[Hold], Hold], incident: str = ""
    ) -> int:
        for _ in range(_ATTEMPTS):
            before = self.holds.get(agent)
            after = change(before)
            seq = self._write(agent, before, after, _draft(f"agent.{state.value}", agent, reason, before, incident))
            if seq:
                count("AgentHeld", state=state.value)
                return seq
        raise Conflict(_BUSY)

    def _write(self, agent: str, before: Hold, after: Hold, draft: AuditDraft) -> int:
        """The number of the audit entry; 0 when the hold changed meanwhile."""
        try:
            _, entry = self.audit.commit(
                draft, lambda found: self.holds.write_in(found, agent, before, after) if after != before else None
            )
        except ConditionFailed as failure:
            if failure.label != holds.LABEL:
                raise
            return 0
        return int(entry["seq"])

    def _now(self) -> int:
        return int(self.clock.now().timestamp() * 1000)


def of_each(wanted: BulkInstances, change: Callable[[str], int | None]) -> BulkReply:
    """Change each instance once, in the order named; `change` tells how many runs it ended, None when it ended none.

    One that is refused stops no other.
    """
    items = [_one(agent, wanted.status, change) for agent in dict.fromkeys(wanted.agents)]
    done = sum(item.done for item in items)
    count("InstancesChanged", state=wanted.status)
    return BulkReply(done=done, failed=len(items) - done, items=items)


def _one(agent: str, status: Any, change: Callable[[str], int | None]) -> BulkItem:
    try:
        ended = change(agent)
    except AmbitError as refused:
        return BulkItem(agent=agent, done=False, code=refused.code, detail=refused.detail)
    return BulkItem(agent=agent, done=True, status=status, ended=ended)


def shown(record: Mapping[str, Any], hold: Hold, running: int | None = None) -> InstanceReply:
    """As it stands: what is draining and has no run left is paused, which is what it is to whoever calls it."""
    drained = hold.held is not None and hold.held.state is HoldState.DRAINING and running == 0
    state, what = "paused" if drained else hold.state, hold.held
    told = {name: record.get(name) for name in ("instanceId", "agent", "environment", "versionId", "createdAt")}
    return InstanceReply.model_validate(
        {
            **told,
            "status": state,
            "transitions": list(INSTANCE_MOVES[hold.state]),
            "reason": what.reason if what else None,
            "by": what.by if what else None,
            "since": rfc3339(datetime.fromtimestamp(what.at / 1000, UTC)) if what else None,
            "running": running,
        }
    )


def _moved(before: Hold, wanted: Held) -> Hold:
    try:
        return moved(before, wanted)
    except IllegalMove as illegal:
        raise Conflict(str(illegal)) from None


def _draft(action: str, agent: str, reason: str, before: Hold, incident: str = "") -> AuditDraft:
    was = before.as_dict()
    detail = {"reason": reason, "before": {"held": was["held"], "halts": was["halts"]}, "incidentId": incident or None}
    return AuditDraft(action, agent, detail=detail)
