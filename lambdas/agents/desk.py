"""What one operator of the registry works with."""

from dataclasses import dataclass

from data_access_lib.repositories.audit import AuditLog
from data_access_lib.repositories.catalogue import Templates
from data_access_lib.repositories.idempotency import Idempotency
from data_access_lib.repositories.incidents import IncidentRecords
from data_access_lib.table import BoundedTable
from data_access_lib.verified_versions import VerifiedVersions


@dataclass(frozen=True)
class Desk:
    """The catalogue, the platform's audit chain and incidents, and the answers that this operator was given.

    `table` is the control table, to make changes of several records at once.
    """

    table: BoundedTable
    templates: Templates
    versions: VerifiedVersions
    audit: AuditLog
    incidents: IncidentRecords
    answers: Idempotency
