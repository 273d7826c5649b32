"""What the end of a run means to a canary: it is counted, and a candidate that does worse is taken back at once.

Whoever has ended the run counts it, and nobody else can have: the end of a run is one conditional write. Should that
process die before it has counted, one run is missing; none is ever counted twice. Nothing here stands in the way of the
run: what cannot be written is counted, and an alarm says so.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from data_access_lib.errors import StaleVersion
from data_access_lib.platform_incidents import count_opened
from data_access_lib.repositories.audit import AuditDraft
from governance import governor
from governance.canary import ON, Part, Reason, Tallies, Tally, convicted, ended, one
from governance.incidents import Fact, Kind
from governance.run_state import RunStatus
from platform_kit.clock import Clock, rfc3339
from platform_kit.observability import count, logger
from run_lifecycle.guarding import BLOCKED
from run_lifecycle.outcome import Run
from run_lifecycle.store import TenantStore

BY: Final = "svc:canary"
"""Who ends a canary that no person ends."""
_GUARDRAILS: Final = "guardrail-hits"
_HALTED: Final = "RUN_HALTED"
_ATTEMPTS: Final = 5


def observe(run: Run, store: TenantStore, clock: Clock) -> None:
    """Count a run that this process has ended towards its canary, and act on what is seen by then. Never raises."""
    counted = seen_in(run) if run.get("canaryId") else None
    if counted is None:
        return
    try:
        found = convicted(store.canaries.add(str(run["canaryId"]), Part(run["canary"]), counted, clock.now()))
        if found is not None and store.audit is not None:
            _take_back(run, *found, store, clock)
    except Exception:  # noqa: BLE001 - the run has ended well or badly, whatever becomes of a number
        count("CanaryUncounted")
        logger().exception("a run was not counted towards its canary", run_id=run["runId"], agent=run["agent"])


def seen_in(run: Run) -> Tally | None:
    """What a run that is over says of its version; None when it says nothing: cancelled, switched off, never begun.

    What is refused before a run exists, bad input and a tenant's spent budget, never comes here. Why an agent says that
    it failed is not asked: a bad version would say whatever lets it stay.
    """
    status, code = run["status"], (run.get("error") or {}).get("code")
    by_switch = status == RunStatus.HALTED and code != _HALTED
    if not run.get("startedAt") or status == RunStatus.CANCELLED or by_switch:
        return None
    blocked = code == BLOCKED or _halted_by(run) == _GUARDRAILS
    failed = status != RunStatus.SUCCEEDED and not blocked
    return one(failed=failed, blocked=blocked, milliseconds=float(run["durationMs"]))


def _halted_by(run: Run) -> str | None:
    """The governor's rule that has halted a run."""
    halt = governor.read(run["governor"]).halt if run.get("governor") is not None else None
    return None if halt is None else halt.rule


def _take_back(run: Run, reason: Reason, tallies: Tallies, store: TenantStore, clock: Clock) -> None:
    """End the canary, once: whoever comes second, or late, finds it ended and leaves it so."""
    agent, canary_id = str(run["agent"]), str(run["canaryId"])
    for _ in range(_ATTEMPTS):
        instance = store.instances.get(agent, consistent=True)
        kept = instance.get("canary") or {}
        if kept.get("canaryId") != canary_id or kept.get("status") != ON:
            return
        done = ended(kept, BY, reason.value, rfc3339(clock.now()))
        try:
            store.instances.update(agent, int(instance["etag"]), {"canary": done})
        except StaleVersion:
            continue
        _tell(agent, done, _figures(tallies), store, clock)
        return
    raise StaleVersion


def _tell(agent: str, done: Mapping[str, Any], figures: Mapping[str, Any], store: TenantStore, clock: Clock) -> None:
    """Metric and log first, so that the alarm sounds whatever fails after them; then incidents and audit entry."""
    canary_id, reason = str(done["canaryId"]), str(done["reason"])
    count("CanaryRolledBack", reason=reason)
    logger().warning(
        "canary rolled back", tenant_id=store.context.tenant_id, agent=agent, canary_id=canary_id, reason=reason
    )
    told = {**{name: done[name] for name in ("canaryId", "stable", "candidate", "reason")}, **figures}
    fact = Fact(
        kind=Kind.CANARY_ROLLED_BACK,
        about=f"agent:{agent}",
        source=canary_id,
        at=clock.now(),
        title=f"{agent}: the canary of {done['candidate']} was rolled back ({reason}).",
        agent=agent,
        detail=told,
    )
    for write in (_open_incident, _enter, _tell_operators):
        try:
            write(store, fact)
        except Exception:  # noqa: BLE001 - each for itself: the canary has ended
            count("IncidentLost")
            logger().exception("a canary's end was not written down", agent=agent, canary_id=canary_id)


def _open_incident(store: TenantStore, fact: Fact) -> None:
    if store.incidents.report(fact).opened:
        count_opened(fact)


def _enter(store: TenantStore, fact: Fact) -> None:
    if store.audit is not None:
        store.audit(BY).append(AuditDraft("canary.rolled_back", fact.agent, detail=fact.detail))


def _tell_operators(store: TenantStore, fact: Fact) -> None:
    """The same among the platform's incidents, of all tenants together: operators see no tenant's own."""
    if store.tell_operators is None:
        return
    tenant = str(store.context.tenant_id)
    known = {"tenantId": tenant, "incidentId": fact.incident_id(tenant)}
    store.tell_operators(replace(fact, title=f"{tenant}: {fact.title}", detail={**fact.detail, **known}))


def _figures(tallies: Tallies) -> dict[str, Any]:
    return {part.value: figures(tally) for part, tally in zip(Part, tallies, strict=True)}


def figures(tally: Tally) -> dict[str, Any]:
    """What was seen of a version, in words of the API; the 95th percentile of its runs' times in milliseconds."""
    return {
        "runs": tally.runs,
        "failed": tally.failed,
        "blocked": tally.blocked,
        "p95Ms": round(tally.percentile(0.95)),
    }
