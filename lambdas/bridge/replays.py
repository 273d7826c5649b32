"""Replays: the agent of a run that is over runs again, and is answered from the run's record (ADR 0094)."""

from dataclasses import dataclass
from typing import Any, Final

from data_access_lib.once import once
from data_access_lib.recorded import recorded
from data_access_lib.repositories.audit import AuditDraft
from data_access_lib.repositories.pages import IdPage
from data_access_lib.tenant import TenantContext, TenantId
from governance import flags
from governance.pinning import EVALUATION_TENANT
from lambdas.bridge.models import StartReplay
from lambdas.bridge.service import BridgeService, subjects
from lambdas.bridge.visibility import check_agent, seen
from platform_kit.errors import Conflict
from platform_kit.identity import Identity
from platform_kit.observability import count
from platform_kit.tracing import Trace
from run_lifecycle.agent_answer import AgentFault
from run_lifecycle.outcome import Run
from run_lifecycle.replaying import (
    Replay,
    as_replay,
    finish,
    give_up,
    handed,
    is_late,
    new_replay,
    plan_of,
    recorded_calls,
    told_by,
)
from run_lifecycle.resolution import RunnableAgent
from run_lifecycle.store import TenantStore

START: Final = "POST /v1/runs/{id}/replays"
LIST: Final = "GET /v1/runs/{id}/replays"
LATE: Final = "REPLAY_TIMED_OUT"
_SERVED: Final = frozenset({"approved", "deprecated"})
"""States of a version whose code a tenant may run; the evaluation tenant runs candidates too."""
_ASYNC: Final = "async"
_SHOWN: Final = (
    *("replayId", "runId", "agent", "mode", "status", "onDivergence", "principalId", "createdAt", "finishedAt"),
    *("recordedVersionId", "attempt", "error"),
)


@dataclass(frozen=True)
class Started:
    """A replay that this request made, or the one it repeats (`repeated`)."""

    replay: Replay
    repeated: bool


@dataclass(frozen=True)
class Asked:
    """One request for a replay, as it came in."""

    who: Identity
    run_id: str
    body: StartReplay
    trace: Trace
    key: str | None = None
    raw: bytes = b""


@dataclass(frozen=True)
class Replayer:
    """Starts replays and looks at them, with what runs are made with."""

    bridge: BridgeService

    def start(self, asked: Asked) -> Started:
        """Replay a run: to its end, or a job's until its agent has begun. NotReplayable, whose `reason` says why not.

        NotFound for what is not the caller's; CapabilityDisabled, KillSwitchActive, RateLimited as for a run.
        """
        store = self._store(asked.who)
        body = f"{asked.run_id}\n".encode() + asked.raw
        made = once(store.answers, START, asked.key, body, lambda: {"replayId": self._replay(asked, store)["replayId"]})
        return Started(store.replays.get(asked.run_id, made.response["replayId"]), made.replayed)

    def look(self, who: Identity, run_id: str, replay_id: str) -> Replay:
        """One replay of a run. One that has had all its time is over."""
        store = self._store(who)
        seen(store.runs.get(run_id), who)
        return self._as_of_now(store.replays.get(run_id, replay_id), store)

    def all(self, who: Identity, run_id: str, *, limit: int, cursor: str | None) -> dict[str, Any]:
        """A run's replays, newest first, without what each found. A page may be short and not the last."""
        store = self._store(who)
        seen(store.runs.get(run_id), who)
        page = store.replays.list(run_id, limit=limit, after=self.bridge.position(who, LIST, cursor))
        items = [dict(self._as_of_now(replay, store)) for replay in page.items]
        return self.bridge.page(who, LIST, IdPage(items, page.next_id), summary)

    def _as_of_now(self, replay: Replay, store: TenantStore) -> Replay:
        if not is_late(replay, self.bridge.clock):
            return replay
        said = "The agent did not say how it ended in the time that a replay has."
        return give_up(replay, LATE, said, store, self.bridge.clock)

    def _replay(self, asked: Asked, store: TenantStore) -> Replay:
        who, bridge = asked.who, self.bridge
        run = seen(store.runs.get(asked.run_id, consistent=True), who)
        check_agent(who, run["agent"], bridge.resolver.domain)
        plan, told = plan_of(recorded_calls(run, store)), handed(run, store)
        agent = self._agent(asked, run, store)
        self._admit(who, agent, store)
        how = asked.body.on_divergence
        record = new_replay(run, agent.version_id, who.principal_id, how, plan, bridge.clock)
        about = {"replayId": record["replayId"], "versionId": agent.version_id}
        replay = recorded(
            bridge.audit(store.context),
            AuditDraft("run.replayed", asked.run_id, detail=about),
            lambda: store.replays.create(record),
        )
        count("ReplayStarted", agent=agent.name)
        return self._lead(as_replay({**run, **told}, replay, agent.runtime_arn), replay, store, asked.trace)

    def _agent(self, asked: Asked, run: Run, store: TenantStore) -> RunnableAgent:
        """The version that is to run. Conflict for one that tenants are not served."""
        version_id, resolver = asked.body.version or str(run["versionId"]), self.bridge.resolver
        agent = resolver.resolve(
            *(run["agent"], store, run["environment"]), session=str(run["sessionId"]), pinned=version_id
        )
        status = resolver.status(agent.name, version_id)
        if status not in _SERVED and asked.who.tenant() != EVALUATION_TENANT:
            raise Conflict(f"The version {version_id} is {status}: only versions that were approved are replayed.")
        return agent

    def _admit(self, who: Identity, agent: RunnableAgent, store: TenantStore) -> None:
        bridge = self.bridge
        bridge.controls.admit(flags.REPLAY, tenant=who.tenant(), tier=agent.tier, agent=agent.name)
        bridge.limiter.admit(store.rates, subjects(who, agent))

    def _lead(self, run: Run, replay: Replay, store: TenantStore, trace: Trace) -> Replay:
        """Have the agent run. A job's works on by itself, and says at the gateway how it ended."""
        bridge = self.bridge
        if run["agentMode"] != _ASYNC:
            outcome, drafts = bridge.conductor.rehearse(run, store, trace, seconds=bridge.timeouts.invoke)
            return finish(replay, told_by(outcome, drafts), store, bridge.clock)
        try:
            for _ in bridge.conductor.ask(run, store, trace):
                pass
        except AgentFault as fault:
            return give_up(replay, fault.code, fault.message, store, bridge.clock)
        return replay

    def _store(self, who: Identity) -> TenantStore:
        return self.bridge.open_store(TenantContext(TenantId(who.tenant()), who.principal_id))


def summary(replay: Replay) -> dict[str, Any]:
    """A replay as a list shows it: whether it did the same, and not what it did else."""
    told = {name: replay[name] for name in _SHOWN if replay.get(name) is not None}
    verdict = {"identical": replay["replayResult"]["identical"]} if replay.get("replayResult") else {}
    return {**told, "version": replay["versionId"], **verdict}


def shown(replay: Replay) -> dict[str, Any]:
    """A replay as the API shows it, with all that it found."""
    return {**summary(replay), **(replay.get("replayResult") or {})}
