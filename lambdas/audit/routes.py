"""`/v1/audit`: the tenant is the caller's own, whatever the request says."""

import re
from typing import Final

from data_access_lib.tenant import TenantContext, TenantId
from lambdas.audit.formats import MEDIA_TYPES
from lambdas.audit.models import AuditPageReply
from lambdas.audit.service import AuditService, Wanted
from platform_kit.api import Call, Reply, Routes
from platform_kit.errors import BadRequest, FieldError

ROUTES: Final = Routes("audit")
_ORDERS: Final = ("newest", "oldest")
_ACTION: Final = re.compile(r"[a-z][a-z_]{0,31}(?:\.[a-z_]{0,31})?", re.ASCII)
_NUMBER: Final = re.compile(r"[0-9]{1,12}", re.ASCII)
_LIST: Final = {
    "limit": "How many at most, 1 to 100.",
    "cursor": "Where an earlier page ended; with the same order and filter.",
    "order": "newest (the default) or oldest first.",
    "action": "Only entries whose action begins so, such as `member.`.",
    "after": "Only entries with a higher number.",
}
_EXPORT: Final = {
    "format": "jsonl (the default) or csv.",
    "after": "Only entries with a higher number.",
    "through": "Up to this number; where the log ends when it is left out.",
}


@ROUTES.handle("GET /v1/audit", replies={200: AuditPageReply}, query=_LIST)
def list_audit(call: Call, service: AuditService) -> AuditPageReply:
    """Read the tenant's audit log."""
    action = call.query.get("action")
    if action is not None and not _ACTION.fullmatch(action):
        raise _bad("action", "the beginning of an action, such as `member.`")
    newest_first = _choice(call, "order", _ORDERS) == "newest"
    wanted = Wanted(newest_first, action, _number(call, "after") or 0)
    return service.list(_who(call), wanted, limit=call.limit(), cursor=call.cursor)


@ROUTES.handle("GET /v1/audit/export", replies={200: None}, query=_EXPORT, text=("application/x-ndjson", "text/csv"))
def export_audit(call: Call, service: AuditService) -> Reply:
    """Export the audit log in pieces: each at most 10 000 entries, with a `Link` to the next."""
    kind = _choice(call, "format", tuple(MEDIA_TYPES))
    after, through = _number(call, "after") or 0, _number(call, "through")
    made = service.export(_who(call), kind=kind, after=after, through=through)
    name = f"audit-{_who(call).tenant_id}-{after + 1}-{made.last or after}.{kind}"
    headers = {"content-type": MEDIA_TYPES[kind], "content-disposition": f'attachment; filename="{name}"'}
    if made.more:
        following = f"/v1/audit/export?format={kind}&after={made.last}&through={made.through}"
        headers["link"] = f'<{following}>; rel="next"'
    return Reply(made.text, 200, headers)


def _who(call: Call) -> TenantContext:
    identity = call.who()
    return TenantContext(TenantId(identity.tenant()), identity.principal_id)


def _choice(call: Call, name: str, choices: tuple[str, ...]) -> str:
    value = call.query.get(name, choices[0])
    if value not in choices:
        raise _bad(name, f"one of {', '.join(choices)}")
    return value


def _number(call: Call, name: str) -> int | None:
    text = call.query.get(name)
    if text is not None and not _NUMBER.fullmatch(text):
        raise _bad(name, "the number of an entry")
    return None if text is None else int(text)


def _bad(name: str, told: str) -> BadRequest:
    return BadRequest(f"{name} must be {told}.", errors=(FieldError(f"?{name}", told),))
