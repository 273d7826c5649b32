"""What one principal of a tenant works with."""

from dataclasses import dataclass

from data_access_lib.repositories.audit import AuditLog
from data_access_lib.repositories.idempotency import Idempotency
from data_access_lib.repositories.invites import Invites
from data_access_lib.repositories.members import Members


@dataclass(frozen=True)
class Registry:
    """A tenant's members and invites, its audit log, and the answers already given to the principal."""

    members: Members
    invites: Invites
    audit: AuditLog
    answers: Idempotency
