"""`/v1/platform/flags`, `/v1/kill-switches` and `/v1/platform/incidents`, for operators."""

from typing import Final

from governance.incident_models import IncidentPage, IncidentReply, PatchIncident
from governance.incidents import Severity, Status
from lambdas.flags.incidents import Only
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
_INCIDENTS: Final = {**_PAGING, "status": "open, mitigated or resolved.", "severity": "S1 to S4."}


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
    """Stop the platform, a tenant, an agent, a tool or a run, within a second."""
    made, replayed = service.set(call.who(), body, key=call.idempotency_key, body=call.raw_body)
    return Reply(made, 201, {"idempotency-replayed": "true"} if replayed else {})


@ROUTES.handle("DELETE /v1/kill-switches/{id}", replies={204: None})
def clear_kill_switch(call: Call, service: FlagService) -> Reply:
    """Clear a kill switch: what it stopped may go on, within a second."""
    service.clear(call.who(), call.path["id"])
    return Reply(None, 204)


@ROUTES.handle("GET /v1/platform/incidents", replies={200: IncidentPage}, query=_INCIDENTS)
def list_platform_incidents(call: Call, service: FlagService) -> IncidentPage:
    """List the platform's own incidents, newest first."""
    only = Only(call.choice("status", tuple(Status)), call.choice("severity", tuple(Severity)))
    return service.incidents.list(call.who(), limit=call.limit(), cursor=call.cursor, only=only)


@ROUTES.handle("GET /v1/platform/incidents/{id}", replies={200: IncidentReply})
def get_platform_incident(call: Call, service: FlagService) -> Reply:
    """Look at one of the platform's incidents."""
    return _incident(*service.incidents.get(call.who(), call.path["id"]))


@ROUTES.handle("PATCH /v1/platform/incidents/{id}", request=PatchIncident, replies={200: IncidentReply})
def patch_platform_incident(call: Call, service: FlagService, body: PatchIncident) -> Reply:
    """Say how one of the platform's incidents stands."""
    return _incident(*service.incidents.patch(call.who(), call.path["id"], call.if_match(), body))


def _incident(incident: IncidentReply, etag: int) -> Reply:
    return Reply(incident, 200, {"etag": f'"{etag}"'})


def _if_match(call: Call) -> int | None:
    """The version given, or None: a new flag has none yet."""
    return call.if_match() if "if-match" in call.headers else None


def _tagged(outcome: PutOutcome) -> Reply:
    return Reply(outcome.flag, 201 if outcome.fresh else 200, {"etag": f'"{outcome.etag}"'})
