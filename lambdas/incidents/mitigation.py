"""What can be done at once: hold an agent, end its runs, end a run, revoke an API key. Each is audited."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from data_access_lib.admin import PlatformCatalogue
from data_access_lib.errors import ConditionFailed
from data_access_lib.instance_work import HoldBench
from data_access_lib.repositories.api_keys import ApiKeys
from data_access_lib.repositories.audit import AuditDraft, AuditLog
from data_access_lib.repositories.credentials import Credentials
from data_access_lib.repositories.events import OPEN_STATES
from data_access_lib.repositories.kill_switches import KillSwitches
from governance.holds import LATCH_SECONDS, Hold, HoldState
from governance.run_state import RunStatus, is_terminal
from lambdas.incidents.models import HoldReply, ResetReply
from platform_kit.clock import Clock, rfc3339
from platform_kit.errors import Conflict, NotFound
from platform_kit.identity import Identity
from platform_kit.ids import made_at
from platform_kit.observability import count
from run_lifecycle.finish import finish_run
from run_lifecycle.outcome import Failure, Outcome, Run
from run_lifecycle.runtime import AgentCoreRuntime, runtime_session
from run_lifecycle.store import TenantStore
from run_lifecycle.workflows import RunWorkflows

MOST_ENDED: Final = 200
"""How many runs one quarantine ends; asked for again, it ends more."""
LONGEST_RUN: Final = timedelta(days=2)
"""No run that began before is going any more."""
_PAGE: Final = 100
_ATTEMPTS: Final = 5


@dataclass(frozen=True)
class Desk:
    """What one principal of a tenant works with."""

    store: TenantStore
    keys: ApiKeys
    audit: AuditLog
    switches: KillSwitches


@dataclass(frozen=True)
class Done:
    """What was done: the number of its audit entry, how many runs were ended, and the incident it had to do with."""

    audit_seq: int
    ended: int = 0
    incident: str = ""


@dataclass(frozen=True)
class Mitigation:
    """`credentials` are what the authoriser reads; `runtime` and `workflows` stop what is still at work on a run."""

    catalogue: PlatformCatalogue
    credentials: Callable[[], Credentials]
    runtime: AgentCoreRuntime
    workflows: RunWorkflows
    clock: Clock

    def carry_out(self, desk: Desk, who: Identity, action: str, target: str, reason: str, incident: str = "") -> Done:
        """Do one of pause, quarantine, revoke and kill_run. NotFound when there is nothing of this name."""
        match action:
            case "pause":
                return self._hold(desk, who, HoldState.PAUSED, target, reason, incident)
            case "quarantine":
                done = self._hold(desk, who, HoldState.QUARANTINED, target, reason, incident)
                return Done(done.audit_seq, self._end_runs(desk.store, target))
            case "revoke":
                return self._revoke(desk, target, reason, incident)
            case _:
                return self._kill(desk, target, reason, incident)

    def check_agent(self, agent: str) -> None:
        """NotFound when there is no such agent."""
        if self.catalogue.templates.find(agent) is None:
            raise NotFound("There is no such agent.")

    def reset(self, desk: Desk, who: Identity, agent: str, reason: str) -> Done:
        """Lift what holds an agent, with its counted halts. Conflict when nothing holds it and nothing is counted."""
        self.check_agent(agent)
        seq, incident = self._bench(desk).reset(who.principal_id, agent, reason)
        return Done(seq, incident=incident)

    def become(self, desk: Desk, who: Identity, status: str, agent: str, reason: str) -> Done:
        """Make of an instance what is wanted; its runs end when it is quarantined. Conflict names what is legal."""
        self.check_agent(agent)
        seq = self._bench(desk).become(who.principal_id, agent, status, reason)
        return Done(seq, self._end_runs(desk.store, agent) if status == HoldState.QUARANTINED else 0)

    def end_quarantined(self, store: TenantStore, agent: str) -> int:
        """End what runs of an agent that is quarantined, all of it; of any other, nothing. How many were ended."""
        ended = 0
        while store.holds.get(agent).state == HoldState.QUARANTINED:
            now = self._end_runs(store, agent)
            ended += now
            if now < MOST_ENDED:
                break
        return ended

    def going(self, desk: Desk, agent: str) -> int:
        """How many runs of the agent go on."""
        return sum(1 for _ in self._going(desk.store, agent))

    def _hold(self, desk: Desk, who: Identity, state: HoldState, agent: str, reason: str, incident: str) -> Done:
        self.check_agent(agent)
        return Done(self._bench(desk).hold(who.principal_id, agent, state, reason, incident))

    def _bench(self, desk: Desk) -> HoldBench:
        return HoldBench(desk.store.holds, desk.audit, self.clock)

    def _revoke(self, desk: Desk, key_id: str, reason: str, incident: str) -> Done:
        """End a key and all its secrets, for good (caches let go within 60 s)."""
        for _ in range(_ATTEMPTS):
            record = desk.keys.get(key_id)
            for secret in record["secrets"]:
                self.credentials().revoke(secret["digest"], key_id)
            detail = {"name": record["name"], "prefix": record["prefix"], "reason": reason, "incidentId": incident}
            seq = self._end_key(desk, record, AuditDraft("api_key.revoked", key_id, detail=detail))
            if seq:
                count("ApiKeyRevoked")
                return Done(seq)
        raise Conflict("The key is being changed by others. Try again.", retry_after=1)

    def _end_key(self, desk: Desk, record: dict[str, Any], draft: AuditDraft) -> int:
        """The number of the audit entry; 0 when the record changed meanwhile: it may have another secret now."""
        changes = {"status": "revoked", "revokedAt": rfc3339(self.clock.now())}
        key_id, etag = str(record["keyId"]), int(record["etag"])
        if record["status"] == "revoked":
            return int(desk.audit.append(draft)["seq"])
        try:
            _, entry = desk.audit.commit(draft, lambda found: desk.keys.change_in(found, key_id, etag, changes))
        except ConditionFailed:
            return 0
        return int(entry["seq"])

    def _kill(self, desk: Desk, run_id: str, reason: str, incident: str) -> Done:
        run = desk.store.runs.get(run_id, consistent=True)
        entry = desk.audit.append(
            AuditDraft("run.killed", run_id, detail={"reason": reason, "incidentId": incident, "agent": run["agent"]})
        )
        ended = not is_terminal(run["status"]) and self._end(run, desk.store, reason)
        return Done(int(entry["seq"]), int(ended))

    def _end_runs(self, store: TenantStore, agent: str) -> int:
        """End what the agent has going: since the hold is written nothing of it begins any more."""
        ended = 0
        for run in self._going(store, agent):
            ended += self._end(run, store, "The agent is quarantined.")
            if ended == MOST_ENDED:
                break
        return ended

    def _going(self, store: TenantStore, agent: str) -> Iterator[Run]:
        after: str | None = None
        while True:
            page = store.runs.list(limit=_PAGE, after=after, agent=agent)
            yield from (store.runs.get(run["runId"], consistent=True) for run in page.items if _is_open(run))
            after = page.next_id
            if after is None or (made_at(after) or datetime.min.replace(tzinfo=UTC)) < self.clock.now() - LONGEST_RUN:
                return

    def _end(self, run: Run, store: TenantStore, reason: str) -> bool:
        """Whether it was ended here: cancelled, with its agent and its workflow."""
        failure = Failure("CANCELLED", f"The run was ended by an administrator: {reason}")
        finished = finish_run(run, Outcome(RunStatus.CANCELLED, failure=failure), store, self.clock)
        if finished.ended_here and run.get("startedAt"):
            self.runtime.stop(run["runtimeArn"], runtime_session(store.context.tenant_id, run["sessionId"]))
        if finished.ended_here and run.get("jobId"):
            self.workflows.stop(run)
        return finished.ended_here


def shown(agent: str, hold: Hold, now: datetime) -> HoldReply:
    """A hold as the API shows it."""
    since = _milliseconds(now) - LATCH_SECONDS * 1000
    what = hold.held
    return HoldReply(
        agent=agent,
        state="active" if what is None else what.state.value,
        reason=what.reason if what else None,
        by=what.by if what else None,
        since=_time(what.at) if what else None,
        incident_id=(what.incident or None) if what else None,
        grave_halts=sum(at > since for at in hold.halts),
        resets=[ResetReply(by=one.by, reason=one.reason, state=one.state, at=_time(one.at)) for one in hold.resets],
    )


def _is_open(run: Run) -> bool:
    return run["status"] in OPEN_STATES


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _time(milliseconds: int) -> str:
    return rfc3339(datetime.fromtimestamp(milliseconds / 1000, UTC))
