"""Policies are written, each change a version of its own with its entry in the audit chain; and asked."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from data_access_lib.admin import PlatformCatalogue
from data_access_lib.cursors import CursorCodec
from data_access_lib.errors import ConditionFailed, StaleVersion
from data_access_lib.once import once
from data_access_lib.repositories.audit import AuditDraft, AuditLog
from data_access_lib.repositories.idempotency import Idempotency
from data_access_lib.repositories.instances import Instances
from data_access_lib.repositories.policies import BINDING, LABEL, Policies
from data_access_lib.repositories.runs import Runs
from governance.policy.calls import Call
from governance.policy.cedar import compile_envelope, export
from governance.policy.decision import decide
from governance.policy.effective import base_of, narrowed
from governance.policy.envelope import Envelope, EnvelopeError, Override
from governance.policy.narrowing import narrow
from governance.policy.presets import PERMISSIVE
from governance.policy.registry import FACTS, REGISTRY
from governance.policy.tools import ToolFacts
from governance.policy.trusted_text import TrustedText
from governance.toolbox.custom import MOST_TOOLS, CustomTool, parsed
from governance.toolbox.pack import hosts_of
from lambdas.policies.models import (
    CallContext,
    CedarReply,
    CreatePolicy,
    DecisionReply,
    Evaluate,
    PolicyPage,
    PolicyReply,
    PolicySummary,
    PolicyVersion,
    PutPolicy,
    Simulate,
    SimulationReply,
)
from lambdas.policies.replaying import Replay
from platform_kit.clock import Clock, rfc3339
from platform_kit.errors import (
    Conflict,
    DependencyUnavailable,
    FieldError,
    NotFound,
    PayloadTooLarge,
    Unprocessable,
)
from platform_kit.identity import Identity
from platform_kit.ids import new_id
from platform_kit.observability import count

MOST_BYTES: Final = 64 * 1024
"""Of an override, as JSON."""
_LIST: Final = "GET /v1/policies"
_CREATE: Final = "POST /v1/policies"
_MOST_TOLD: Final = 50

Item = Mapping[str, Any]


@dataclass(frozen=True)
class Cabinet:
    """What one principal of a tenant works with."""

    policies: Policies
    instances: Instances
    runs: Runs
    audit: AuditLog
    answers: Idempotency


@dataclass(frozen=True)
class PolicyService:
    """`cabinet` opens the caller's tenant with credentials for that tenant alone."""

    cabinet: Callable[[Identity], Cabinet]
    catalogue: Callable[[], PlatformCatalogue]
    cursors: CursorCodec
    clock: Clock

    def create(self, who: Identity, wanted: CreatePolicy, *, key: str | None, body: bytes) -> tuple[PolicyReply, bool]:
        """Put a first version in force; True beside the answer to a repeated request.

        Unprocessable for an agent there is not, and for whatever the override asks beyond; Conflict when another
        policy binds the agent.
        """
        cabinet = self.cabinet(who)
        outcome = once(cabinet.answers, _CREATE, key, body, lambda: self._create(cabinet, who, wanted))
        return PolicyReply.model_validate(outcome.response), outcome.replayed

    def list(self, who: Identity, *, limit: int, cursor: str | None) -> PolicyPage:
        """The tenant's policies, newest first; InvalidCursor for a cursor that is not of this list."""
        after = self.cursors.decode(who.tenant(), _LIST, cursor)["after"] if cursor else None
        page = self.cabinet(who).policies.list(limit=limit, after=after)
        following = self.cursors.encode(who.tenant(), _LIST, {"after": page.next_id}) if page.next_id else None
        shown = [PolicySummary.model_validate(item) for item in page.items if _concerns(who, item.get("agent"))]
        return PolicyPage(items=shown, next_cursor=following)

    def get(self, who: Identity, policy_id: str, number: int | None = None) -> PolicyReply:
        """A policy in one of its versions, the newest unless told; NotFound when there is none."""
        return PolicyReply.model_validate(_known(self.cabinet(who), who, policy_id, number))

    def put(self, who: Identity, policy_id: str, version: int, wanted: PutPolicy) -> PolicyReply:
        """Put the version after `version` in force; StaleVersion when it is not the newest, Unprocessable as above."""
        cabinet = self.cabinet(who)
        record = _known(cabinet, who, policy_id)
        if int(record["version"]) != version:
            raise StaleVersion
        overrides = _overrides(self._base(cabinet, who, record.get("agent")), wanted)
        fields = {**overrides, "name": wanted.name or record["name"], **self._changed(who)}
        told = {"before": _told(record), "after": _told({**record, "shadow": None, **fields, "version": version + 1})}
        try:
            made, _ = cabinet.audit.commit(
                AuditDraft("policy.updated", policy_id, detail=told),
                lambda transaction: cabinet.policies.change_in(transaction, record, fields),
            )
        except ConditionFailed as failure:
            if failure.label != LABEL:
                raise
            raise StaleVersion from None
        count("PolicyChanged")
        return PolicyReply.model_validate(made)

    def evaluate(self, who: Identity, wanted: Evaluate) -> DecisionReply:
        """What would become of a call: of an agent under what is in force, or with one version of a policy.

        A policy for all agents, asked without one, is asked by itself: over the preset `permissive`.
        """
        cabinet = self.cabinet(who)
        policy = _known(cabinet, who, wanted.policy_id, wanted.version) if wanted.policy_id else None
        agent = _agent_of(wanted, policy)
        base = self._base(cabinet, who, agent)
        asked = _put_in(cabinet.policies.in_force(agent) if agent else [], policy)
        registered = self._registered()
        compiled = compile_envelope(_narrowed(base, asked), _facts(registered))
        told = decide(compiled, _call(wanted.context, who.tier, registered)).as_dict()
        named = [PolicyVersion(policy_id=item["policyId"], version=int(item["version"])) for item in asked]
        return DecisionReply.model_validate({**told, "policies": named})

    def simulate(self, who: Identity, wanted: Simulate) -> SimulationReply:
        """What would become of the calls of an agent's latest runs, with an override in the place of its policy's.

        Unprocessable as `create`.
        """
        cabinet = self.cabinet(who)
        base = self._base(cabinet, who, wanted.agent)
        override = _checked(base, wanted.override)
        everybodys = cabinet.policies.for_all()
        asked = [*([everybodys] if everybodys else []), {"override": override}]
        compiled = compile_envelope(_narrowed(base, asked), _facts(self._registered()))
        told = Replay(cabinet.runs, who, wanted.agent, wanted.runs).under(compiled)
        count("PolicySimulated")
        return SimulationReply.model_validate(told)

    def export(self, who: Identity, agent: str) -> CedarReply:
        """What is in force for an agent, in Cedar; Unprocessable when there is no such agent."""
        cabinet = self.cabinet(who)
        envelope = _narrowed(self._base(cabinet, who, agent), cabinet.policies.in_force(agent))
        found = export(envelope, _facts(self._registered()))
        return CedarReply(policies=found.policies, cedar_schema=found.schema, entities=found.entities)

    def _create(self, cabinet: Cabinet, who: Identity, wanted: CreatePolicy) -> dict[str, Any]:
        changed = self._changed(who)
        policy_id = new_id("pol")
        record = {
            "policyId": policy_id,
            "name": wanted.name,
            "agent": wanted.agent,
            **_overrides(self._base(cabinet, who, wanted.agent), wanted),
            "createdBy": changed["updatedBy"],
            "createdAt": changed["updatedAt"],
            **changed,
        }
        draft = AuditDraft(
            "policy.created", policy_id, detail={"before": None, "after": _told({**record, "version": 1})}
        )
        try:
            made, _ = cabinet.audit.commit(draft, lambda transaction: cabinet.policies.create_in(transaction, record))
        except ConditionFailed as failure:
            if failure.label != BINDING:
                raise
            bound = "this agent" if wanted.agent else "all agents"
            raise Conflict(f"A policy binds {bound} already: put a new version of it.") from None
        count("PolicyChanged")
        return PolicyReply.model_validate(made).model_dump(mode="json", by_alias=True, exclude_none=True)

    def _base(self, cabinet: Cabinet, who: Identity, agent: str | None) -> Envelope:
        """What an agent may do before any policy; of all agents, the most that any may."""
        if not _concerns(who, agent):
            raise _no_such_agent()
        if agent is None:
            return PERMISSIVE
        template = self.catalogue().templates.find(agent) or {}
        pinned = (cabinet.instances.find(agent) or {}).get("versionId")
        version_id = pinned or template.get("approvedVersionId")
        version = self.catalogue().versions.find(agent, str(version_id)) if version_id else None
        if version is None:
            raise _no_such_agent()
        try:
            return base_of(version.get("manifest") or {})
        except EnvelopeError:
            raise DependencyUnavailable("The agent's manifest cannot be understood, so nothing is allowed.") from None

    def _registered(self) -> Mapping[str, CustomTool]:
        """The tools that operators have registered and that make sense: the gateway calls no other."""
        found = (parsed(item) for item in self.catalogue().tools.list(limit=MOST_TOOLS).items)
        return {tool.name: tool for tool in found if tool is not None}

    def _changed(self, who: Identity) -> dict[str, str]:
        return {"updatedBy": who.principal_id, "updatedAt": rfc3339(self.clock.now())}


