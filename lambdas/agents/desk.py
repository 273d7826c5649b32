"""What one operator of the registry works with."""

from dataclasses import dataclass

from data_access_lib.evidence_store import EvidenceStore
from data_access_lib.repositories.audit import AuditLog
from data_access_lib.repositories.catalogue import Templates
from data_access_lib.repositories.certifications import Certifications
from data_access_lib.repositories.evaluations import EvaluationRecords
from data_access_lib.repositories.idempotency import Idempotency
from data_access_lib.repositories.incident_epoch import IncidentEpoch
from data_access_lib.repositories.incidents import IncidentRecords
from data_access_lib.repositories.promotion_approvals import PromotionApprovals
from data_access_lib.repositories.promotion_overrides import PromotionOverrides
from data_access_lib.repositories.security_events import SecurityEvents
from data_access_lib.repositories.suites import SuiteRecords
from data_access_lib.repositories.tools import ToolRecords
from data_access_lib.table import BoundedTable
from data_access_lib.verified_versions import VerifiedVersions
from governance.dsse import Verify


@dataclass(frozen=True)
class Desk:
    """The catalogue, the platform's audit chain and incidents, and the answers that this operator was given.

    `table` is the control table, to make changes of several records at once. `verify` knows the key of evidence.
    """

    table: BoundedTable
    templates: Templates
    versions: VerifiedVersions
    tools: ToolRecords
    audit: AuditLog
    incidents: IncidentRecords
    security: SecurityEvents
    answers: Idempotency
    suites: SuiteRecords
    evaluations: EvaluationRecords
    evidence: EvidenceStore
    verify: Verify
    certifications: Certifications
    approvals: PromotionApprovals
    overrides: PromotionOverrides
    epoch: IncidentEpoch
