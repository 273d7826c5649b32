"""Composition root of the `tenant_instances` function. It knows no table of runs and no bucket of tenants'."""

from functools import cache, partial
from typing import Any

import boto3

from data_access_lib.admin import AdminAccess, OpsAdminAudit, PlatformCatalogue
from data_access_lib.canary_work import CanaryBench
from data_access_lib.client import TenantScopedTable
from data_access_lib.cursor_secrets import CursorSecrets
from data_access_lib.cursors import CursorCodec
from data_access_lib.failures import store_failures
from data_access_lib.instance_work import HoldBench
from data_access_lib.repositories.audit import AuditLog
from data_access_lib.repositories.canaries import Canaries
from data_access_lib.repositories.holds import Holds
from data_access_lib.repositories.instances import Instances
from data_access_lib.residency import by_record
from data_access_lib.sessions import TenantSessions, client_config
from data_access_lib.signals import OpsAccessSignals
from data_access_lib.tenant import TenantContext, TenantId
from governance.instance_models import Quarantined
from lambdas.tenant_instances.routes import ROUTES
from lambdas.tenant_instances.service import Desk, TenantInstances
from lambdas.tenant_instances.settings import TenantInstancesSettings
from platform_kit.api import lambda_handler
from platform_kit.clock import SystemClock
from platform_kit.identity import Identity


@cache
def build() -> TenantInstances:
    """The service of this process."""
    settings, clock = TenantInstancesSettings.from_environment(), SystemClock()
    signals = OpsAccessSignals(partial(_client, "dynamodb"), settings.ops_table)
    catalogue = PlatformCatalogue(_client("dynamodb"), settings.control_table, signals)
    residence = by_record(catalogue.tenants, settings.aws_region)
    sessions = TenantSessions(_client("sts"), settings.tenant_role_arn, settings.aws_region, residence)

    def desk(context: TenantContext) -> Desk:
        client = sessions.dynamodb(context.tenant_id)
        control, ops, ledger = (
            TenantScopedTable(client, name, context, signals)
            for name in (settings.control_table, settings.ops_table, settings.ledger_table)
        )
        instances, audit = Instances(control), AuditLog(ledger, ops, clock)
        canaries = CanaryBench(instances, Canaries(ops), audit, catalogue.templates, catalogue.versions, clock)
        return Desk(instances, HoldBench(Holds(ops), audit, clock), canaries)

    def note(who: Identity, tenant_id: TenantId, operation: str) -> None:
        access = AdminAccess(who.principal_id, "instances", operation, settings.ops_table, str(tenant_id))
        OpsAdminAudit(partial(_client, "dynamodb"), settings.ops_table).record(access)

    def tell(what: Quarantined) -> None:
        body = what.model_dump_json(by_alias=True)
        with store_failures():
            _client("sqs").send_message(QueueUrl=settings.quarantine_queue_url, MessageBody=body)

    cursors = CursorCodec(CursorSecrets(partial(_client, "secretsmanager"), settings.cursor_secret_arn))
    return TenantInstances(catalogue.tenants, desk, note, tell, cursors)


@cache
def _client(service: str) -> Any:
    return boto3.session.Session().client(service, config=client_config(service))  # type: ignore[call-overload]  # a name


handle = lambda_handler(ROUTES, build)
