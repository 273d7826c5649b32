"""`/v1/platform/flags` and `/v1/kill-switches`, for operators."""

from typing import Final

from lambdas.flags.models import (
    CreateKillSwitch,
    FlagPage,
    FlagReply,
    KillSwitchPage,
    KillSwitchReply,
    PutFlag,
    PutNamedFlag,
)
from lambdas.flags.service import FlagService, PutOutcome
from platform_kit.api import Call, Reply, Routes

ROUTES: Final = Routes("flags")
_PAGING: Final = {"limit": "How many at most, 1 to 100.", "cursor": "Where an earlier page ended."}


@ROUTES.handle("GET /v1/platform/flags", replies={200: FlagPage}, query=_PAGING)
def list_flags(call: Call, service: FlagService) -> FlagPage:
    """List capability flags by name."""
    return service.flags(call.who(), limit=call.limit(), cursor=call.cursor)


@ROUTES.handle("PUT /v1/platform/flags", request=PutNamedFlag, replies={200: FlagReply, 201: FlagReply})
def put_named_flag(call: Call, service: FlagService, body: PutNamedFlag) -> Reply:
    """Make or change the flag that the body names; effective within 60 s."""
    return _tagged(service.put(call.who(), body.name, _if_match(call), body))


@ROUTES.handle("GET /v1/platform/flags/{name}", replies={200: FlagReply})
def get_flag(call: Call, service: FlagService) -> Reply:
    """Look at one flag."""
    return _tagged(service.flag(call.who(), call.path["name"]))


@ROUTES.handle("PUT /v1/platform/flags/{name}", request=PutFlag, replies={200: FlagReply, 201: FlagReply})
def put_flag(call: Call, service: FlagService, body: PutFlag) -> Reply:
    """Make or change a flag; effective within 60 s."""
    return _tagged(service.put(call.who(), call.path["name"], _if_match(call), body))


@ROUTES.handle("GET /v1/kill-switches", replies={200: KillSwitchPage}, query=_PAGING)
def list_kill_switches(call: Call, service: FlagService) -> KillSwitchPage:
    """List the active kill switches, newest first."""
    return service.switches(call.who(), limit=call.limit(), cursor=call.cursor)


@ROUTES.handle("POST /v1/kill-switches", request=CreateKillSwitch, replies={201: KillSwitchReply})
def set_kill_switch(call: Call, service: FlagService, body: CreateKillSwitch) -> Reply:
    """Stop the platform, a tenant, an agent or a tool, within 60 s."""
    made, replayed = service.set(call.who(), body, key=call.idempotency_key, body=call.raw_body)
    return Reply(made, 201, {"idempotency-replayed": "true"} if replayed else {})


@ROUTES.handle("DELETE /v1/kill-switches/{id}", replies={204: None})
def clear_kill_switch(call: Call, service: FlagService) -> Reply:
    """Clear a kill switch: what it stopped may go on, within 60 s."""
    service.clear(call.who(), call.path["id"])
    return Reply(None, 204)


def _if_match(call: Call) -> int | None:
    """The version given, or None: a new flag has none yet."""
    return call.if_match() if "if-match" in call.headers else None


def _tagged(outcome: PutOutcome) -> Reply:
    return Reply(outcome.flag, 201 if outcome.fresh else 200, {"etag": f'"{outcome.etag}"'})
