"""What the lifecycle workflow sends and hears, and what an export is made of."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from pydantic import Field

from data_access_lib.client import TenantScopedBucket, TenantScopedTable
from data_access_lib.inventory import Table
from platform_kit.models import ApiModel

EXPORT: Final = "tenant.export"
SCHEMA: Final = "ambit-export/1"
Next = Literal["again", "done"]


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


@dataclass(frozen=True)
class Premises:
    """What one tenant has, reached with credentials for that tenant alone."""

    tables: Mapping[Table, TenantScopedTable]
    objects: TenantScopedBucket


@dataclass(frozen=True)
class Turn:
    """What came of one invocation: where the operation stands, and its result when it has one."""

    cursor: Mapping[str, Any]
    progress: int
    result: Mapping[str, Any] | None = None
