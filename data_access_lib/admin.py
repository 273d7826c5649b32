"""Platform-owned data: the operators' door, which demands a role and a reason and is audited, and the functions' own.

    AdminTable            an operator reads and writes platform partitions; every access is audited
    PlatformServiceTable  a function's own role reads and writes one kind of platform partition, such as BFF sessions
    PlatformBucket        a function's own role reads and writes the platform's own objects
    PlatformReader        a function's own role reads platform partitions, and can do nothing else
    PlatformCatalogue     what functions ask of it: tenants, issuers, templates, verified versions, tools

None of them can name a tenant's partition: for that an operator, like everybody, needs a TenantContext.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from data_access_lib import keys
from data_access_lib.boundary import Boundary
from data_access_lib.bucket import BoundedBucket
from data_access_lib.codec import encode_item
from data_access_lib.errors import OperatorRequired
from data_access_lib.failures import store_failures
from data_access_lib.repositories.catalogue import TemplateRecords
from data_access_lib.repositories.issuers import IssuerRecords
from data_access_lib.repositories.tenants import TenantRecords
from data_access_lib.repositories.tools import ToolRecords
from data_access_lib.retention import TERMS
from data_access_lib.table import BoundedReader, BoundedTable
from data_access_lib.tenant import PLATFORM
from data_access_lib.verified_versions import VerifiedVersions
from platform_kit.clock import Clock, SystemClock, rfc3339
from platform_kit.ids import new_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

    from data_access_lib.signals import AccessSignals

OPERATOR_ROLES: Final = frozenset({"Platform.Operator", "Platform.Admin"})
CATALOGUE_KINDS: Final = frozenset({"TENANT", "ISSUER", "TEMPLATE", "VERSION", "VERSION_ID", "TOOL"})


@dataclass(frozen=True, slots=True)
class AdminContext:
    """An operator at work: who, with which roles, and why. OperatorRequired without a Platform.* role or a reason."""

    principal_id: str
    roles: tuple[str, ...]
    reason: str

    def __post_init__(self) -> None:
        """Refuse anybody else."""
        if OPERATOR_ROLES.isdisjoint(self.roles) or not self.principal_id:
            raise OperatorRequired("This needs a platform operator.")
        if not self.reason.strip():
            raise OperatorRequired("An operator says why.")


@dataclass(frozen=True, slots=True)
class AdminAccess:
    """One access by an operator."""

    principal_id: str
    reason: str
    operation: str
    resource: str
    target: str


class AdminAudit(Protocol):
    """Told of every operator access before it is made. What it raises stops the access: unaudited is not done."""

    def record(self, access: AdminAccess) -> None:
        """Write the access down."""
        ...


class OpsAdminAudit:
    """Writes operator accesses to the platform's security partition of the ops table."""

    def __init__(self, client: Callable[[], DynamoDBClient], ops_table: str, *, clock: Clock | None = None) -> None:
        self._client = client
        self._table = ops_table
        self._clock = clock or SystemClock()

    def record(self, access: AdminAccess) -> None:
        """One security event of type `operator.access`."""
        now = self._clock.now()
        event_id = new_id("evt")
        event = {
            **keys.security_event_key(PLATFORM, now.date(), event_id)._asdict(),
            "eventId": event_id,
            "type": "operator.access",
            "severity": "info",
            "principalId": access.principal_id,
            "reason": access.reason,
            "operation": access.operation,
            "resource": access.resource,
            "target": access.target,
            "at": rfc3339(now),
            "ttl": TERMS["SECURITY"].expiry(now),
        }
        with store_failures():
            self._client().put_item(TableName=self._table, Item=encode_item(event))


class AdminTable(BoundedTable):
    """A table's platform partitions as an operator sees them."""

    def __init__(
        self,
        client: DynamoDBClient,
        table_name: str,
        admin: AdminContext,
        audit: AdminAudit,
        signals: AccessSignals,
    ) -> None:
        def observe(operation: str, resource: str, target: str) -> None:
            audit.record(AdminAccess(admin.principal_id, admin.reason, operation, resource, target))

        super().__init__(client, table_name, Boundary(PLATFORM, admin.principal_id, signals, observe=observe))
        self.admin = admin


class PlatformServiceTable(BoundedTable):
    """Some kinds of platform partitions, for a function acting as itself: `kinds` such as `{"BFFSESSION"}`."""

    def __init__(
        self,
        client: DynamoDBClient,
        table_name: str,
        service: str,
        kinds: frozenset[str],
        signals: AccessSignals,
    ) -> None:
        super().__init__(client, table_name, Boundary(PLATFORM, f"svc:{service}", signals, kinds=kinds))


class PlatformBucket(BoundedBucket):
    """The platform's own objects, below `platform/`, for a function acting as itself."""

    def __init__(self, client: S3Client, bucket: str, service: str, signals: AccessSignals) -> None:
        super().__init__(client, bucket, Boundary(PLATFORM, f"svc:{service}", signals))


class PlatformReader(BoundedReader):
    """Some kinds of platform partitions, the catalogue's unless given: to read, for a function acting as itself."""

    def __init__(
        self,
        client: DynamoDBClient,
        table_name: str,
        signals: AccessSignals,
        *,
        kinds: frozenset[str] = CATALOGUE_KINDS,
    ) -> None:
        super().__init__(client, table_name, Boundary(PLATFORM, "svc:catalogue", signals, kinds=kinds))


class PlatformCatalogue:
    """What every function may read of the platform's own data; it needs no operator and can change nothing."""

    def __init__(self, client: DynamoDBClient, control_table: str, signals: AccessSignals) -> None:
        reader = PlatformReader(client, control_table, signals)
        self.tenants = TenantRecords(reader)
        self.issuers = IssuerRecords(reader)
        self.templates = TemplateRecords(reader)
        self.versions = VerifiedVersions(reader, signals)
        self.tools = ToolRecords(reader)
