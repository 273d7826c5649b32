"""Keys of what promotions need of people: certifications, approvals, and break-glass requests, each of one version."""

from data_access_lib.keys.parts import Key, id_of, partition
from data_access_lib.tenant import PLATFORM


def certifications_partition(version_id: str) -> str:
    """A version's certifications."""
    return partition(PLATFORM, "CERTIFICATION", id_of(version_id, "ver"))


def certification_key(version_id: str, certification_id: str) -> Key:
    """One certification of a version."""
    return Key(certifications_partition(version_id), id_of(certification_id, "crt"))


def promotion_approvals_partition(version_id: str) -> str:
    """The approvals that were asked for a version's promotion."""
    return partition(PLATFORM, "PROMOTIONAPPROVAL", id_of(version_id, "ver"))


def promotion_approval_key(version_id: str, approval_id: str) -> Key:
    """One approval of a promotion."""
    return Key(promotion_approvals_partition(version_id), id_of(approval_id, "pra"))


def promotion_overrides_partition(version_id: str) -> str:
    """The break-glass promotions that were asked for a version."""
    return partition(PLATFORM, "PROMOTIONOVERRIDE", id_of(version_id, "ver"))


def promotion_override_key(version_id: str, request_id: str) -> Key:
    """One break-glass promotion."""
    return Key(promotion_overrides_partition(version_id), id_of(request_id, "bgp"))
