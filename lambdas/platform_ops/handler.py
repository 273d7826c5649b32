"""Composition root of the `platform_ops` function."""

from functools import cache, partial
from typing import TYPE_CHECKING, Any, Final

from data_access_lib.admin import AdminContext, AdminTable, OpsAdminAudit, PlatformReader
from data_access_lib.cursor_secrets import CursorSecrets
from data_access_lib.cursors import CursorCodec
from data_access_lib.repositories.circuits import CircuitRecords
from data_access_lib.repositories.security_events import SecurityEvents
from data_access_lib.sessions import client_config
from data_access_lib.signals import OpsAccessSignals
from lambdas.platform_ops.model_states import ModelStates
from lambdas.platform_ops.routes import ROUTES, PlatformOpsApi
from lambdas.platform_ops.security import SecurityLog
from lambdas.platform_ops.service import PlatformHealth, Probe
from lambdas.platform_ops.settings import PlatformOpsSettings
from platform_kit.api import lambda_handler
from platform_kit.clock import SystemClock
from platform_kit.identity import Identity

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_REASON: Final = "looking at security events"
_TIMEOUT_SECONDS: Final = 2  # a health check that waits longer than this has its answer


@cache
def build() -> PlatformOpsApi:
    """The services of this process; whatever needs the SDK makes its client when it is asked."""
    settings = PlatformOpsSettings.from_environment()
    return PlatformOpsApi(_health(settings), _security_log(settings), _models(settings))


def _health(settings: PlatformOpsSettings) -> PlatformHealth:
    tables = {"control": settings.control_table, "runs": settings.runs_table, "ops": settings.ops_table}
    probes: dict[str, Probe] = {f"table:{name}": partial(_table_problem, table) for name, table in tables.items()}
    probes["bucket:tenants"] = partial(_bucket_problem, settings.tenant_bucket)
    return PlatformHealth(settings.stage, settings.version, probes, SystemClock())


def _security_log(settings: PlatformOpsSettings) -> SecurityLog:
    dynamodb = partial(_kept_client, "dynamodb")
    signals = OpsAccessSignals(dynamodb, settings.ops_table)
    audit = OpsAdminAudit(dynamodb, settings.ops_table)

    def events(who: Identity) -> SecurityEvents:
        admin = AdminContext(who.principal_id, tuple(sorted(who.roles)), _REASON)
        return SecurityEvents(AdminTable(dynamodb(), settings.ops_table, admin, audit, signals))

    cursors = CursorCodec(CursorSecrets(partial(_kept_client, "secretsmanager"), settings.cursor_secret_arn))
    return SecurityLog(events, cursors, SystemClock())


def _models(settings: PlatformOpsSettings) -> ModelStates:
    dynamodb = partial(_kept_client, "dynamodb")
    signals = OpsAccessSignals(dynamodb, settings.ops_table)

    def circuits() -> CircuitRecords:
        return CircuitRecords(PlatformReader(dynamodb(), settings.ops_table, signals, kinds=frozenset({"CIRCUIT"})))

    return ModelStates(circuits, SystemClock())


def _table_problem(table: str) -> str | None:
    dynamodb: DynamoDBClient = _client("dynamodb")
    status = dynamodb.describe_table(TableName=table)["Table"]["TableStatus"]
    return None if status == "ACTIVE" else f"The table is {status}."


def _bucket_problem(bucket: str) -> None:
    _client("s3").get_bucket_location(Bucket=bucket)  # unlike HeadBucket it needs no right to list what tenants have


def _client(service: str) -> Any:
    """A client of its own for each question: they are asked at the same time, and /v1/health needs no SDK at all."""
    from boto3.session import Session
    from botocore.config import Config

    limits = Config(connect_timeout=_TIMEOUT_SECONDS, read_timeout=_TIMEOUT_SECONDS, retries={"total_max_attempts": 1})
    return Session().client(service, config=limits)  # type: ignore[call-overload]  # one of two services


@cache
def _kept_client(service: str) -> Any:
    """The one that requests for data share."""
    import boto3

    return boto3.client(service, config=client_config(service))  # type: ignore[call-overload]  # one of two services


handle = lambda_handler(ROUTES, build)
