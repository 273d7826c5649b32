"""Counting the use of API keys, as every function that a key may call does: `lambda_handler(…, used=count_use)`.

Usage is written with a session of the key's own tenant.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

from data_access_lib.repositories.key_usage import KeyUsage
from data_access_lib.residency import by_authoriser
from data_access_lib.sessions import TenantSessions, client_config
from data_access_lib.signals import OpsAccessSignals
from data_access_lib.table import TenantScopedTable
from data_access_lib.tenant import TenantContext, TenantId
from platform_kit.clock import SystemClock, rfc3339
from platform_kit.key_tally import KeyTally
from platform_kit.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from platform_kit.identity import Identity

_KEY: Final = "key"
_SESSIONS: Final = 64
_WRITER: Final = "svc:key-usage"


class KeyUseSettings(Settings):
    """What every such function's environment holds."""

    ops_table: str
    tenant_role_arn: str
    aws_region: str = "us-east-1"


def count_use(who: Identity) -> None:
    """Count a call whose caller is an API key; others cost nothing."""
    if who.credential == _KEY:
        tally().add(who.tenant(), who.principal_id.removeprefix(f"{_KEY}:"))


@cache
def tally() -> KeyTally:
    """The tally of this process."""
    import boto3

    settings = KeyUseSettings.from_environment()
    sts = boto3.client("sts", config=client_config("sts"))
    sessions = TenantSessions(sts, settings.tenant_role_arn, settings.aws_region, by_authoriser, bound=_SESSIONS)
    signals = OpsAccessSignals(_own_client, settings.ops_table)
    clock = SystemClock()

    def write(tenant_id: str, key_id: str, calls: int) -> None:
        who = TenantContext(TenantId(tenant_id), _WRITER)
        table = TenantScopedTable(sessions.dynamodb(who.tenant_id), settings.ops_table, who, signals)
        KeyUsage(table, clock).add(key_id, calls, rfc3339(clock.now()))

    return KeyTally(write)


def _own_client() -> DynamoDBClient:
    import boto3

    return boto3.client("dynamodb", config=client_config("dynamodb"))
