"""Composition root of the `gateway` function."""

from functools import cache
from typing import TYPE_CHECKING

import boto3

from data_access_lib.client import TenantScopedBucket, TenantScopedTable
from data_access_lib.repositories.files import Files
from data_access_lib.repositories.runs import Runs
from data_access_lib.sessions import TenantSessions, client_config
from data_access_lib.signals import OpsAccessSignals
from data_access_lib.tenant import TenantContext
from lambdas.gateway.routes import ROUTES
from lambdas.gateway.service import Desk, GatewayService
from lambdas.gateway.settings import GatewaySettings
from lambdas.gateway.tools import Workshop
from lambdas.gateway.workflow import StepFunctionsWorkflow
from platform_kit.api import lambda_handler
from platform_kit.clock import SystemClock
from platform_kit.run_token import key_id_of, kms_signer

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_stepfunctions import SFNClient


@cache
def build() -> GatewayService:
    """The service of this process."""
    settings = GatewaySettings.from_environment()
    sessions = TenantSessions(
        boto3.client("sts", config=client_config("sts")), settings.tenant_role_arn, settings.aws_region
    )
    signals = OpsAccessSignals(_dynamodb, settings.ops_table)
    clock = SystemClock()

    def desk(who: TenantContext) -> Desk:
        table = TenantScopedTable(sessions.dynamodb(who.tenant_id), settings.runs_table, who, signals)
        objects = TenantScopedBucket(sessions.s3(who.tenant_id), settings.tenant_bucket, who, signals)
        workshop = Workshop(who.tenant_id, who.principal_id, Files(table), objects, clock)
        return Desk(Runs(table, clock), objects, workshop)

    key = settings.run_token_key_arn
    sign = kms_signer(boto3.client("kms", config=client_config("kms")), key)
    workflow = StepFunctionsWorkflow(_stepfunctions)
    return GatewayService(desk, workflow, sign, key_id_of(key), clock, settings.version)


@cache
def _dynamodb() -> "DynamoDBClient":
    return boto3.client("dynamodb", config=client_config("dynamodb"))


@cache
def _stepfunctions() -> "SFNClient":
    return boto3.client("stepfunctions", config=client_config("stepfunctions"))


handle = lambda_handler(ROUTES, build)
