"""What a halted run leaves behind: an incident, a count against its agent, and a look at whether others fell with it.

Nothing here stands in the way of the halt itself: what cannot be written is counted, and an alarm says so.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from data_access_lib.errors import ConditionFailed
from data_access_lib.platform_incidents import count_opened
from data_access_lib.repositories.incidents import Reported
from enforcement.run_desk import RunDesk
from governance.governor import Cascade, Halt, explain
from governance.holds import PAUSE_CASCADE_ORIGIN, Held, Hold, HoldState, halted, held
from governance.incidents import GRAVE, Fact, Kind, cascade_among, kind_of_halt
from platform_kit.observability import count, logger

_RECENT: Final = 50
"""How many of the tenant's newest incidents are looked at for a cascade."""
_ATTEMPTS: Final = 5
_TOOL_CALLS: Final = "toolCalls."
_BY: Final = "governor"


def report_halt(desk: RunDesk, run: Mapping[str, Any], halt: Halt) -> None:
    """Write the incident of a halted run, once for each run. Never raises."""
    try:
        reported = _report(desk, _fact(desk, run, halt))
        if reported.fresh:
            _count_against(desk, halt, str(reported.incident["incidentId"]))
            _look_for_cascade(desk)
    except Exception:  # noqa: BLE001 - the run is refused whatever becomes of its incident
        count("IncidentLost")
        logger().exception("an incident was lost", run_id=desk.binding.run_id, agent=desk.binding.agent)


def _fact(desk: RunDesk, run: Mapping[str, Any], halt: Halt) -> Fact:
    agent = desk.binding.agent
    tools = {f"tool:{name.removeprefix(_TOOL_CALLS)}" for name in run if name.startswith(_TOOL_CALLS)}
    return Fact(
        kind=kind_of_halt(halt.rule),
        about=f"agent:{agent}",
        source=desk.binding.run_id,
        at=desk.clock.now(),
        title=f"{agent}: {explain(halt)}",
        halt=halt.kind,
        agent=agent,
        touched=frozenset(tools),
        detail={"runId": desk.binding.run_id, "versionId": desk.binding.version_id, "halt": halt.as_dict()},
    )


def _report(desk: RunDesk, fact: Fact) -> Reported:
    reported = desk.store.incidents.report(fact)
    if reported.opened:
        count_opened(fact)
        logger().warning(
            "incident opened",
            tenant_id=desk.tenant.tenant_id,
            incident_id=fact.incident_id(desk.tenant.tenant_id),
            severity=fact.severity.value,
            run_id=desk.binding.run_id,
        )
    return reported


def _count_against(desk: RunDesk, halt: Halt, incident_id: str) -> None:
    now = desk.milliseconds()
    change = _hold(desk, desk.binding.agent, lambda hold: halted(hold, halt.kind, now, incident_id))
    if change is not None:
        _tell(desk, incident_id, change)


def _look_for_cascade(desk: RunDesk) -> None:
    recent = desk.store.incidents.list(limit=_RECENT).items
    found = cascade_among(recent, desk.milliseconds())
    if found is None:
        return
    reported = _report(desk, _cascade_fact(desk, found))
    if reported.opened and PAUSE_CASCADE_ORIGIN and found.origin.kind in GRAVE:
        _pause(desk, found, str(reported.incident["incidentId"]))


def _cascade_fact(desk: RunDesk, found: Cascade) -> Fact:
    origin = found.origin
    return Fact(
        kind=Kind.CASCADE,
        about=f"agent:{origin.agent}",
        source=desk.binding.run_id,
        at=desk.clock.now(),
        title=f"{len(found.agents)} agents were halted one after the other, {origin.agent} first.",
        halt=origin.kind,
        agent=origin.agent,
        detail={"origin": origin.agent, "halt": origin.kind.value, "agents": list(found.agents), "runs": _runs(found)},
    )


def _runs(found: Cascade) -> list[str]:
    return list(dict.fromkeys(found.runs))


def _pause(desk: RunDesk, found: Cascade, incident_id: str) -> None:
    reason = f"A cascade of {len(found.agents)} agents began with it."
    wanted = Held(HoldState.PAUSED, _BY, reason, desk.milliseconds(), incident_id)
    change = _hold(desk, found.origin.agent, lambda hold: held(hold, wanted))
    if change is not None:
        _tell(desk, incident_id, change)


def _hold(desk: RunDesk, agent: str, change: Callable[[Hold], Hold]) -> Held | None:
    """Change an agent's hold, against whoever does the same; how it is held when it was not held so before."""
    for _ in range(_ATTEMPTS):
        before = desk.store.holds.get(agent)
        after = change(before)
        if after is before:
            return None
        try:
            desk.store.holds.write(agent, before, after)
        except ConditionFailed:
            continue
        return after.held if after.held != before.held else None
    raise ConditionFailed


def _tell(desk: RunDesk, incident_id: str, now: Held) -> None:
    count("AgentHeld", state=now.state.value)
    title = f"The agent is {now.state.value}: {now.reason}"
    desk.store.incidents.note(incident_id, {"type": "hold", "title": title, "by": now.by}, desk.clock.now())
