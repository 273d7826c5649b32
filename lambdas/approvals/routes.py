"""`/v1/approvals`: the tenant is the caller's own, whatever the request says. People decide; machines may look."""

from typing import Final

from governance.approvals import Status
from lambdas.approvals.models import ApprovalPage, ApprovalReply, Decide, DecidedReply
from lambdas.approvals.service import ApprovalService
from platform_kit.api import Call, Reply, Routes
from platform_kit.errors import BadRequest, FieldError

ROUTES: Final = Routes("approvals")
_LISTING: Final = {
    "limit": "How many at most, 1 to 100.",
    "cursor": "Where an earlier page ended.",
    "status": "Only those in this state: pending, approved, denied, expired, void or consumed.",
}


@ROUTES.handle("GET /v1/approvals", replies={200: ApprovalPage}, query=_LISTING)
def list_approvals(call: Call, service: ApprovalService) -> ApprovalPage:
    """List what is or was held for approval, newest first, without the arguments."""
    return service.list(call.who(), limit=call.limit(), cursor=call.cursor, status=_status(call))


@ROUTES.handle("GET /v1/approvals/{id}", replies={200: ApprovalReply})
def get_approval(call: Call, service: ApprovalService) -> Reply:
    """Look at what is held: the exact arguments, the risk, and who has decided."""
    return _tagged(service.get(call.who(), call.path["id"]))


@ROUTES.handle("POST /v1/approvals/{id}/decision", request=Decide, replies={200: DecidedReply})
def decide_approval(call: Call, service: ApprovalService, body: Decide) -> Reply:
    """Approve or deny what is held. `If-Match`, where sent, must be its present version."""
    seen = call.if_match() if "if-match" in call.headers else None
    reply, replayed = service.decide(
        call.who(), call.path["id"], body, seen=seen, key=call.idempotency_key, body=call.raw_body
    )
    tagged = _tagged(reply)
    return Reply(reply, 200, {**tagged.headers, **({"idempotency-replayed": "true"} if replayed else {})})


def _status(call: Call) -> str | None:
    text = call.query.get("status")
    if text is not None and text not in {state.value for state in Status}:
        raise BadRequest("There is no such status.", errors=(FieldError("?status", "not a status"),))
    return text


def _tagged(approval: DecidedReply) -> Reply:
    return Reply(approval, 200, {"etag": f'"{approval.version}"'})
