"""`/v1/webhooks` and `/v1/events`: the tenant is the caller's own, whatever the request says."""

from dataclasses import dataclass
from typing import Final, get_args

from governance.events.catalogue import OFFERED
from lambdas.webhooks.models import (
    BegunReply,
    CreateWebhook,
    DeliveryPage,
    DeliveryStatus,
    NewWebhookReply,
    PatchWebhook,
    RedeliveredReply,
    RedeliverWebhook,
    RotateWebhookSecret,
    TenantEventPage,
    WebhookList,
    WebhookReply,
)
from lambdas.webhooks.sent import SentService
from lambdas.webhooks.service import WebhookService
from platform_kit.api import Call, Reply, Routes
from platform_kit.errors import BadRequest, FieldError

ROUTES: Final = Routes("webhooks")
_PAGING: Final = {"limit": "How many at most, 1 to 100.", "cursor": "Where an earlier page ended."}
_STATUSES: Final = get_args(DeliveryStatus)


@dataclass(frozen=True)
class WebhooksApi:
    """Endpoints, and what is sent to them."""

    endpoints: WebhookService
    sent: SentService


@ROUTES.handle("POST /v1/webhooks", request=CreateWebhook, replies={201: NewWebhookReply})
def create_webhook(call: Call, api: WebhooksApi, body: CreateWebhook) -> Reply:
    """Register a webhook endpoint; its secret is shown this once, and it is sent a challenge."""
    made, replayed = api.endpoints.create(call.who(), body, key=call.idempotency_key, body=call.raw_body)
    headers = {"location": f"/v1/webhooks/{made.webhook_id}", **_replay(replayed=replayed)}
    return _tagged(made, 201, headers)


@ROUTES.handle("GET /v1/webhooks", replies={200: WebhookList})
def list_webhooks(call: Call, api: WebhooksApi) -> WebhookList:
    """List the tenant's webhook endpoints; there are at most 20."""
    return api.endpoints.list(call.who())


@ROUTES.handle("GET /v1/webhooks/{id}", replies={200: WebhookReply})
def get_webhook(call: Call, api: WebhooksApi) -> Reply:
    """Look at a webhook endpoint."""
    return _tagged(api.endpoints.get(call.who(), call.path["id"]))


@ROUTES.handle("PATCH /v1/webhooks/{id}", request=PatchWebhook, replies={200: WebhookReply})
def change_webhook(call: Call, api: WebhooksApi, body: PatchWebhook) -> Reply:
    """Change a webhook endpoint; `status: active` challenges it again, also one that was disabled."""
    return _tagged(api.endpoints.change(call.who(), call.path["id"], call.if_match(), body))


@ROUTES.handle("DELETE /v1/webhooks/{id}", replies={204: None})
def delete_webhook(call: Call, api: WebhooksApi) -> Reply:
    """Remove a webhook endpoint; what is on its way to it is given up."""
    api.endpoints.remove(call.who(), call.path["id"], call.if_match())
    return Reply(None, 204)


@ROUTES.handle("POST /v1/webhooks/{id}/rotate-secret", request=RotateWebhookSecret, replies={201: NewWebhookReply})
def rotate_webhook_secret(call: Call, api: WebhooksApi, body: RotateWebhookSecret) -> Reply:
    """Give a webhook endpoint a new secret, shown this once; messages bear both signatures for the overlap."""
    who, name = call.who(), call.path["id"]
    made, replayed = api.endpoints.rotate(who, name, body, key=call.idempotency_key, body=call.raw_body)
    return _tagged(made, 201, _replay(replayed=replayed))


@ROUTES.handle("POST /v1/webhooks/{id}/test", replies={202: BegunReply})
def test_webhook(call: Call, api: WebhooksApi) -> Reply:
    """Send a test message to a webhook endpoint."""
    begun, replayed = api.sent.test(call.who(), call.path["id"], key=call.idempotency_key, body=call.raw_body)
    return Reply(begun, 202, _replay(replayed=replayed))


@ROUTES.handle(
    "GET /v1/webhooks/{id}/deliveries",
    replies={200: DeliveryPage},
    query={**_PAGING, "status": f"Only those that stand so: {', '.join(_STATUSES)}."},
)
def list_deliveries(call: Call, api: WebhooksApi) -> DeliveryPage:
    """List what was sent to a webhook endpoint, newest first, with what it answered."""
    status = _one_of(call, "status", _STATUSES)
    return api.sent.deliveries(
        call.who(), call.path["id"], limit=call.limit(default=20), cursor=call.cursor, status=status
    )


@ROUTES.handle("POST /v1/webhooks/{id}/deliveries/{deliveryId}/redeliver", replies={202: BegunReply})
def redeliver(call: Call, api: WebhooksApi) -> Reply:
    """Send something to a webhook endpoint once more."""
    return Reply(api.sent.redeliver(call.who(), call.path["id"], call.path["deliveryId"]), 202)


@ROUTES.handle("POST /v1/webhooks/{id}/redeliver", request=RedeliverWebhook, replies={202: RedeliveredReply})
def redeliver_all(call: Call, api: WebhooksApi, body: RedeliverWebhook) -> Reply:
    """Send everything that failed since a moment to a webhook endpoint once more."""
    return Reply(api.sent.redeliver_all(call.who(), call.path["id"], body), 202)


@ROUTES.handle("GET /v1/events", replies={200: TenantEventPage}, query={**_PAGING, "type": "Only events of this type."})
def list_events(call: Call, api: WebhooksApi) -> TenantEventPage:
    """List what happened in the tenant, newest first, as it was told to its webhooks."""
    kind = _one_of(call, "type", OFFERED)
    return api.sent.events(call.who(), limit=call.limit(), cursor=call.cursor, kind=kind)


def _one_of(call: Call, name: str, words: tuple[str, ...]) -> str | None:
    value = call.query.get(name)
    if value is not None and value not in words:
        known = ", ".join(words)
        raise BadRequest(f"{name} must be one of {known}.", errors=(FieldError(f"?{name}", f"one of {known}"),))
    return value


def _tagged(made: WebhookReply, status: int = 200, headers: dict[str, str] | None = None) -> Reply:
    return Reply(made, status, {"etag": f'"{made.version}"', **(headers or {})})


def _replay(*, replayed: bool) -> dict[str, str]:
    return {"idempotency-replayed": "true"} if replayed else {}
