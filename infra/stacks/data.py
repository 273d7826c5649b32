"""Tables and buckets: four tables split by how their items live, and the tenants' and agents' objects."""

from aws_cdk import CfnOutput, Stack
from aws_cdk.aws_dynamodb import StreamViewType
from constructs import Construct

from infra.config import StageSettings
from infra.constructs.encryption_key import EncryptionKey
from infra.constructs.private_bucket import AccessLogBucket, LockedBucket, PrivateBucket
from infra.constructs.tenant_table import TenantTable


class DataStack(Stack):
    """Everything that must outlive a deployment."""

    def __init__(self, scope: Construct, stack_id: str, *, settings: StageSettings, **options: object) -> None:
        super().__init__(scope, stack_id, **options)  # type: ignore[arg-type] # Stack's own options, passed on
        self._settings = settings
        self.key = EncryptionKey(self, "DataKey", settings=settings, description="data")
        # Keys alone: whoever follows the stream reads the record, and no digest of a credential travels there.
        self.control = self._table("Control", "control", stream=StreamViewType.KEYS_ONLY)
        self.runs = self._table("Runs", "runs", stream=StreamViewType.NEW_IMAGE)
        # Append-only and kept: no index to write to, nothing expires.
        self.ledger = self._table("Ledger", "ledger", indexed=False, expires=False)
        self.ops = self._table("Ops", "ops", stream=StreamViewType.KEYS_ONLY)
        self.access_logs = AccessLogBucket(self, "AccessLogs", settings=settings)
        self.tenants = PrivateBucket(
            self,
            "Tenants",
            settings=settings,
            kind="tenants",
            logs=self.access_logs,
            key=self.key,
            upload_origins=[settings.public_url],
        )
        self.artifacts = PrivateBucket(
            self, "Artifacts", settings=settings, kind="artifacts", logs=self.access_logs, key=self.key
        )
        self.audit = LockedBucket(self, "Audit", settings=settings, kind="audit", logs=self.access_logs, key=self.key)
        self._publish()

    @property
    def tables(self) -> tuple[TenantTable, ...]:
        """All four."""
        return (self.control, self.runs, self.ledger, self.ops)

    def _table(
        self,
        table_id: str,
        name: str,
        *,
        indexed: bool = True,
        expires: bool = True,
        stream: StreamViewType | None = None,
    ) -> TenantTable:
        return TenantTable(
            *(self, table_id),
            settings=self._settings,
            key=self.key,
            name=name,
            indexed=indexed,
            expires=expires,
            stream=stream,
        )

    def _publish(self) -> None:
        CfnOutput(self, "TenantBucket", value=self.tenants.bucket_name)
        CfnOutput(self, "ArtifactBucket", value=self.artifacts.bucket_name)
        for table, name in zip(self.tables, ("Control", "Runs", "Ledger", "Ops"), strict=True):
            CfnOutput(self, f"{name}Table", value=table.table_name)
