"""Webhook endpoints, what was sent to them, and events, as the API shows and takes them."""

from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, Field, StringConstraints

from governance.webhooks.filters import is_filter
from platform_kit.fields import Changes, printable
from platform_kit.models import ApiModel, ApiReply

MOST_FILTERS: Final = 32
MOST_OVERLAP_SECONDS: Final = 7 * 24 * 3600
DEFAULT_OVERLAP_SECONDS: Final = 24 * 3600


def _filter(value: str) -> str:
    if not is_filter(value):
        raise ValueError("asks for no event there is: a name of docs/events.md, a family such as job.*, or *")
    return value


def _distinct(values: list[str]) -> list[str]:
    if len(set(values)) != len(values):
        raise ValueError("names something twice")
    return values


Url = Annotated[
    str, Field(min_length=1, max_length=2048, description="HTTPS, on port 443 or 8443, without credentials.")
]
Filter = Annotated[str, Field(max_length=64), AfterValidator(_filter)]
Filters = Annotated[list[Filter], Field(min_length=1, max_length=MOST_FILTERS), AfterValidator(_distinct)]
Description = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200), AfterValidator(printable)]
EndpointStatus = Literal["pending", "active", "disabled"]
DeliveryStatus = Literal["pending", "succeeded", "failed"]


class CreateWebhook(ApiModel):
    """An endpoint and the events it asks for."""

    url: Url
    events: Filters
    description: Description = ""


class PatchWebhook(Changes):
    """What to change. Another `url` has to meet a challenge, and so has `status: active`."""

    url: Url | None = None
    events: Filters | None = None
    description: Description | None = None
    status: Literal["active", "disabled"] | None = None


class RotateWebhookSecret(ApiModel):
    """For how long messages are signed with the present secret too, in seconds."""

    overlap_seconds: Annotated[int, Field(ge=0, le=MOST_OVERLAP_SECONDS)] = DEFAULT_OVERLAP_SECONDS


class RedeliverWebhook(ApiModel):
    """Which deliveries to begin again: those that failed, of events that happened from `since` on (RFC 3339)."""

    since: Annotated[str, Field(max_length=40)]
    limit: Annotated[int, Field(ge=1, le=500)] = 100


class SecretReply(ApiReply):
    """One of an endpoint's secrets, without what it is."""

    created_at: str
    expires_at: str | None = None


class WebhookReply(ApiReply):
    """An endpoint. `circuit` says whether it is spared at the moment because it does not answer.

    `url` is shown whole to administrators, and to others without what follows the host, where services keep secrets.
    """

    webhook_id: str
    url: str
    events: list[str]
    description: str
    status: EndpointStatus
    challenge_failure: str | None = None
    secrets: list[SecretReply]
    circuit: Literal["closed", "open", "half_open"]
    failing_since: str | None = None
    disabled_at: str | None = None
    disabled_reason: str | None = None
    created_by: str
    created_at: str
    updated_at: str
    version: int


class NewWebhookReply(WebhookReply):
    """An endpoint with its new secret (`whsec_…`), which is shown this once."""

    secret: str | None = None


class WebhookList(ApiReply):
    """All of the tenant's endpoints, oldest first."""

    items: list[WebhookReply]


class AttemptReply(ApiReply):
    """One attempt. `status` is 0 when there was no answer; `response` is the beginning of the answer, cleaned."""

    number: int
    round: int
    at: str
    status: int
    duration_ms: int
    succeeded: bool
    error: str | None = None
    response: dict[str, Any] | None = None


class DeliveryReply(ApiReply):
    """An event on its way to an endpoint. `body` is what is sent, to the byte."""

    delivery_id: str
    webhook_id: str
    event_id: str
    type: str
    status: DeliveryStatus
    round: int
    attempt: int
    next_attempt_at: str | None = None
    failure: str | None = None
    body: str
    attempts: list[AttemptReply]
    created_at: str
    finished_at: str | None = None


class DeliveryPage(ApiReply):
    """Part of the delivery log, newest first."""

    items: list[DeliveryReply]
    next_cursor: str | None = None


class BegunReply(ApiReply):
    """A delivery that was begun, or begun again."""

    delivery_id: str
    event_id: str
    round: int


class RedeliveredReply(ApiReply):
    """What was begun again; `more` when there is more of it than was asked for."""

    items: list[BegunReply]
    more: bool


class TenantEventPage(ApiReply):
    """Part of the tenant's log of events, newest first, each in its CloudEvents envelope."""

    items: list[dict[str, Any]]
    next_cursor: str | None = None
