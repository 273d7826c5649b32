"""What the authoriser talks about: issuers, tenants, principals, and the three ways a call ends without one."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

PLATFORM: Final = "platform"


class Unauthorized(Exception):
    """No identity: 401. API Gateway makes it one when, and only when, the message is exactly this word."""

    def __init__(self) -> None:
        super().__init__("Unauthorized")


class DependencyDown(Exception):
    """What the decision needs does not answer. API Gateway makes it AUTHORIZER_FAILURE, which we answer with 503."""


class Denied(Exception):
    """A known principal that may do nothing at present: 403. `code` is the problem code, safe to show."""

    def __init__(self, principal_id: str, code: str) -> None:
        super().__init__(code)
        self.principal_id = principal_id
        self.code = code


class Issuer(NamedTuple):
    """Who may vouch for whom. `bound_to` is a tenant id or `platform`; `tenant_claim` may be None: tokens name none."""

    iss: str
    jwks_uri: str
    bound_to: str
    audiences: tuple[str, ...]
    algorithms: tuple[str, ...]
    tenant_claim: str | None
    roles_claim: str
    allow_platform_roles: bool
    allowed_roles: frozenset[str]
    active: bool


class Tenant(NamedTuple):
    """The parts of a tenant's record that decide a call. `usage_key` is the value of a real key of its usage plan.

    `residency` is the region that its data is kept in; "" when the record does not say.
    """

    tenant_id: str
    status: str
    tier: str
    usage_key: str
    agents_usage_key: str
    residency: str


class Grant(NamedTuple):
    """What a machine's credential opens. `agents`, `domains` and `ip_allow` empty: any.

    `kind` is `key` or `aws`; `owner_id` the API key or AWS caller that it belongs to; `rate` in calls a second, or "";
    `expires_at` in epoch seconds, or None.
    """

    kind: str
    tenant_id: str
    owner_id: str
    scopes: frozenset[str]
    agents: tuple[str, ...]
    domains: tuple[str, ...]
    environment: str
    ip_allow: tuple[str, ...]
    rate: str
    expires_at: float | None
    active: bool


class Member(NamedTuple):
    """What a tenant's own record says of a principal: the roles it adds, and whether the principal may act at all."""

    roles: frozenset[str]
    active: bool


class Principal(NamedTuple):
    """A verified caller. `tenant_id` is empty for platform principals; `extra` joins the context of the call."""

    principal_id: str
    tenant_id: str
    roles: frozenset[str]
    credential: str
    scopes: frozenset[str] = frozenset()
    extra: Mapping[str, str] = MappingProxyType({})
