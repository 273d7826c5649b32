"""Composition root of the `incidents` function.

It serves routes, and takes messages of the queue `quarantines`: agents whose runs are to end. Whoever sends one can do
no more by it than a hold says that is there: it is looked at here, in the tenant that the message names.
"""

from collections.abc import Mapping
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import boto3

from data_access_lib.admin import PlatformCatalogue, PlatformServiceTable
from data_access_lib.client import TenantScopedTable
from data_access_lib.cursor_secrets import CursorSecrets
from data_access_lib.cursors import CursorCodec
from data_access_lib.key_uses import count_use
from data_access_lib.repositories.api_keys import ApiKeys
from data_access_lib.repositories.audit import AuditLog
from data_access_lib.repositories.credentials import KIND, Credentials
from data_access_lib.repositories.kill_switches import KillSwitches
from data_access_lib.residency import by_record
from data_access_lib.sessions import TenantSessions, client_config
from data_access_lib.signals import OpsAccessSignals
from data_access_lib.tenant import TenantContext, TenantId
from governance.instance_models import Quarantined
from lambdas.incidents.canaries import CanaryService
from lambdas.incidents.instances import InstanceService
from lambdas.incidents.mitigation import Desk, Mitigation
from lambdas.incidents.routes import ROUTES
from lambdas.incidents.service import IncidentService
from lambdas.incidents.settings import IncidentsSettings
from lambdas.incidents.stops import OwnSwitches
from platform_kit.api import lambda_handler
from platform_kit.clock import SystemClock
from platform_kit.identity import Identity
from run_lifecycle.runtime import AgentCoreRuntime, elsewhere
from run_lifecycle.store import StoreNames, store_opener
from run_lifecycle.workflows import RunWorkflows

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@cache
def build() -> IncidentService:
    """The service of this process."""
    settings = IncidentsSettings.from_environment()
    clock = SystemClock()
    signals = OpsAccessSignals(_dynamodb, settings.ops_table)
    catalogue = PlatformCatalogue(_dynamodb(), settings.control_table, signals)
    names = StoreNames(settings.control_table, settings.runs_table, settings.ops_table, settings.tenant_bucket)
    # A message names a tenant that no authoriser compared, so it is the tenant's record that is asked, for everybody.
    residence = by_record(catalogue.tenants, settings.aws_region)
    sessions = TenantSessions(_client("sts"), settings.tenant_role_arn, settings.aws_region, residence)
    open_store = store_opener(names, sessions, signals, clock)

    def desk(who: Identity) -> Desk:
        context = TenantContext(TenantId(who.tenant()), who.principal_id)
        client = sessions.dynamodb(context.tenant_id)
        control, ops, ledger = (
            TenantScopedTable(client, name, context, signals)
            for name in (settings.control_table, settings.ops_table, settings.ledger_table)
        )
        return Desk(open_store(context), ApiKeys(control), AuditLog(ledger, ops, clock), KillSwitches(control))

    def credentials() -> Credentials:
        door = PlatformServiceTable(_dynamodb(), settings.control_table, "incidents", frozenset({KIND}), signals)
        return Credentials(door, clock)

    mitigation = Mitigation(
        catalogue=catalogue,
        credentials=credentials,
        runtime=AgentCoreRuntime(partial(_runtime, settings)),
        workflows=RunWorkflows(lambda: _client("stepfunctions"), settings.run_state_machine_arn),
        clock=clock,
    )
    cursors = CursorCodec(CursorSecrets(lambda: _client("secretsmanager"), settings.cursor_secret_arn))
    return IncidentService(
        *(desk, mitigation, cursors, clock),
        OwnSwitches(desk, mitigation, cursors, clock),
        InstanceService(desk, mitigation, cursors),
        CanaryService(desk, catalogue, clock),
        open_store,
    )


def handle(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Serve a route, or end what runs of quarantined agents. A message that fails comes again."""
    if "Records" not in event:
        return _serve(event, context)
    orders = [Quarantined.model_validate_json(record["body"]) for record in event["Records"]]
    return {"ended": sum(build().end_quarantined(order) for order in orders)}


@cache
def _runtime(settings: IncidentsSettings, region: str) -> Any:
    service = "bedrock-agentcore"
    return boto3.client(service, config=client_config(service), **elsewhere(settings, region))  # type: ignore[call-overload]  # by name


@cache
def _client(service: str) -> Any:
    return boto3.client(service, config=client_config(service))  # type: ignore[call-overload]  # one of those above


def _dynamodb() -> "DynamoDBClient":
    client: DynamoDBClient = _client("dynamodb")
    return client


_serve = lambda_handler(ROUTES, build, used=count_use)
