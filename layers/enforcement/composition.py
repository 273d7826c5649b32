"""Puts together what the doors of running agents share: desks on runs, what stops them, what policy they have."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from data_access_lib.admin import PlatformReader
from data_access_lib.client import TenantScopedTable
from data_access_lib.controls import KINDS, Controls, own_switches
from data_access_lib.data_keys import Keyrings
from data_access_lib.repositories.approvals import Approvals
from data_access_lib.repositories.audit import AuditLog
from data_access_lib.repositories.policies import Policies
from data_access_lib.residency import by_authoriser
from data_access_lib.sessions import TenantSessions
from data_access_lib.signals import AccessSignals, OpsAccessSignals
from data_access_lib.tenant import TenantContext, TenantId
from data_access_lib.verified_versions import VerifiedVersions
from enforcement.approvals import RunApprovals
from enforcement.replaying import ReplayDesk, is_replay
from enforcement.run_desk import RunDesk
from platform_kit.clock import Clock, SystemClock
from platform_kit.errors import Forbidden
from platform_kit.identity import Identity
from platform_kit.observability import count
from platform_kit.settings import Settings
from run_lifecycle.assembly import Clients
from run_lifecycle.guarding import GuardrailsInForce
from run_lifecycle.outcome import Run
from run_lifecycle.store import StoreNames, store_opener


class DoorSettings(Settings):
    """The environment that every door reads."""

    control_table: str
    runs_table: str
    ops_table: str
    ledger_table: str
    tenant_bucket: str
    tenant_role_arn: str
    aws_region: str = "us-east-1"


@dataclass(frozen=True)
class Door:
    """What a door is made of. No call is made here."""

    settings: DoorSettings
    clients: Clients
    sessions: TenantSessions
    signals: AccessSignals
    clock: Clock

    @classmethod
    def of(cls, settings: DoorSettings) -> "Door":
        """The parts of this process."""
        clients = Clients(settings.aws_region)
        sessions = TenantSessions(clients.get("sts"), settings.tenant_role_arn, settings.aws_region, by_authoriser)
        signals = OpsAccessSignals(lambda: clients.get("dynamodb"), settings.ops_table)
        return cls(settings, clients, sessions, signals, SystemClock())

    def reader(self, *kinds: str) -> PlatformReader:
        """The platform's own records of some kinds, to read."""
        table = self.settings.control_table
        return PlatformReader(self.clients.get("dynamodb"), table, self.signals, kinds=frozenset(kinds))

    def controls(self) -> Controls:
        """Flags and kill switches."""
        own = own_switches(self.sessions, self.settings.control_table, self.signals)
        return Controls(lambda: self.reader(*KINDS), own)

    def versions(self) -> VerifiedVersions:
        """The catalogue's versions, for what their manifests say."""
        return VerifiedVersions(self.reader("VERSION"), self.signals)

    def control(self, tenant: TenantContext) -> TenantScopedTable:
        """A tenant's part of the control table."""
        sessions = self.sessions
        return TenantScopedTable(sessions.dynamodb(tenant.tenant_id), self.settings.control_table, tenant, self.signals)

    def desks(self, wake: Callable[[Run], None]) -> Callable[[Identity], RunDesk]:
        """Opens the desk of a caller's own run. `wake` tells whoever waits for an asynchronous run that it is over."""
        named = self.settings
        names = StoreNames(named.control_table, named.runs_table, named.ops_table, named.tenant_bucket)
        open_store = store_opener(names, self.sessions, self.signals, self.clock)
        keyrings = Keyrings(self.sessions, named.control_table, self.signals)

        def desk(identity: Identity) -> RunDesk:
            tenant, binding = TenantContext(TenantId(identity.tenant()), identity.principal_id), identity.agent_run()
            if is_replay(binding):
                count("GatewayRefused", reason="replay")
                raise Forbidden("A replay is answered from its run's record: there is nothing that it may do here.")
            store = open_store(tenant)
            approvals, audit = self._decided(tenant, keyrings)
            return RunDesk(
                binding=binding,
                store=store,
                policies=Policies(self.control(tenant)),
                tier=identity.tier,
                clock=self.clock,
                wake=wake,
                hash_key=store.hash_key,
                approvals=RunApprovals(binding, tenant.tenant_id, approvals, audit, store.runs.log, self.clock),
            )

        return desk

    def replays(self) -> Callable[[Identity], ReplayDesk]:
        """Opens the desk of a caller's own replay; Forbidden for the token of a run."""
        named = self.settings
        names = StoreNames(named.control_table, named.runs_table, named.ops_table, named.tenant_bucket)
        open_store = store_opener(names, self.sessions, self.signals, self.clock)
        versions = self.versions()
        guardrails = GuardrailsInForce(lambda agent, version: versions.get(agent, version).get("manifest") or {})

        def desk(identity: Identity) -> ReplayDesk:
            tenant, binding = TenantContext(TenantId(identity.tenant()), identity.principal_id), identity.agent_run()
            if not is_replay(binding):
                raise Forbidden("This is the token of a run, and no replay's.")
            store = open_store(tenant)
            policy = partial(guardrails.of, store, binding.agent, binding.version_id)
            return ReplayDesk(binding, store, policy, self.clock)

        return desk

    def _decided(self, tenant: TenantContext, keyrings: Keyrings) -> tuple[Approvals, AuditLog]:
        """What people decide of a tenant's runs, sealed with its key, and the chain that it stands in."""
        sessions, content = self.sessions, keyrings.content(tenant)
        client = sessions.dynamodb(tenant.tenant_id)
        runs, ops, ledger = (
            TenantScopedTable(client, name, tenant, self.signals, content=content)
            for name in (self.settings.runs_table, self.settings.ops_table, self.settings.ledger_table)
        )
        return Approvals(runs, self.clock), AuditLog(ledger, ops, self.clock)