def _overrides(base: Envelope, wanted: CreatePolicy | PutPolicy) -> dict[str, Any]:
    """What a version keeps; what is in shadow may do no more than what is in force."""
    beside = None if wanted.shadow is None else _checked(base, wanted.shadow, "/shadow")
    return {"override": _checked(base, wanted.override), "shadow": beside}


def _checked(base: Envelope, override: Override, at: str = "/override") -> dict[str, Any]:
    """An override as it is kept: one that only narrows, and is not too large. `at` is where the body has it."""
    widenings = narrow(base, override).widenings
    if widenings:
        errors = tuple(FieldError(f"{at}{fault.pointer}", fault.message) for fault in widenings[:_MOST_TOLD])
        raise Unprocessable("A policy can only narrow what the agent's own envelope allows; see errors.", errors=errors)
    document: dict[str, Any] = override.model_dump(mode="json", by_alias=True, exclude_unset=True)
    if len(json.dumps(document).encode()) > MOST_BYTES:
        raise PayloadTooLarge(f"An override may have at most {MOST_BYTES} bytes.")
    return document


def _narrowed(base: Envelope, policies: Iterable[Item]) -> Envelope:
    return narrowed(base, (Override.parse(item["override"]) for item in policies))


def _facts(registered: Mapping[str, CustomTool]) -> list[ToolFacts]:
    """Every tool there is: the platform's and those that operators have registered."""
    return [*FACTS, *(tool.registered.facts for tool in registered.values())]


