"""`/v1/platform/dlq`: what could not be done and waits for a person, for operators."""

from typing import Final

from lambdas.dead_letters.models import DeadLetterQueues, Letters, Outcomes, Purge, Redrive
from lambdas.dead_letters.service import DeadLetterService
from platform_kit.api import Call, Routes

ROUTES: Final = Routes("dead_letters")
_LIMIT: Final = {"limit": "How many at most, 1 to 100."}


@ROUTES.handle("GET /v1/platform/dlq", replies={200: DeadLetterQueues})
def list_dead_letter_queues(call: Call, service: DeadLetterService) -> DeadLetterQueues:
    """List the queues of dead letters and how full they are."""
    return service.queues(call.who())


@ROUTES.handle("GET /v1/platform/dlq/{queue}/messages", replies={200: Letters}, query=_LIMIT)
def list_dead_letters(call: Call, service: DeadLetterService) -> Letters:
    """Look at dead letters: where they come from and what went wrong, without what tenants sent."""
    return service.inspect(call.who(), call.path["queue"], limit=call.limit())


@ROUTES.handle("POST /v1/platform/dlq/{queue}/redrive", request=Redrive, replies={200: Outcomes})
def redrive_dead_letters(call: Call, service: DeadLetterService, body: Redrive) -> Outcomes:
    """Have dead letters done again, each at most once."""
    return service.redrive(call.who(), call.path["queue"], body)


@ROUTES.handle("POST /v1/platform/dlq/{queue}/purge", request=Purge, replies={200: Outcomes})
def purge_dead_letters(call: Call, service: DeadLetterService, body: Purge) -> Outcomes:
    """Remove dead letters for good; what is shown of them stays in the audit log."""
    return service.purge(call.who(), call.path["queue"], body)
