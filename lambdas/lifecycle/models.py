"""What the lifecycle workflow sends and hears, and what an operation works with."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from pydantic import Field

from data_access_lib.client import TenantScopedBucket, TenantScopedTable
from data_access_lib.inventory import Table
from data_access_lib.repositories.audit import AuditLog
from data_access_lib.repositories.issuers import Issuers
from data_access_lib.repositories.tenants import Tenants
from data_access_lib.table import BoundedTable
from data_access_lib.tenant_keys import TenantKeys
from platform_kit.models import ApiModel

EXPORT: Final = "tenant.export"
IMPORT: Final = "tenant.import"
DELETE: Final = "tenant.delete"
RETAIN: Final = "retention.sweep"
SCHEMA: Final = "ambit-export/1"
Next = Literal["again", "wait", "usage_key", "done"]


class WorkStep(ApiModel):
    """Do some of an operation's work, as much as the invocation has time for."""

    step: Literal["work"]
    operation_id: str
    tenant_id: str


class GiveUpStep(ApiModel):
    """The operation cannot be finished: `error` is `{Error, Cause}` of Step Functions."""

    step: Literal["give_up"]
    operation_id: str
    tenant_id: str
    error: dict[str, Any] = Field(default_factory=dict)


class RetainStep(ApiModel):
    """Begin the sweep of this day: by schedule."""

    step: Literal["retain"]


@dataclass(frozen=True)
class Premises:
    """What one tenant has, reached with credentials for that tenant alone.

    `tables` open its content, `stored` are the same tables with content as it lies there: what is only to be removed
    need not be opened, and perhaps cannot. `dynamodb` and `s3` are the clients themselves, for the sweep, which shall
    not rely on the library it checks. `keys` are destroyed with the tenant.
    """

    tables: Mapping[Table, TenantScopedTable]
    stored: Mapping[Table, TenantScopedTable]
    objects: TenantScopedBucket
    keys: TenantKeys
    dynamodb: Any = None
    s3: Any = None


@dataclass(frozen=True)
class PlatformRecords:
    """What the platform itself holds about tenants, by the function's own role."""

    tenants: Tenants
    issuers: Issuers
    credentials: BoundedTable
    audit: AuditLog
    keep_certificate: Callable[[str, bytes], None]
    stop_run: Callable[[str], None]
    forget_schedule: Callable[[str], None]


@dataclass(frozen=True)
class Turn:
    """What came of some work: where the operation stands, what is to happen next, and its result when it has one."""

    cursor: Mapping[str, Any]
    progress: int
    result: Mapping[str, Any] | None = None
    next: Next = "again"
    seconds: int = 0


@dataclass(frozen=True)
class Told:
    """What the workflow is told: come `again`, `wait` so many seconds first, remove the usage key, or that is all."""

    next: Next
    seconds: int = 0