def _known(cabinet: Cabinet, who: Identity, policy_id: str, number: int | None = None) -> dict[str, Any]:
    record = cabinet.policies.get(policy_id, number)
    if not _concerns(who, record.get("agent")):
        raise NotFound("There is no such policy.")
    return record


def _concerns(who: Identity, agent: str | None) -> bool:
    """Whether a policy is a caller's business: of a machine that is for some agents, only those of these agents are."""
    return not who.agents or agent in who.agents


def _agent_of(wanted: Evaluate, policy: Item | None) -> str | None:
    bound = policy.get("agent") if policy else None
    if bound and wanted.agent and bound != wanted.agent:
        other = FieldError("/agent", "the policy is for another agent")
        raise Unprocessable("The policy binds another agent than the one that is asked about.", errors=(other,))
    return wanted.agent or bound


def _put_in(in_force: Sequence[Item], policy: Item | None) -> list[Item]:
    """What is in force, with this version of a policy in the place of its newest."""
    if policy is None:
        return [*in_force]
    return [*(item for item in in_force if item["policyId"] != policy["policyId"]), policy]


def _call(context: CallContext, tier: str, registered: Mapping[str, CustomTool]) -> Call:
    known, custom = REGISTRY.get(context.tool), registered.get(context.tool)
    return Call(
        tool=context.tool,
        arguments=context.params,
        tier=tier,
        cost_so_far=context.cost,
        calls_so_far=context.calls_so_far,
        tainted=context.tainted,
        action=context.action,
        hosts=custom.target.hosts if custom else hosts_of(context.tool, context.params),
        data_scopes=known.data_scopes if known else (),
        trusted=None if context.input is None else TrustedText(context.input),
    )


def _no_such_agent() -> Unprocessable:
    return Unprocessable("There is no such agent.", errors=(FieldError("/agent", "no such agent"),))


def _told(record: Item) -> dict[str, Any]:
    """What the audit says of a policy: its versions say the rest, and never change."""
    told = {name: record[name] for name in ("name", "agent", "version") if record.get(name) is not None}
    return told | ({"shadow": True} if record.get("shadow") is not None else {})
