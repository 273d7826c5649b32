"""Composition root of the `gateway` function."""

from functools import cache
from typing import TYPE_CHECKING

import boto3

from data_access_lib.admin import PlatformReader
from data_access_lib.client import TenantScopedBucket, TenantScopedTable
from data_access_lib.controls import KINDS, Controls
from data_access_lib.data_keys import Keyrings
from data_access_lib.repositories.files import Files
from data_access_lib.repositories.runs import Runs
from data_access_lib.residency import by_authoriser
from data_access_lib.sessions import TenantSessions, client_config
from data_access_lib.signals import OpsAccessSignals
from data_access_lib.tenant import TenantContext, TenantId
from lambdas.gateway.mcp import McpServer
from lambdas.gateway.routes import ROUTES, Gateway
from lambdas.gateway.run_desk import RunDesk
from lambdas.gateway.service import GatewayService
from lambdas.gateway.settings import GatewaySettings
from lambdas.gateway.tasks import TaskCallbacks
from platform_kit.api import lambda_handler
from platform_kit.clock import SystemClock
from platform_kit.identity import Identity
from platform_kit.run_token import RunClaims, key_id_of, kms_signer, mint

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@cache
def build() -> Gateway:
    """The gateway of this process."""
    settings = GatewaySettings.from_environment()
    clock = SystemClock()
    sign = kms_signer(boto3.client("kms", config=client_config("kms")), settings.run_token_key_arn)
    key_id = key_id_of(settings.run_token_key_arn)
    sts = boto3.client("sts", config=client_config("sts"))
    sessions = TenantSessions(sts, settings.tenant_role_arn, settings.aws_region, by_authoriser)
    signals = OpsAccessSignals(_dynamodb, settings.ops_table)
    keyrings = Keyrings(sessions, settings.control_table, signals)

    def desk(identity: Identity) -> RunDesk:
        tenant = TenantContext(TenantId(identity.tenant()), identity.principal_id)
        client, content = sessions.dynamodb(tenant.tenant_id), keyrings.content(tenant)
        table = TenantScopedTable(client, settings.runs_table, tenant, signals, content=content)
        s3 = sessions.s3(tenant.tenant_id)
        bucket = TenantScopedBucket(s3, settings.tenant_bucket, tenant, signals, content=content)
        return RunDesk(identity.agent_run(), tenant, Runs(table), Files(table, clock), bucket, clock)

    def mint_now(claims: RunClaims) -> str:
        return mint(claims, sign, key_id, clock.now())

    tasks = TaskCallbacks(boto3.client("stepfunctions", config=client_config("stepfunctions")))
    controls = Controls(lambda: PlatformReader(_dynamodb(), settings.control_table, signals, kinds=KINDS))
    return Gateway(GatewayService(mint_now, tasks, clock), McpServer(settings.version, controls), desk, controls)


@cache
def _dynamodb() -> "DynamoDBClient":
    return boto3.client("dynamodb", config=client_config("dynamodb"))


handle = lambda_handler(ROUTES, build)
