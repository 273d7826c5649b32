"""Who calls, where no authoriser stands in front of a door: the run token is verified here, and its tenant looked at.

What the authoriser asks of a run token and its tenant is asked here too, of the tenant's record as it is now.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from data_access_lib.errors import InvalidTenantId
from data_access_lib.repositories.tenants import TenantRecords
from data_access_lib.tenant import TenantId
from platform_kit import jws, run_token
from platform_kit.clock import Clock
from platform_kit.errors import (
    DependencyUnavailable,
    Forbidden,
    ResidencyViolation,
    TenantSuspended,
    Unauthenticated,
)
from platform_kit.identity import Identity, RunBinding
from platform_kit.jws import TokenRefused
from platform_kit.observability import count
from platform_kit.run_keys import RunKey, RunKeyUnavailable
from platform_kit.run_token import RunClaims

KINDS: Final = frozenset({"TENANT"})
_SCHEME: Final = "bearer"


@dataclass(frozen=True)
class Admission:
    """`tenants` are the control table's records, `region` is where this deployment keeps data."""

    key: RunKey
    tenants: Callable[[], TenantRecords]
    region: str
    clock: Clock

    def of(self, headers: Mapping[str, Any] | None) -> Identity:
        """The running agent whose token the headers carry.

        Unauthenticated without one valid run token; Forbidden, TenantSuspended, ResidencyViolation for a tenant that
        may do nothing here; DependencyUnavailable when that cannot be known.
        """
        try:
            claims = self._verified(_token(headers))
            tenant = TenantId(claims.tenant)
        except (TokenRefused, InvalidTenantId) as refused:
            reason = refused.reason if isinstance(refused, TokenRefused) else "bad_tenant"
            count("RunTokenRefused", reason=reason)
            raise Unauthenticated("A valid run token is needed: Authorization: Bearer <run token>.") from None
        return _identity(claims, self._tier(tenant))

    def _verified(self, token: str) -> RunClaims:
        unverified = jws.parse(token)
        if unverified.key_id != self.key.key_id:  # cheap to compare: a stranger's token does not get as far as KMS
            raise TokenRefused("unknown_kid")
        now = self.clock.now().timestamp()
        try:
            public = self.key.get(now)
        except RunKeyUnavailable:
            raise DependencyUnavailable("Run tokens cannot be verified at present. Try again.") from None
        return run_token.verify_parsed(unverified, public, now, key_id=self.key.key_id)

    def _tier(self, tenant: TenantId) -> str:
        record = self.tenants().find(tenant, consistent=True) or {}
        if record.get("status") == "suspended":
            raise TenantSuspended("The tenant is suspended.")
        if record.get("status") != "active":
            raise Forbidden("The tenant is not active.")
        if record.get("residency") != self.region:
            raise ResidencyViolation
        return str(record.get("tier") or "basic")


def _token(headers: Mapping[str, Any] | None) -> str:
    """The one bearer token; TokenRefused when there is none, or more than one value that could be it."""
    values = [value for name, value in (headers or {}).items() if name.lower() == "authorization"]
    if not values:
        raise TokenRefused("no_credential")
    if len(values) > 1 or not isinstance(values[0], str):
        raise TokenRefused("several_credentials")
    scheme, _, token = values[0].partition(" ")
    if scheme.lower() != _SCHEME:
        raise TokenRefused("unsupported_credential")
    return token


def _identity(claims: RunClaims, tier: str) -> Identity:
    binding = RunBinding(claims.run, claims.agent, claims.version, claims.session, claims.mode, claims.attempt)
    return Identity(f"run:{claims.run}", claims.tenant, frozenset(), tier, "run", run=binding)
