"""What one principal of a tenant works with here."""

from collections.abc import Callable
from dataclasses import dataclass

from data_access_lib.repositories.audit import AuditLog
from data_access_lib.repositories.deliveries import Deliveries
from data_access_lib.repositories.event_log import TenantEvents
from data_access_lib.repositories.idempotency import Idempotency
from data_access_lib.repositories.webhook_gates import WebhookGates
from data_access_lib.repositories.webhooks import Webhooks
from platform_kit.identity import Identity


@dataclass(frozen=True)
class Desk:
    """With credentials for this tenant alone."""

    webhooks: Webhooks
    deliveries: Deliveries
    events: TenantEvents
    gates: WebhookGates
    audit: AuditLog
    answers: Idempotency


OpenDesk = Callable[[Identity], Desk]
