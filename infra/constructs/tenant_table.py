"""The platform's tables: one shape, so that none forgets recovery, encryption or protection."""

from typing import Final

from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_kms as kms
from constructs import Construct

from infra.config import StageSettings
from infra.constructs.encryption_key import removal

INDEX: Final = "gsi1"
ROLL: Final = "gsi2"
TTL_ATTRIBUTE: Final = "ttl"


def _key(name: str) -> dynamodb.Attribute:
    return dynamodb.Attribute(name=name, type=dynamodb.AttributeType.STRING)


class TenantTable(dynamodb.Table):
    """On demand, point-in-time recovery, customer-managed key; TTL, the indexes and a stream where asked for.

    `gsi1` is what entities list themselves in, `gsi2` the roll of all that a tenant has (ADR 0030).
    """

    def __init__(
        self,
        scope: Construct,
        table_id: str,
        *,
        settings: StageSettings,
        key: kms.IKey,
        name: str,
        indexed: bool = True,
        expires: bool = True,
        stream: dynamodb.StreamViewType | None = None,
    ) -> None:
        super().__init__(
            scope,
            table_id,
            table_name=settings.name(name),
            partition_key=_key("pk"),
            sort_key=_key("sk"),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            encryption=dynamodb.TableEncryption.CUSTOMER_MANAGED,
            encryption_key=key,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            deletion_protection=settings.protected,
            removal_policy=removal(settings),
            time_to_live_attribute=TTL_ATTRIBUTE if expires else None,
            stream=stream,
        )
        if indexed:
            self.add_global_secondary_index(
                index_name=INDEX,
                partition_key=_key("gsi1pk"),
                sort_key=_key("gsi1sk"),
                projection_type=dynamodb.ProjectionType.ALL,
            )
            self.add_global_secondary_index(
                index_name=ROLL,
                partition_key=_key(f"{ROLL}pk"),
                sort_key=_key(f"{ROLL}sk"),
                projection_type=dynamodb.ProjectionType.KEYS_ONLY,
            )

    @property
    def index_arn(self) -> str:
        """The ARN of the index, exactly: `table_arn/index/gsi1`."""
        return f"{self.table_arn}/index/{INDEX}"

    @property
    def roll_arn(self) -> str:
        """The ARN of the roll, exactly: `table_arn/index/gsi2`."""
        return f"{self.table_arn}/index/{ROLL}"
