"""Puts the parts of the life of a run together from a function's settings: each AWS client once, when first needed."""

import threading
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, Final

from data_access_lib.admin import PlatformCatalogue, PlatformReader, PlatformServiceTable
from data_access_lib.controls import KINDS, Controls, own_switches
from data_access_lib.repositories.runtime_routes import RuntimeHealth, RuntimeRouteRecords
from data_access_lib.residency import by_record
from data_access_lib.sessions import TenantSessions, client_config
from data_access_lib.signals import AccessSignals, OpsAccessSignals
from governance.runtime_regions import Regions
from platform_kit import run_token
from platform_kit.clock import Clock, SystemClock
from platform_kit.run_token import Sign
from run_lifecycle.conduct import Conductor
from run_lifecycle.guarding import GuardrailsInForce
from run_lifecycle.invocation import Invocations
from run_lifecycle.regions import RuntimeRegions
from run_lifecycle.resolution import AgentResolver
from run_lifecycle.runtime import AgentCoreRuntime, elsewhere
from run_lifecycle.settings import RunSettings
from run_lifecycle.store import OpenStore, StoreNames, store_opener

_RUNTIME_CONNECTIONS: Final = 128
_CONNECT_SECONDS: Final = 3


class Clients:
    """AWS clients of the function's own role, made from one session: loading its models is what costs."""

    def __init__(self, region: str) -> None:
        self._region = region
        self._made: dict[tuple[str, str | None], Any] = {}
        self._lock = threading.RLock()

    def get(self, service: str, config: Any = None, **elsewhere: str) -> Any:
        """The client of a service; making one is not thread-safe in botocore, so it happens behind a lock.

        `elsewhere` may name another region (`region_name`), and its address (`endpoint_url`).
        """
        name = (service, elsewhere.get("region_name"))
        if name not in self._made:
            with self._lock:
                if name not in self._made:
                    made = self._session.client(service, config=config or client_config(service), **elsewhere)
                    self._made[name] = made
        return self._made[name]

    @cached_property
    def _session(self) -> Any:
        import boto3

        return boto3.session.Session(region_name=self._region)


@dataclass(frozen=True)
class RunParts:
    """What the services of bridge, stream and jobs are made of."""

    clients: Clients
    sessions: TenantSessions
    signals: AccessSignals
    open_store: OpenStore
    resolver: AgentResolver
    conductor: Conductor
    guardrails: GuardrailsInForce
    catalogue: PlatformCatalogue
    controls: Controls
    clock: Clock


def assemble(settings: RunSettings, *, longest_seconds: float) -> RunParts:
    """The parts of this process. No call is made here; an agent may stay silent for `longest_seconds`."""
    clients, clock = Clients(settings.aws_region), SystemClock()
    signals = OpsAccessSignals(lambda: clients.get("dynamodb"), settings.ops_table)
    catalogue = PlatformCatalogue(clients.get("dynamodb"), settings.control_table, signals)
    residence = by_record(catalogue.tenants, settings.aws_region)
    sessions = TenantSessions(clients.get("sts"), settings.tenant_role_arn, settings.aws_region, residence)
    tables = (settings.control_table, settings.runs_table, settings.ops_table)
    names = StoreNames(*tables, settings.tenant_bucket, settings.ledger_table)
    switches = PlatformReader(clients.get("dynamodb"), settings.control_table, signals, kinds=KINDS)
    regions = _regions(settings, clients, signals, clock)
    config = partial(_runtime_config, longest_seconds)
    runtime = AgentCoreRuntime(
        lambda region: clients.get("bedrock-agentcore", config(), **elsewhere(settings, region)), regions
    )
    key_arn = settings.run_token_key_arn

    def sign() -> Sign:
        return run_token.kms_signer(clients.get("kms"), key_arn)

    invocations = Invocations(sign, run_token.key_id_of(key_arn), settings.gateway_url, clock)
    resolver = AgentResolver(
        lambda: catalogue, cache_seconds=settings.catalogue_cache_seconds, clock=clock, place=regions.place
    )
    guardrails = GuardrailsInForce(resolver.manifest)
    return RunParts(
        clients=clients,
        sessions=sessions,
        signals=signals,
        open_store=store_opener(names, sessions, signals, clock),
        resolver=resolver,
        conductor=Conductor(runtime, invocations, guardrails, clock),
        guardrails=guardrails,
        catalogue=catalogue,
        controls=Controls(lambda: switches, own_switches(sessions, settings.control_table, signals)),
        clock=clock,
    )


def _regions(settings: RunSettings, clients: Clients, signals: AccessSignals, clock: Clock) -> RuntimeRegions:
    """Reads where agents run, and notes how their runtimes answer: who runs agents cannot say where they run."""
    ops = settings.ops_table

    def routes() -> RuntimeRouteRecords:
        kinds = frozenset({"RUNTIMEROUTE"})
        return RuntimeRouteRecords(PlatformReader(clients.get("dynamodb"), ops, signals, kinds=kinds))

    def health() -> RuntimeHealth:
        kinds = frozenset({"RUNTIMEHEALTH"})
        return RuntimeHealth(PlatformServiceTable(clients.get("dynamodb"), ops, "runs", kinds, signals))

    return RuntimeRegions(Regions(settings.aws_region, settings.standby_region), routes, health, clock)


def _runtime_config(silence_seconds: float) -> Any:
    """No retries: an agent's work is not repeated behind its back. The relay's clock ends a run, not the socket's."""
    from botocore.config import Config

    return Config(
        connect_timeout=_CONNECT_SECONDS,
        read_timeout=silence_seconds + 5,
        retries={"total_max_attempts": 1},
        max_pool_connections=_RUNTIME_CONNECTIONS,
        tcp_keepalive=True,
    )
