"""Log groups: encrypted, kept for as long as the stage says, never forever."""

from typing import Final

from aws_cdk import RemovalPolicy
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.config import StageSettings

_RETENTION: Final = {
    7: logs.RetentionDays.ONE_WEEK,
    30: logs.RetentionDays.ONE_MONTH,
    90: logs.RetentionDays.THREE_MONTHS,
    365: logs.RetentionDays.ONE_YEAR,
}


class PlatformLogGroup(logs.LogGroup):
    """A log group with the stage's retention, under the platform's key."""

    def __init__(self, scope: Construct, group_id: str, *, settings: StageSettings, key: kms.IKey, name: str) -> None:
        super().__init__(
            scope,
            group_id,
            log_group_name=name,
            encryption_key=key,
            retention=_RETENTION[settings.log_retention_days],
            removal_policy=RemovalPolicy.RETAIN if settings.protected else RemovalPolicy.DESTROY,
        )
