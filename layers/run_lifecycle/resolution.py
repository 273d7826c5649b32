"""From an agent's name to what runs: the tenant, its instance of the agent, the approved version."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from data_access_lib.repositories.pools import PoolShare
from data_access_lib.tenant import TenantId
from governance import canary
from governance.canary import Canary, Part, Share
from governance.job_limits import JobLimits, job_limits
from governance.pinning import RUNNABLE
from governance.replays.calls import RECORD
from governance.tiers import Tier, limits
from platform_kit.clock import Clock, SystemClock, rfc3339
from platform_kit.domains import domain_of
from platform_kit.errors import Conflict, DependencyUnavailable, Forbidden, NotFound, TenantSuspended, VersionTampered
from platform_kit.ids import new_id
from platform_kit.observability import count
from run_lifecycle.expiring_cache import ExpiringCache
from run_lifecycle.store import TenantStore

CACHE_SECONDS: Final = 10.0
_WHILE_RUNNABLE: Final = "active"
_APPROVED: Final = "approved"
_UNDECLARED: Final = JobLimits(seconds=3600)
_FIRST_ENVIRONMENT: Final = "prod"  # nobody else's first call decides where an agent belongs

Record = Mapping[str, Any]


class TenantsToRead(Protocol):
    """The tenants' records."""

    def find(self, tenant_id: TenantId) -> Record | None: ...  # noqa: D102 - as in TenantRecords


class TemplatesToRead(Protocol):
    """The agents' templates."""

    def find(self, agent: str) -> Record | None: ...  # noqa: D102 - as in TemplateRecords


class VersionsToRead(Protocol):
    """The agents' versions."""

    def find(self, agent: str, version_id: str) -> Record | None: ...  # noqa: D102 - as in VersionRecords


class Catalogue(Protocol):
    """What is read of the platform's own data."""

    @property
    def tenants(self) -> TenantsToRead: ...  # noqa: D102 - as above
    @property
    def templates(self) -> TemplatesToRead: ...  # noqa: D102 - as above
    @property
    def versions(self) -> VersionsToRead: ...  # noqa: D102 - as above


@dataclass(frozen=True)
class RunnableAgent:
    """An agent as this tenant runs it now. `mode` is the one it declares: sync, streaming or async.

    `monthly_budget` is the tenant's own, in pico-dollars, `rate` the agent's own, in runs a second; None: the tier's.
    `pools` are the shared budgets that cover it, `tools` what its version lists, `share` its part in a canary,
    `limits` what bounds it when it runs as a job, `recorded` whether its calls are kept for replays.
    """

    name: str
    mode: str
    version_id: str
    runtime_arn: str
    instance_id: str
    environment: str
    domain: str
    tier: str
    monthly_budget: int | None = None
    rate: float | None = None
    pools: tuple[PoolShare, ...] = ()
    tools: tuple[str, ...] = ()
    share: Share | None = None
    limits: JobLimits = _UNDECLARED
    recorded: bool = False


Place = Callable[[Record, Record], str]
"""The ARN of the runtime that carries out a version's run (the first record) for a tenant (the second)."""


def at_home(version: Record, _tenant: Record) -> str:
    """Where there is one region."""
    return str(version["runtimeArn"])


