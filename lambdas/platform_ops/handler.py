"""Composition root of the `platform_ops` function."""

from functools import cache, partial
from typing import TYPE_CHECKING, Any, Final

from lambdas.platform_ops.routes import ROUTES
from lambdas.platform_ops.service import PlatformHealth, Probe
from lambdas.platform_ops.settings import PlatformOpsSettings
from platform_kit.api import lambda_handler
from platform_kit.clock import SystemClock

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_TIMEOUT_SECONDS: Final = 2  # a health check that waits longer than this has its answer


@cache
def build() -> PlatformHealth:
    """The service of this process."""
    settings = PlatformOpsSettings.from_environment()
    tables = {"control": settings.control_table, "runs": settings.runs_table, "ops": settings.ops_table}
    probes: dict[str, Probe] = {f"table:{name}": partial(_table_problem, table) for name, table in tables.items()}
    probes["bucket:tenants"] = partial(_bucket_problem, settings.tenant_bucket)
    return PlatformHealth(settings.stage, settings.version, probes, SystemClock())


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


handle = lambda_handler(ROUTES, build)
