"""Machines' credentials: API keys and AWS roles. Their grant decides, and nothing that the caller says."""

from typing import TYPE_CHECKING, Final

from lambdas.authoriser.credentials import Credential
from lambdas.authoriser.models import Denied, Grant, Principal
from lambdas.authoriser.records import RememberedRecords
from lambdas.authoriser.sts_proof import RoleProofs
from platform_kit import api_key, aws_roles
from platform_kit.errors import Forbidden
from platform_kit.jws import TokenRefused

if TYPE_CHECKING:
    from ipaddress import IPv4Network, IPv6Network

KEY: Final = "key"
AWS: Final = "aws"


class Machines:
    """Verifies what machines send."""

    def __init__(self, records: RememberedRecords, proofs: RoleProofs) -> None:
        self._records = records
        self._proofs = proofs

    def api_key(self, credential: Credential, now: float) -> Principal:
        """The principal of an API key; TokenRefused (401), or Denied (403) from an address it may not call from.

        A text whose checksum does not hold is refused without a look-up.
        """
        if not api_key.well_formed(credential.value):
            raise TokenRefused("malformed_key")
        return self._granted(KEY, api_key.digest(credential.value), credential.source_ip, now)

    def aws_caller(self, credential: Credential, now: float) -> Principal:
        """The principal of an AWS role that proves itself through STS; errors as `api_key`."""
        role = self._proofs.role(credential.value, now)
        return self._granted(AWS, aws_roles.digest(role), credential.source_ip, now)

    def _granted(self, kind: str, digest: str, source_ip: str, now: float) -> Principal:
        grant = self._records.grant(digest, now)
        if grant is None or grant.kind != kind:
            raise TokenRefused(f"unknown_{kind}")
        if not grant.active or not grant.owner_id or not grant.tenant_id:
            raise TokenRefused(f"revoked_{kind}")
        if grant.expires_at is not None and grant.expires_at <= now:
            raise TokenRefused(f"expired_{kind}")
        principal = _principal(grant)
        if grant.ip_allow and not allowed_from(source_ip, grant.ip_allow):
            raise Denied(principal.principal_id, Forbidden.code)
        return principal


def allowed_from(source_ip: str, blocks: tuple[str, ...]) -> bool:
    """Whether an address lies in one of the blocks; an IPv4 address inside IPv6 (RFC 4291 §2.5.5.2) is that address.

    What is no address, or no block, matches nothing.
    """
    import ipaddress

    try:
        address = ipaddress.ip_address(source_ip)
    except ValueError:
        return False
    mapped = address.ipv4_mapped if address.version == 6 else None  # noqa: PLR2004 - IPv6
    return any((mapped or address) in network for network in _networks(blocks))


def _networks(blocks: tuple[str, ...]) -> "list[IPv4Network | IPv6Network]":
    import ipaddress

    found = []
    for block in blocks:
        try:
            found.append(ipaddress.ip_network(block))
        except ValueError:
            continue
    return found


def _principal(grant: Grant) -> Principal:
    """`agents`, `domains` empty: any; `ratePerSecond`, in calls a second, only when the credential has its own."""
    limits = {"agents": " ".join(grant.agents), "domains": " ".join(grant.domains)}
    extra = {"environment": grant.environment, **limits}
    return Principal(
        principal_id=f"{grant.kind}:{grant.owner_id}",
        tenant_id=grant.tenant_id,
        roles=frozenset(),
        credential=grant.kind,
        scopes=grant.scopes,
        extra=extra | ({"ratePerSecond": grant.rate} if grant.rate else {}),
    )
