"""API keys and AWS callers as the API shows and takes them."""

import ipaddress
from typing import Annotated, Final

from pydantic import AfterValidator, Field, StringConstraints

from platform_kit import access, aws_roles, domains
from platform_kit.models import ApiModel, ApiReply

SCOPES: Final = tuple(sorted({route.scope for route in access.ROUTES if route.scope}))
MAX_ADDRESSES: Final = 32
MAX_AGENTS: Final = 50
MAX_DOMAINS: Final = 20
MAX_RATE: Final = 1000
MAX_OVERLAP_SECONDS: Final = 7 * 24 * 3600
_MAPPED: Final = ipaddress.ip_network("::ffff:0:0/96")


def _scope(value: str) -> str:
    if value not in SCOPES:
        raise ValueError(f"no such scope; there are {', '.join(SCOPES)}")
    return value


def _distinct(values: list[str]) -> list[str]:
    if len(set(values)) != len(values):
        raise ValueError("names something twice")
    return values


def _printable(value: str) -> str:
    if not value.isprintable():
        raise ValueError("holds a character that cannot be printed")
    return value


def _network(value: str) -> str:
    try:
        network = ipaddress.ip_network(value)
    except ValueError:
        raise ValueError(
            "not an IPv4 or IPv6 address, nor a block such as 192.0.2.0/24 or 2001:db8::/32 with no bit set beyond it"
        ) from None
    if network.version == _MAPPED.version and network.subnet_of(_MAPPED):  # type: ignore[arg-type] # same version
        raise ValueError("an IPv4 address inside IPv6: write it as IPv4")
    return str(network)


def _role(value: str) -> str:
    role = aws_roles.role_arn(value)
    if role is None:
        raise ValueError("not the ARN of an IAM role, such as arn:aws:iam::123456789012:role/name")
    return role


Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100), AfterValidator(_printable)
]
Scope = Annotated[str, Field(max_length=64), AfterValidator(_scope)]
Agent = Annotated[str, Field(pattern=r"^[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$")]
Domain = Annotated[str, Field(pattern=domains.PATTERN)]
Block = Annotated[str, Field(max_length=50, pattern=r"^[0-9A-Fa-f:./]+$"), AfterValidator(_network)]
RoleArn = Annotated[str, Field(max_length=512), AfterValidator(_role)]
Time = Annotated[
    str,
    Field(
        pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?(?:Z|[+-][0-9]{2}:[0-9]{2})$",
        description="RFC 3339, with a time zone.",
    ),
]


class _Grant(ApiModel):
    """What a machine may do, and from where. What is left out is not limited, but the scopes always are."""

    name: Name
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=50), AfterValidator(_distinct)]
    agents: Annotated[list[Agent], Field(min_length=1, max_length=MAX_AGENTS), AfterValidator(_distinct)] | None = None
    domains: Annotated[list[Domain], Field(min_length=1, max_length=MAX_DOMAINS), AfterValidator(_distinct)] | None = (
        Field(default=None, description="The domains whose agents it may use; with `agents`, both have to hold.")
    )
    environment: Annotated[str, Field(pattern=r"^[a-z](?:[a-z0-9-]{0,30}[a-z0-9])?$")] = "prod"
    ip_allow: Annotated[list[Block], Field(min_length=1, max_length=MAX_ADDRESSES)] | None = Field(
        default=None, description="Addresses and CIDR blocks, IPv4 and IPv6, that it may call from."
    )
    rate_per_second: Annotated[int, Field(ge=1, le=MAX_RATE, strict=True)] | None = None


class CreateApiKey(_Grant):
    """A key to be made. Without `expiresAt` it lasts 90 days; it can last a year."""

    expires_at: Time | None = None


class RotateApiKey(ApiModel):
    """How long the present secret stays valid beside the new one, and when the new one ends.

    Without `expiresAt` the new one lasts as long as the present one was made to last.
    """

    overlap_seconds: Annotated[int, Field(ge=0, le=MAX_OVERLAP_SECONDS, strict=True)] = 24 * 3600
    expires_at: Time | None = None


class CreateAwsCaller(_Grant):
    """An IAM role that may call as this tenant, and as no other."""

    role_arn: RoleArn


class SecretReply(ApiReply):
    """One of a key's secrets, by its first eight characters."""

    prefix: str
    created_at: str
    expires_at: str


class ApiKeyReply(ApiReply):
    """A key without its secret. `secrets` are those that may still be used, the present one first.

    `useCount` and `lastUsedAt` are brought up to date about once a minute.
    """

    key_id: str
    name: str
    prefix: str
    status: str = Field(description="`active`, `expired` or `revoked`.")
    scopes: list[str]
    agents: list[str] | None = None
    domains: list[str] | None = None
    environment: str
    ip_allow: list[str] | None = None
    rate_per_second: int | None = None
    expires_at: str
    secrets: list[SecretReply]
    created_by: str
    created_at: str
    rotated_at: str | None = None
    revoked_at: str | None = None
    last_used_at: str | None = None
    use_count: int = 0


class NewApiKeyReply(ApiKeyReply):
    """A key with its secret, which is shown this once: a repeated request is answered without it."""

    secret: str | None = None


class ApiKeyPage(ApiReply):
    """Part of the list of keys, newest first."""

    items: list[ApiKeyReply]
    next_cursor: str | None = None


class AwsCallerReply(ApiReply):
    """An IAM role that may call."""

    caller_id: str
    name: str
    role_arn: str
    scopes: list[str]
    agents: list[str] | None = None
    domains: list[str] | None = None
    environment: str
    ip_allow: list[str] | None = None
    rate_per_second: int | None = None
    created_by: str
    created_at: str


class AwsCallerPage(ApiReply):
    """Part of the list of AWS callers, newest first."""

    items: list[AwsCallerReply]
    next_cursor: str | None = None
