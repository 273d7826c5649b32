"""What a person's or a machine's token must say (RFC 7519, 8725, 9068), and how its issuer's record reads it."""

import hashlib
import re
from collections.abc import Mapping
from typing import Any, Final

from lambdas.authoriser.models import PLATFORM, Issuer, Principal
from platform_kit.access import Role
from platform_kit.jws import TokenRefused, UnverifiedToken

TYPES: Final = ("JWT", "at+jwt")
LEEWAY_SECONDS: Final = 30
MAX_LIFETIME_SECONDS: Final = 24 * 3600
DEFAULT_TENANT_CLAIM: Final = "tenantid"
_MOST_AUDIENCES: Final = 16
_MOST_ROLES: Final = 64
_MOST_EMAIL: Final = 254  # RFC 5321 §4.5.3.1.3, less the angle brackets
_PLATFORM_PREFIX: Final = "Platform."
_KNOWN_ROLES: Final = frozenset(role.value for role in Role)
_SUBJECT: Final = re.compile(r"[\x21-\x7e]{1,255}")  # visible ASCII: it becomes a part of keys, logs and contexts
# Only ID tokens (OpenID Connect Core §2, §3.3.2.11) and security events (RFC 8417, so also logout tokens) have these.
_OTHER_PURPOSES: Final = frozenset({"nonce", "at_hash", "c_hash", "s_hash", "events"})
# How two common providers say in the claims what a token is for, where its `typ` does not.
_PURPOSES: Final = {"token_use": "access", "typ": "Bearer"}
_ISSUER: Final = re.compile(r"https?://[\x21-\x7e]{1,500}")


def issuer_of(token: UnverifiedToken) -> str:
    """The issuer a token names, for looking up its record; TokenRefused unless it is an HTTP(S) URL."""
    value = token.claims.get("iss")
    if not isinstance(value, str) or not _ISSUER.fullmatch(value):
        raise TokenRefused("bad_issuer")
    return value


def check_claims(claims: Mapping[str, Any], issuer: Issuer, now: float) -> None:
    """The registered claims of a token whose signature holds; TokenRefused names the first that does not."""
    if claims.get("iss") != issuer.iss:
        raise TokenRefused("bad_issuer")
    _check_audience(claims.get("aud"), issuer.audiences)
    _check_times(claims, now)
    _subject(claims)
    _check_purpose(claims)


def principal_of(claims: Mapping[str, Any], issuer: Issuer) -> Principal:
    """Whom verified claims name, as far as the issuer's record lets it vouch; TokenRefused when it asserts more."""
    tenant_id = _tenant_of(claims, issuer)
    return Principal(
        principal_id=f"usr:{hashlib.sha256(issuer.iss.encode()).hexdigest()[:8]}:{_subject(claims)}",
        tenant_id=tenant_id,
        roles=_roles_of(claims, issuer, tenant_id),
        credential="jwt",
        extra=_email_of(claims),
    )


def is_tenant_id(value: object) -> bool:
    """Whether this is the id of a tenant; the platform's own name is none."""
    from data_access_lib.errors import InvalidTenantId
    from data_access_lib.tenant import TenantId

    try:
        TenantId(value)
    except InvalidTenantId:
        return False
    return True


def _check_purpose(claims: Mapping[str, Any]) -> None:
    """Refuse what an issuer signs for another purpose with the same key and the same `typ`."""
    if not _OTHER_PURPOSES.isdisjoint(claims):
        raise TokenRefused("not_access_token")
    if any(claims.get(name, purpose) != purpose for name, purpose in _PURPOSES.items()):
        raise TokenRefused("not_access_token")
    if "cnf" in claims:  # bound to a key that a bearer does not prove to have (RFC 8705 §3, RFC 9449 §7.2)
        raise TokenRefused("bound_token")


def _check_audience(audience: object, accepted: tuple[str, ...]) -> None:
    values = audience if isinstance(audience, list) else [audience]
    if not 0 < len(values) <= _MOST_AUDIENCES or not all(isinstance(value, str) for value in values):
        raise TokenRefused("bad_audience")
    if not set(accepted).intersection(values):
        raise TokenRefused("bad_audience")


def _check_times(claims: Mapping[str, Any], now: float) -> None:
    expires, issued = _time(claims, "exp"), _time(claims, "iat")
    not_before = _time(claims, "nbf") if "nbf" in claims else issued
    if not 0 < expires - issued <= MAX_LIFETIME_SECONDS:
        raise TokenRefused("bad_lifetime")
    if now >= expires + LEEWAY_SECONDS:
        raise TokenRefused("expired")
    if now + LEEWAY_SECONDS < max(not_before, issued):
        raise TokenRefused("not_yet_valid")


def _time(claims: Mapping[str, Any], name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 2**53:
        raise TokenRefused("bad_times")
    return value


def _subject(claims: Mapping[str, Any]) -> str:
    value = claims.get("sub")
    if not isinstance(value, str) or not _SUBJECT.fullmatch(value):
        raise TokenRefused("bad_subject")
    return value


def _tenant_of(claims: Mapping[str, Any], issuer: Issuer) -> str:
    asserted = _asserted_tenant(claims, issuer)
    if issuer.bound_to == PLATFORM:
        return asserted
    if asserted not in {"", issuer.bound_to}:
        raise TokenRefused("foreign_tenant")
    return issuer.bound_to


def _email_of(claims: Mapping[str, Any]) -> dict[str, str]:
    """The address that the issuer says it has verified (OpenID Connect Core §5.1), for what is bound to one."""
    value = claims.get("email")
    if claims.get("email_verified") is not True or not isinstance(value, str):
        return {}
    return {"email": value} if len(value) <= _MOST_EMAIL and value.isprintable() else {}


def _asserted_tenant(claims: Mapping[str, Any], issuer: Issuer) -> str:
    """The tenant a token names, or "". A tenant-bound issuer's default claim counts too, whatever its record names."""
    names = {issuer.tenant_claim} if issuer.bound_to == PLATFORM else {issuer.tenant_claim, DEFAULT_TENANT_CLAIM}
    values = [claims[name] for name in names if name is not None and name in claims]
    if not all(map(is_tenant_id, values)) or len(set(values)) > 1:
        raise TokenRefused("bad_tenant")
    return str(values[0]) if values else ""


def _roles_of(claims: Mapping[str, Any], issuer: Issuer, tenant_id: str) -> frozenset[str]:
    roles = _asserted_roles(claims, issuer)
    platform = frozenset(role for role in roles if role.startswith(_PLATFORM_PREFIX))
    if platform and (tenant_id or not issuer.allow_platform_roles):
        raise TokenRefused("platform_role")
    known = roles & _KNOWN_ROLES
    if not known <= issuer.allowed_roles:
        raise TokenRefused("role_not_allowed")
    if not tenant_id and (not known or known != known & platform):
        raise TokenRefused("no_tenant")
    return known


def _asserted_roles(claims: Mapping[str, Any], issuer: Issuer) -> frozenset[str]:
    values = claims.get(issuer.roles_claim, [])
    if not isinstance(values, list) or len(values) > _MOST_ROLES or not all(isinstance(role, str) for role in values):
        raise TokenRefused("bad_roles")
    return frozenset(values)
