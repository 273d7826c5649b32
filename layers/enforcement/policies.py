"""What policy says of a run's calls: the agent version's envelope, narrowed by what its tenant has put in force.

Compiled once and kept for 15 seconds; while it cannot be read, or makes no sense, nothing is called.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from data_access_lib.verified_versions import VerifiedVersions
from enforcement import metering
from enforcement.actions import Action
from enforcement.errors import PolicyUnavailable
from enforcement.registrations import Registered, none_registered
from enforcement.run_desk import RunDesk
from enforcement.vouching import trusted_text
from governance.governor import ProfileName
from governance.guardrails import read_taint
from governance.policy.calls import Call
from governance.policy.cedar import Compiled, compile_envelope
from governance.policy.decision import Decision, decide
from governance.policy.effective import base_of, narrowed
from governance.policy.envelope import Envelope, Override
from governance.policy.history import Change, shadow
from governance.policy.presets import DEFAULT, Preset
from governance.policy.registry import FACTS, RegisteredTool
from governance.policy.replay import BASIS, basis_of
from governance.policy.rules import ARGUMENT, ENGINE, Answer
from governance.policy.scope import Scope
from governance.policy.tools import ToolFacts
from governance.replays.calls import RECORD
from platform_kit.errors import DependencyUnavailable
from platform_kit.observability import count, logger

CACHE_SECONDS: Final = 15.0
SCOPE: Final = "scope"
"""The attribute of a run that says to what its caller has narrowed it."""
_BOUND: Final = 256
_PROFILES: Final[Mapping[str, ProfileName]] = {
    Preset.STRICT: ProfileName.CONSERVATIVE,
    Preset.BALANCED: ProfileName.BALANCED,
    Preset.PERMISSIVE: ProfileName.AGGRESSIVE,
}
"""How patient the governor is with a run, by the preset of its agent version."""


@dataclass(frozen=True)
class Judgement:
    """The decision that counts, where a candidate in shadow differs from it, and what both were made on."""

    decision: Decision
    change: Change | None
    basis: Mapping[str, Any]

    def told(self) -> dict[str, Any]:
        """What the log keeps besides the decision."""
        if self.change is None:
            return {BASIS: self.basis}
        beside = self.change.after
        return {BASIS: self.basis, "shadow": {"decision": beside.decision.value, "ruleId": beside.rule_id}}

    def note(self) -> None:
        """Count that the candidate differs."""
        if self.change is not None:
            count("PolicyShadowDiffers", direction=self.change.direction.value)


@dataclass(frozen=True)
class InForce:
    """A compiled envelope, the narrowest policy of the tenant's that made it what it is, and the governor's profile."""

    compiled: Compiled
    policy: Mapping[str, Any]
    profile: ProfileName = ProfileName.BALANCED
    candidate: Compiled | None = None
    """What the tenant lets be asked beside it, in shadow. It never decides."""
    recorded: bool = False
    """Whether the version has its runs' calls kept for replays."""

    def decide(self, desk: RunDesk, run: Mapping[str, Any], action: Action) -> "Judgement":
        """The decision on what a run asks for now. PolicyUnavailable when what it has used cannot be told."""
        tainted = read_taint(run.get("taint")).marked
        call = Call(
            tool=action.tool,
            arguments=action.arguments,
            tier=desk.tier,
            cost_so_far=metering.spent(desk, run) + metering.held(run),
            calls_so_far=int(run.get(calls_of(action.tool)) or 0),
            tainted=tainted,
            hosts=action.hosts,
            models=action.models,
            data_scopes=action.registered.data_scopes,
            scope=Scope.read(run.get(SCOPE)),
            trusted=trusted_text(desk, run) if tainted and self.asks_provenance else None,
        )
        decision = decide(self.compiled, call)
        if decision.rule_id == ENGINE:
            count("PolicyUnavailable", reason="engine")
        return Judgement(decision, self._beside(desk, decision, call), basis_of(call, action.told))

    def _beside(self, desk: RunDesk, decision: Decision, call: Call) -> Change | None:
        """Where the candidate's answer differs; a candidate that fails has none."""
        if self.candidate is None:
            return None
        beside = decide(self.candidate, call)
        if beside.rule_id == ENGINE:
            _note_shadow_failed(desk, "engine")
            return None
        return shadow(decision, beside)

    @cached_property
    def asks_provenance(self) -> bool:
        """Whether any grant, or any that is in shadow, exempts calls from taint by where their arguments come from."""
        asked = (self.compiled, self.candidate) if self.candidate else (self.compiled,)
        return any(grant.provenance is not None for each in asked for grant in each.envelope.tools)

    def may_ever(self, desk: RunDesk, tool: RegisteredTool, scope: Scope | None = None) -> bool:
        """Whether there can be a call of the tool that is allowed, or asks; a tool of which none can is not shown."""
        unused = Call(tool.facts.name, {}, desk.tier, 0, 0, tainted=False, data_scopes=tool.data_scopes, scope=scope)
        within = all(map(self.compiled.envelope.allows_scope, tool.data_scopes))
        decision = decide(self.compiled, unused)
        return within and (decision.decision is not Answer.DENY or decision.rule_id == ARGUMENT)

    def told(self, decision: Decision) -> dict[str, Any]:
        """What the log says of a call that was allowed."""
        why = {"explanation": decision.explanation, "risk": decision.risk_level.value}
        return {"ruleId": decision.rule_id, **why, **self.policy}


