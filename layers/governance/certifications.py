"""Certifications: what somebody vouches for of exactly one version's content, until a day. Pure; ADR 0074."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from governance.policy.tools import Risk
from governance.version_risk import is_grave
from platform_kit.clock import parse_rfc3339
from platform_kit.errors import Forbidden

LONGEST: Final = timedelta(days=366)
"""How long a certification may hold."""


class CertificationKind(StrEnum):
    """What was looked at."""

    SECURITY_REVIEW = "security-review"
    PRIVACY_REVIEW = "privacy-review"
    COMPLIANCE_REVIEW = "compliance-review"


class OwnCertification(Forbidden):
    """Who registered a version vouches for it."""

    code, title = "OWN_CERTIFICATION", "Nobody certifies their own version"

    def __init__(self) -> None:
        super().__init__("You registered this version: somebody else has to certify it.")


def required_of(manifest: Mapping[str, Any], risk: Risk) -> tuple[CertificationKind, ...]:
    """The kinds that a version must have: those its manifest names, and a security review where the risk is grave."""
    named = {CertificationKind(str(kind)) for kind in manifest.get("certifications") or ()}
    if is_grave(risk):
        named.add(CertificationKind.SECURITY_REVIEW)
    return tuple(sorted(named))


def holds(record: Mapping[str, Any], content_hash: str, created_by: str, now: datetime) -> bool:
    """Whether a certification holds now of this content: granted by somebody else, neither revoked nor past its end."""
    if record.get("contentHash") != content_hash or record.get("grantedBy") == created_by or record.get("revokedAt"):
        return False
    return parse_rfc3339(str(record["issuedAt"])) <= now < parse_rfc3339(str(record["expiresAt"]))


def lacking(
    wanted: Iterable[CertificationKind], records: Iterable[Mapping[str, Any]], version: Mapping[str, Any], now: datetime
) -> tuple[CertificationKind, ...]:
    """The kinds of `wanted` that no certification holds of."""
    content, by = str(version["contentHash"]), str(version["createdBy"])
    held = {str(record["kind"]) for record in records if holds(record, content, by, now)}
    return tuple(kind for kind in wanted if kind not in held)
