"""Issuers as the API shows and takes them."""

from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from platform_kit.access import Role
from platform_kit.models import ApiModel, ApiReply

PLATFORM: Final = "platform"
# What RFC 7519 and OpenID Connect give a meaning of its own says nothing of tenants or roles.
_TAKEN: Final = frozenset(
    {*("iss", "sub", "aud", "exp", "nbf", "iat", "jti", "cnf", "nonce", "at_hash", "c_hash", "azp", "typ", "events")}
)
_DEFAULT_TENANT_CLAIM: Final = "tenantid"

Algorithm = Literal["RS256", "ES256"]
Status = Literal["active", "disabled"]


def _own_meaning(name: str) -> str:
    if name in _TAKEN:
        raise ValueError("has a meaning of its own in every token; name another claim")
    return name


def _distinct(values: list[Any]) -> list[Any]:
    if len(set(values)) != len(values):
        raise ValueError("names something twice")
    return values


Url = Annotated[
    str,
    Field(
        max_length=500,
        description="HTTPS, host in lower case, no user, fragment or white space.",
        examples=["https://login.example.com/"],
    ),
]
Claim = Annotated[
    str,
    Field(pattern=r"^[A-Za-z][A-Za-z0-9_.:/-]{0,127}$", description="The name of a claim.", examples=["roles"]),
    AfterValidator(_own_meaning),
]
Audience = Annotated[str, Field(pattern=r"^[!-~]{1,255}$")]
Audiences = Annotated[list[Audience], Field(min_length=1, max_length=16), AfterValidator(_distinct)]
Algorithms = Annotated[list[Algorithm], Field(min_length=1), AfterValidator(_distinct)]
Roles = Annotated[list[Role], Field(min_length=1), AfterValidator(_distinct)]


class RegisterIssuer(ApiModel):
    """An issuer to be believed. `boundTo` is the one tenant it speaks for, or `platform`.

    A tenant's issuer needs no `tenantClaim`: whomever it names belongs to its tenant. For the platform's it defaults to
    `tenantid`. `allowedRoles` are the roles its tokens may assert; a tenant's never any of the platform's.
    """

    iss: Url
    bound_to: Annotated[str, Field(min_length=1, max_length=64, examples=["acme"])]
    jwks_uri: Annotated[Url, Field(examples=["https://login.example.com/jwks"])]
    audiences: Audiences
    algorithms: Algorithms = Field(default=["RS256"])
    tenant_claim: Claim | None = None
    roles_claim: Claim = "roles"
    allowed_roles: Roles = Field(default=[Role.VIEWER, Role.DEVELOPER, Role.ADMIN])
    status: Status = "active"

    @model_validator(mode="after")
    def _claims_differ(self) -> Self:
        if self.tenant_claim == self.roles_claim:
            raise ValueError("tenantClaim and rolesClaim must be two claims")
        return self

    @property
    def stored_tenant_claim(self) -> str | None:
        """The claim as it is kept."""
        return self.tenant_claim or (_DEFAULT_TENANT_CLAIM if self.bound_to == PLATFORM else None)


class UpdateIssuer(ApiModel):
    """What may be changed of an issuer; fields left out stay. `iss` and `boundTo` never change: register another.

    `tenantClaim: null` takes the claim away; no other field takes null.
    """

    jwks_uri: Url | None = None
    audiences: Audiences | None = None
    algorithms: Algorithms | None = None
    tenant_claim: Claim | None = None
    roles_claim: Claim | None = None
    allowed_roles: Roles | None = None
    status: Status | None = None

    @model_validator(mode="after")
    def _something_changes(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("name at least one field to change")
        empty = [name for name in self.model_fields_set - {"tenant_claim"} if getattr(self, name) is None]
        if empty:
            raise ValueError("null clears nothing here but tenantClaim")
        return self

    def changes(self) -> dict[str, Any]:
        """The given fields as they are kept."""
        return self.model_dump(mode="json", by_alias=True, include=self.model_fields_set)


class IssuerReply(ApiReply):
    """An issuer. `id` is a digest of its `iss`."""

    id: str
    iss: str
    bound_to: str
    jwks_uri: str
    audiences: list[str]
    algorithms: list[str]
    tenant_claim: str | None = None
    roles_claim: str
    allowed_roles: list[str]
    status: Status
    created_at: str
    updated_at: str


class IssuerPage(ApiReply):
    """Part of the list of issuers."""

    items: list[IssuerReply]
    next_cursor: str | None = None