class PoliciesInForce:
    """`versions` are the catalogue's, `registered` the tools of its operators.

    Safe to share between threads; what fails is not kept.
    """

    def __init__(
        self,
        versions: Callable[[], VerifiedVersions],
        registered: Callable[[], Registered] = none_registered,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._versions = versions
        self._registered = registered
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, str, str], tuple[float, InForce]] = OrderedDict()

    def of(self, desk: RunDesk) -> InForce:
        """What is in force for a run: at most 15 seconds old. PolicyUnavailable when it cannot be known."""
        key = (str(desk.tenant.tenant_id), desk.binding.agent, desk.binding.version_id)
        with self._lock:
            kept = self._kept.get(key)
        if kept is not None and kept[0] > self._monotonic():
            return kept[1]
        until = self._monotonic() + CACHE_SECONDS  # counted from before the reads: what is kept is never older
        found = self._read(desk)
        with self._lock:
            self._kept[key] = (until, found)
            self._kept.move_to_end(key)
            if len(self._kept) > _BOUND:
                self._kept.popitem(last=False)
        return found

    def _read(self, desk: RunDesk) -> InForce:
        try:
            version = self._versions().get(desk.binding.agent, desk.binding.version_id)
            bound = desk.policies.in_force(desk.binding.agent)
            manifest = version.get("manifest") or {}
            base = base_of(manifest)
            overrides = [Override.parse(item["override"]) for item in bound]
            envelope = narrowed(base, overrides)
            policy = {name: bound[-1][name] for name in ("policyId", "version")} if bound else {}
            profile = _PROFILES[manifest.get("policy", DEFAULT)]
            facts = [*FACTS, *(tool.registered.facts for tool in self._registered().values())]
            compiled = compile_envelope(envelope, facts)
            return InForce(
                *(compiled, policy, profile, _candidate(desk, base, bound, facts)), recorded=bool(manifest.get(RECORD))
            )
        except Exception as failure:  # noqa: BLE001 - whatever it is, the policy is not known
            reason = "store" if isinstance(failure, DependencyUnavailable) else "record"
            metering.note_unavailable(failure, desk, reason)
            raise PolicyUnavailable from None


def _candidate(
    desk: RunDesk, base: Envelope, bound: Sequence[Mapping[str, Any]], facts: Iterable[ToolFacts]
) -> Compiled | None:
    """What is in shadow in the place of what is in force; None when nothing is, or it makes no sense: it only looks."""
    if not any(item.get("shadow") is not None for item in bound):
        return None
    try:
        chosen = [item["override"] if item.get("shadow") is None else item["shadow"] for item in bound]
        return compile_envelope(narrowed(base, map(Override.parse, chosen)), facts)
    except Exception as failure:  # noqa: BLE001 - whatever it is, calls go on as they are enforced
        _note_shadow_failed(desk, "record", failure)
        return None


def scope_of(desk: RunDesk) -> Scope | None:
    """To what its caller has narrowed the desk's run; None when it has not."""
    return Scope.read(desk.runs.get(desk.binding.run_id).get(SCOPE))


def _note_shadow_failed(desk: RunDesk, reason: str, failure: Exception | None = None) -> None:
    """Say that a trial compares nothing: the alarm policy-shadow-failed counts it."""
    count("PolicyShadowFailed", reason=reason)
    logger().warning(
        "policy in shadow failed",
        tenant_id=desk.tenant.tenant_id,
        agent=desk.binding.agent,
        reason=reason,
        exc_info=failure,
    )


def calls_of(tool: str) -> str:
    """The attribute of a run that counts its calls of one tool."""
    return f"toolCalls.{tool}"
