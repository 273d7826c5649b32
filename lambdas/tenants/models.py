"""Tenants and long operations as the API shows and takes them."""

from decimal import Decimal
from typing import Annotated, Any, Final

from pydantic import AfterValidator, Field, StringConstraints

from data_access_lib.errors import InvalidTenantId
from data_access_lib.tenant import TenantId
from governance.pricing import PICO_PER_DOLLAR
from governance.tiers import Tier
from platform_kit.fields import Changes, Email, printable
from platform_kit.models import ApiModel, ApiReply, Money

_DECIMAL_DOLLARS: Final = r"^(?:0|[1-9][0-9]{0,8})(?:\.[0-9]{1,12})?$"


def _tenant_slug(value: str) -> str:
    try:
        return TenantId(value)
    except InvalidTenantId:
        raise ValueError(
            "3 to 32 characters of a-z, 0-9 and single hyphens, a letter first, no hyphen last; not a reserved name"
        ) from None


Slug = Annotated[str, Field(max_length=64), AfterValidator(_tenant_slug)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100), AfterValidator(printable)]
Residency = Annotated[str, Field(pattern=r"^[a-z]{2}(-[a-z]+){1,2}-[0-9]{1,2}$", max_length=25)]
RuntimeRegions = Annotated[
    list[Residency],
    Field(
        max_length=5,
        description="Where besides its residency the tenant's agents may run, while they cannot run there.",
    ),
]
Dollars = Annotated[
    str,
    Field(
        pattern=_DECIMAL_DOLLARS,
        description="US dollars as a decimal string, at most 999999999.999999999999.",
        examples=["250.00"],
    ),
]


def pico_dollars(amount: str) -> int:
    """Integer pico-dollars of a decimal string that `Dollars` let through."""
    return int(Decimal(amount) * PICO_PER_DOLLAR)


class CreateTenant(ApiModel):
    """A tenant to be provisioned. What is left out comes from the tier and the deployment."""

    id: Slug
    name: Name
    tier: Tier
    residency: Residency | None = None
    monthly_budget: Dollars | None = None
    admin_email: Email | None = None


class UpdateTenant(Changes):
    """What an operator may change of a tenant; fields left out stay."""

    name: Name | None = None
    tier: Tier | None = None
    monthly_budget: Dollars | None = None
    admin_email: Email | None = None
    runtime_regions: RuntimeRegions | None = None


class UpdateOwnTenant(Changes):
    """What a tenant's administrator may change; tier and budget are the operators' business."""

    name: Name | None = None
    admin_email: Email | None = None


class SuspendTenant(ApiModel):
    """Why a tenant is suspended; kept with the tenant, shown to operators only."""

    reason: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500), AfterValidator(printable)
    ]


class ImportTenant(ApiModel):
    """Which export is written into the tenant: the id of the operation that made it."""

    export_operation_id: Annotated[str, Field(pattern=r"^opn_[0-9a-f]{32}$")]


class DeleteTenant(ApiModel):
    """`confirm` is the tenant's id once more: a deletion cannot be taken back."""

    confirm: Annotated[str, Field(max_length=64)]


class TenantReply(ApiReply):
    """A tenant as operators see it."""

    id: str
    name: str
    status: str
    tier: str
    residency: str
    runtime_regions: list[str] | None = None
    monthly_budget: Money
    admin_email: str | None = None
    suspended_at: str | None = None
    suspension_reason: str | None = None
    deleted_at: str | None = None
    operation_id: str | None = None
    usage_key_mode: str | None = Field(
        default=None, description="`own`: the edge throttles the tenant by its plan; `shared`: its token bucket does."
    )
    created_at: str
    updated_at: str


class TenantPage(ApiReply):
    """Part of the list of tenants."""

    items: list[TenantReply]
    next_cursor: str | None = None


class OwnTenantReply(ApiReply):
    """A tenant as its own people see it."""

    id: str
    name: str
    status: str
    tier: str
    residency: str
    runtime_regions: list[str] | None = None
    monthly_budget: Money
    admin_email: str | None = None
    created_at: str
    updated_at: str


class OperationFailure(ApiReply):
    """Why an operation failed, and what to do."""

    code: str
    message: str


class DownloadReply(ApiReply):
    """A file of an export: `url` gives it until `expiresAt`; what comes must have this SHA-256 (hex)."""

    name: str
    bytes: int
    sha256: str
    url: str
    expires_at: str


class OperationReply(ApiReply):
    """A long operation. `progress` is in percent; `result` says what was made.

    `downloads` are the files of an export that is done, `certificate` is what a deletion ended in.
    """

    operation_id: str
    kind: str
    status: str
    progress: int
    result: dict[str, str] | None = None
    error: OperationFailure | None = None
    downloads: list[DownloadReply] | None = None
    certificate: dict[str, Any] | None = None
    created_at: str
    updated_at: str