class AgentResolver:
    """Resolves names; each record is looked up at most once in `cache_seconds`. `place` says where runs go."""

    def __init__(
        self,
        catalogue: Callable[[], Catalogue],
        *,
        cache_seconds: float = CACHE_SECONDS,
        clock: Clock | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        place: Place = at_home,
    ) -> None:
        self._catalogue = catalogue
        self._place = place
        self._clock = clock or SystemClock()
        self._records: ExpiringCache[Record] = ExpiringCache(cache_seconds, monotonic)

    def resolve(
        self, agent: str, store: TenantStore, environment: str, *, session: str, pinned: str | None = None
    ) -> RunnableAgent:
        """The agent, ready to run. TenantSuspended, NotFound, Forbidden (tier) or Conflict (instance) otherwise.

        DependencyUnavailable when it cannot run where agents run now (`RuntimeRegions.place`).

        An instance belongs to one environment: from another one the agent is not there. `session` says to which version
        of a canary the run goes. `pinned` is the version that an evaluation asks for, approved or not yet
        (`governance.pinning`).
        """
        tenant = self.active_tenant(store.context.tenant_id)
        template = self._template(agent) if pinned is None else self._any_template(agent)
        if not Tier(tenant["tier"]).includes(template["tierMinimum"]):
            raise Forbidden(f"The agent {agent} needs the tier {template['tierMinimum']} or above.")
        instance = self._instance(agent, store, environment)
        version, share = (
            self._chosen(agent, instance.get("versionId") or template["approvedVersionId"], instance, session)
            if pinned is None
            else (self._pinned(agent, pinned), None)
        )
        return RunnableAgent(
            name=agent,
            mode=template["mode"],
            version_id=version["versionId"],
            runtime_arn=self._place(version, tenant),
            instance_id=instance["instanceId"],
            environment=instance["environment"],
            domain=domain_of(template),
            tier=tenant["tier"],
            monthly_budget=tenant.get("monthlyBudgetPico"),
            rate=(version.get("manifest") or {}).get("ratePerSecond"),
            pools=self._pools(agent, store),
            tools=tuple((version.get("manifest") or {}).get("tools") or ()),
            share=share,
            limits=job_limits(version.get("manifest") or {}, limits(tenant["tier"]).max_job_seconds),
            recorded=bool((version.get("manifest") or {}).get(RECORD)),
        )

    def runtime_of(self, run: Record, tenant_id: TenantId) -> str:
        """The runtime of a run's next attempt: where agents run now, or where the run was when it may not go there."""
        try:
            tenant = self._records.get(("tenant", tenant_id), lambda: self._tenant(tenant_id))
            return self._place(self._record_of(run["agent"], run["versionId"]), tenant)
        except (NotFound, Conflict, DependencyUnavailable):
            return str(run["runtimeArn"])

    def domain(self, agent: str) -> str:
        """The domain that an agent belongs to; NotFound when there is no such agent, or none to run."""
        return domain_of(self._template(agent))

    def status(self, agent: str, version_id: str) -> str:
        """The state of a version of an agent; NotFound when there is no such version."""
        return str(self._record_of(agent, version_id)["status"])

    def manifest(self, agent: str, version_id: str) -> Record:
        """What a version of an agent declares; NotFound when there is no such version."""
        return self._record_of(agent, version_id).get("manifest") or {}

    def active_tenant(self, tenant_id: TenantId) -> Record:
        """The tenant's record when it may run agents; TenantSuspended or Forbidden otherwise."""
        tenant = self._records.get(("tenant", tenant_id), lambda: self._tenant(tenant_id))
        if tenant["status"] == "suspended":
            raise TenantSuspended("The tenant is suspended. Its operator can reinstate it.")
        if tenant["status"] != _WHILE_RUNNABLE:
            raise Forbidden(f"The tenant is not active: {tenant['status']}.")
        return tenant

    def _tenant(self, tenant_id: TenantId) -> Record:
        return _found(self._catalogue().tenants.find(tenant_id), "tenant")

    def _any_template(self, agent: str) -> Record:
        return self._records.get(("template", agent), lambda: _found(self._catalogue().templates.find(agent), "agent"))

    def _template(self, agent: str) -> Record:
        """What tenants are served. One kept from before its first approval is looked at again."""
        template = self._any_template(agent)
        if not template.get("approvedVersionId"):
            self._records.forget(("template", agent))
            template = self._any_template(agent)
        if not template.get("approvedVersionId"):
            raise NotFound("There is no such agent.")
        return template

    def _chosen(self, agent: str, stable: str, instance: Record, session: str) -> tuple[Record, Share | None]:
        """The version for a session. A canary beside another version than what tenants run by now says nothing."""
        on = canary.going(instance.get("canary"))
        if on is None or on.stable != stable:
            return self._stable(agent, stable, instance), None
        if on.version_of(session) == stable:
            return self._stable(agent, stable, instance), Share(on.salt, Part.STABLE)
        candidate = self._candidate(agent, on)
        if candidate is None:
            return self._stable(agent, stable, instance), None
        return candidate, Share(on.salt, Part.CANDIDATE)

    def _stable(self, agent: str, version_id: str, instance: Record) -> Record:
        """What tenants run. One that is not approved has a successor, which a template kept here may not name yet."""
        try:
            return self._version(agent, version_id)
        except Conflict:
            self._records.forget(("template", agent))
            successor = self._template(agent)["approvedVersionId"]
            if instance.get("versionId") or successor == version_id:
                raise
            return self._version(agent, successor)

    def _candidate(self, agent: str, on: Canary) -> Record | None:
        """A canary's second version; None when it may not run (any more), whatever its weight says."""
        reason = "not_approved"
        try:
            version = self._version(agent, on.candidate)
            if on.admits(version):
                return version
        except (Conflict, NotFound) as unfit:
            reason = "tampered" if isinstance(unfit, VersionTampered) else reason
        count("CanaryUnservable", agent=agent, reason=reason)
        return None

    def _version(self, agent: str, version_id: str) -> Record:
        """An approved version. One kept from when it was evaluated is looked at again: what names it now is newer."""
        version = self._record_of(agent, version_id)
        if not _serves(version):
            self._records.forget(("version", agent, version_id))
            version = self._record_of(agent, version_id)
        if not _serves(version):
            raise Conflict(f"The version {version_id} of the agent is not approved; promote one.")
        return version

    def _pinned(self, agent: str, version_id: str) -> Record:
        version = self._record_of(agent, version_id)
        if version["status"] not in RUNNABLE or not version.get("runtimeArn"):
            raise Conflict(f"The version {version_id} is {version['status']}: it cannot be evaluated.")
        return version

    def _record_of(self, agent: str, version_id: str) -> Record:
        return self._records.get(
            ("version", agent, version_id),
            lambda: _found(self._catalogue().versions.find(agent, version_id), "version of the agent"),
        )

    def _instance(self, agent: str, store: TenantStore, environment: str) -> Record:
        instance = self._records.get(
            ("instance", store.context.tenant_id, agent), lambda: self._first_instance(agent, store, environment)
        )
        if instance["environment"] != environment:
            raise NotFound("There is no such agent.")
        if instance["status"] != _WHILE_RUNNABLE:
            raise Conflict(f"Your instance of the agent {agent} is {instance['status']}.")
        return instance

    def _pools(self, agent: str, store: TenantStore) -> tuple[PoolShare, ...]:
        kept = self._records.get(("pools", store.context.tenant_id), lambda: {"pools": store.pool_definitions.list()})[
            "pools"
        ]
        return tuple(PoolShare.of(pool) for pool in kept if not pool.get("agents") or agent in pool["agents"])

    def _first_instance(self, agent: str, store: TenantStore, environment: str) -> Record:
        """The tenant's instance; made at its first use in `prod`, since the tier already includes the agent."""
        found = store.instances.find(agent)
        if found is not None:
            return found
        if environment != _FIRST_ENVIRONMENT:
            raise NotFound("There is no such agent.")
        return store.instances.create_if_absent(
            {
                "agent": agent,
                "instanceId": new_id("ins"),
                "environment": environment,
                "status": _WHILE_RUNNABLE,
                "createdAt": rfc3339(self._clock.now()),
            }
        )


def _serves(version: Record) -> bool:
    return version["status"] == _APPROVED and bool(version.get("runtimeArn"))


def _found(record: Record | None, kind: str) -> Record:
    if record is None:
        raise NotFound(f"There is no such {kind}.")
    return record
