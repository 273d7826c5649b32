"""Composition root of the `tenants` function."""

from functools import cache
from typing import TYPE_CHECKING, Final

import boto3

from data_access_lib.admin import AdminContext, AdminTable, OpsAdminAudit, PlatformServiceTable
from data_access_lib.client import TenantScopedBucket, TenantScopedTable
from data_access_lib.cursor_secrets import CursorSecrets
from data_access_lib.cursors import CursorCodec
from data_access_lib.key_uses import count_use
from data_access_lib.repositories.audit import AuditLog
from data_access_lib.repositories.idempotency import Idempotency
from data_access_lib.repositories.operations import Operations
from data_access_lib.repositories.tenants import TenantRecords, Tenants
from data_access_lib.residency import by_record
from data_access_lib.sessions import TenantSessions, client_config
from data_access_lib.signals import OpsAccessSignals
from data_access_lib.tenant import TenantContext, TenantId
from lambdas.tenants.deletion import Deletions
from lambdas.tenants.exports import Counter, Exports, Vault
from lambdas.tenants.imports import Imports
from lambdas.tenants.own import OwnTenant
from lambdas.tenants.rotation import KeyRotation
from lambdas.tenants.routes import ROUTES, TenantsApi
from lambdas.tenants.service import Office, TenantService
from lambdas.tenants.settings import TenantsSettings
from lambdas.tenants.sweeps import Sweeps
from lambdas.tenants.workflow import Workflow
from platform_kit.api import lambda_handler
from platform_kit.clock import SystemClock
from platform_kit.identity import Identity

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_stepfunctions import SFNClient

_REASON: Final = "tenant administration"


@cache
def build() -> TenantsApi:
    """The service of this process."""
    settings = TenantsSettings.from_environment()
    clock = SystemClock()
    signals = OpsAccessSignals(_dynamodb, settings.ops_table)
    audit = OpsAdminAudit(_dynamodb, settings.ops_table)
    sts = boto3.client("sts", config=client_config("sts"))

    def own_door(table: str, kind: str) -> PlatformServiceTable:
        return PlatformServiceTable(_dynamodb(), table, "tenants", frozenset({kind}), signals)

    residence = by_record(TenantRecords(own_door(settings.control_table, "TENANT")), settings.aws_region)
    sessions = TenantSessions(sts, settings.tenant_role_arn, settings.aws_region, residence)

    def office(who: Identity) -> Office:
        admin = AdminContext(who.principal_id, tuple(sorted(who.roles)), _REASON)
        control = AdminTable(_dynamodb(), settings.control_table, admin, audit, signals)
        ops = AdminTable(_dynamodb(), settings.ops_table, admin, audit, signals)
        answers = Idempotency(own_door(settings.ops_table, "IDEM"), clock, principal_id=who.principal_id)
        return Office(Tenants(control), Operations(ops, clock), answers, control.transaction)

    def own_counter(who: Identity) -> Counter:
        tenants, operations = own_door(settings.control_table, "TENANT"), own_door(settings.ops_table, "OPERATION")
        answers = own_door(settings.ops_table, "IDEM")
        principal = f"{who.tenant()}/{who.principal_id}"  # the record is the platform's: a tenant's key is its own
        return Counter(
            TenantRecords(tenants), Operations(operations, clock), Idempotency(answers, clock, principal_id=principal)
        )

    def log(context: TenantContext) -> AuditLog:
        client = sessions.dynamodb(context.tenant_id)
        ledger = TenantScopedTable(client, settings.ledger_table, context, signals)
        return AuditLog(ledger, TenantScopedTable(client, settings.ops_table, context, signals), clock)

    def log_of(who: Identity, tenant_id: TenantId) -> AuditLog:
        return log(TenantContext(tenant_id, who.principal_id))

    def vault(context: TenantContext) -> Vault:
        objects = TenantScopedBucket(sessions.s3(context.tenant_id), settings.tenant_bucket, context, signals)
        return Vault(log(context), objects)

    cursors = CursorCodec(CursorSecrets(_secrets, settings.cursor_secret_arn))
    workflow = Workflow(_states, settings.provision_state_machine_arn)
    service = TenantService(office, workflow, cursors, clock, settings.aws_region, log_of)
    own = OwnTenant(Tenants(own_door(settings.control_table, "TENANT")), clock, log_of)
    exports = Exports(vault, Workflow(_states, settings.lifecycle_state_machine_arn, "The export"), clock)
    imports = Imports(vault, Workflow(_states, settings.lifecycle_state_machine_arn, "The import"))
    deletions = Deletions(vault, Workflow(_states, settings.lifecycle_state_machine_arn, "The deletion"), clock)
    rotation = KeyRotation(lambda context: vault(context).audit, workflow, clock)
    sweeps = Sweeps(Workflow(_states, settings.lifecycle_state_machine_arn, "The sweep"))
    return TenantsApi(service, own, exports, imports, deletions, own_counter, rotation, sweeps)


@cache
def _dynamodb() -> "DynamoDBClient":
    return boto3.client("dynamodb", config=client_config("dynamodb"))


@cache
def _secrets() -> "SecretsManagerClient":
    return boto3.client("secretsmanager", config=client_config("secretsmanager"))


@cache
def _states() -> "SFNClient":
    return boto3.client("stepfunctions", config=client_config("stepfunctions"))


handle = lambda_handler(ROUTES, build, used=count_use)
