"""`/v1/incidents` and the holds of agents: the tenant is the caller's own, whatever the request says."""

from typing import Final

from governance.canary_models import CanaryReply, PutCanary
from governance.incident_models import IncidentPage, IncidentReply, PatchIncident
from governance.incidents import Severity, Status
from governance.instance_models import BulkInstances, BulkReply, InstancePage, InstanceReply, PatchInstance
from lambdas.incidents.models import (
    HoldReply,
    Mitigate,
    MitigationReply,
    PutHold,
    ResetHold,
)
from lambdas.incidents.service import IncidentService, Only
from lambdas.incidents.stop_models import CreateOwnKillSwitch, OwnKillSwitchPage, OwnKillSwitchReply
from platform_kit.api import Call, Reply, Routes

ROUTES: Final = Routes("incidents")
_LIST: Final = {
    "limit": "How many at most, 1 to 100.",
    "cursor": "Where an earlier page ended; with the same filter.",
    "status": "open, mitigated or resolved.",
    "severity": "S1 to S4.",
}
_PAGING: Final = {"limit": _LIST["limit"], "cursor": "Where an earlier page ended."}
_MARKDOWN: Final = "text/markdown; charset=utf-8"


@ROUTES.handle("GET /v1/incidents", replies={200: IncidentPage}, query=_LIST)
def list_incidents(call: Call, service: IncidentService) -> IncidentPage:
    """List the tenant's incidents, newest first."""
    return service.list(call.who(), limit=call.limit(), cursor=call.cursor, only=_only(call))


@ROUTES.handle("GET /v1/incidents/{id}", replies={200: IncidentReply})
def get_incident(call: Call, service: IncidentService) -> Reply:
    """Look at an incident and what happened in it."""
    return _tagged(*service.get(call.who(), call.path["id"]))


@ROUTES.handle("PATCH /v1/incidents/{id}", request=PatchIncident, replies={200: IncidentReply})
def patch_incident(call: Call, service: IncidentService, body: PatchIncident) -> Reply:
    """Say how an incident stands, how grave it is, who looks after it; or add a note."""
    return _tagged(*service.patch(call.who(), call.path["id"], call.if_match(), body))


@ROUTES.handle("POST /v1/incidents/{id}/mitigations", request=Mitigate, replies={200: MitigationReply})
def mitigate_incident(call: Call, service: IncidentService, body: Mitigate) -> MitigationReply:
    """Pause or quarantine an agent, revoke an API key, or end a run, because of an incident. Twice is fine."""
    return service.mitigate(call.who(), call.path["id"], body)


@ROUTES.handle("GET /v1/incidents/{id}/postmortem", replies={200: None}, text=("text/markdown",))
def get_postmortem(call: Call, service: IncidentService) -> Reply:
    """The incident as a document: what happened, what was decided, what was done."""
    incident_id = call.path["id"]
    text = service.postmortem(call.who(), incident_id)
    disposition = f'attachment; filename="{incident_id}.md"'
    return Reply(text, 200, {"content-type": _MARKDOWN, "content-disposition": disposition})


@ROUTES.handle("GET /v1/agents/{agent}/hold", replies={200: HoldReply})
def get_hold(call: Call, service: IncidentService) -> Reply:
    """Whether something holds the tenant's agent back, and what."""
    return _held(*service.hold(call.who(), call.path["agent"]))


@ROUTES.handle("PUT /v1/agents/{agent}/hold", request=PutHold, replies={200: HoldReply})
def put_hold(call: Call, service: IncidentService, body: PutHold) -> Reply:
    """Pause the tenant's agent, or quarantine it: effective for the next start."""
    return _held(*service.put_hold(call.who(), call.path["agent"], call.if_match(), body))


@ROUTES.handle("POST /v1/agents/{agent}/reset", request=ResetHold, replies={200: HoldReply})
def reset_hold(call: Call, service: IncidentService, body: ResetHold) -> Reply:
    """Lift what holds the tenant's agent, and forget the halts that were counted against it."""
    return _held(*service.reset(call.who(), call.path["agent"], body.reason))


@ROUTES.handle("GET /v1/instances", replies={200: InstancePage}, query=_PAGING)
def list_instances(call: Call, service: IncidentService) -> InstancePage:
    """List the tenant's instances, by agent."""
    return service.instances.list(call.who(), limit=call.limit(), cursor=call.cursor)


@ROUTES.handle("GET /v1/instances/{agent}", replies={200: InstanceReply})
def get_instance(call: Call, service: IncidentService) -> Reply:
    """Look at one instance: how it stands, what it may become, how many runs go on."""
    return _versioned(*service.instances.get(call.who(), call.path["agent"]))


@ROUTES.handle("PATCH /v1/instances/{agent}", request=PatchInstance, replies={200: InstanceReply})
def patch_instance(call: Call, service: IncidentService, body: PatchInstance) -> Reply:
    """Make an instance read-only, drain, pause or quarantine it, or let it go on."""
    return _versioned(*service.instances.patch(call.who(), call.path["agent"], call.if_match(), body))


@ROUTES.handle("POST /v1/instances/bulk", request=BulkInstances, replies={200: BulkReply})
def change_instances(call: Call, service: IncidentService, body: BulkInstances) -> BulkReply:
    """Change how several instances stand; the answer says what became of each. Twice is told, and harmless."""
    return service.instances.bulk(call.who(), body)


@ROUTES.handle("GET /v1/instances/{agent}/canary", replies={200: CanaryReply})
def get_canary(call: Call, service: IncidentService) -> Reply:
    """Look at a canary: which share of sessions its candidate has, and what was seen of both versions."""
    return _canary(*service.canaries.get(call.who(), call.path["agent"]))


@ROUTES.handle("PUT /v1/instances/{agent}/canary", request=PutCanary, replies={200: CanaryReply})
def put_canary(call: Call, service: IncidentService, body: PutCanary) -> Reply:
    """Let a share of the sessions with an agent go to its second approved version, or change that share."""
    return _canary(*service.canaries.put(call.who(), call.path["agent"], call.if_match(), body))


@ROUTES.handle("DELETE /v1/instances/{agent}/canary", replies={200: CanaryReply})
def delete_canary(call: Call, service: IncidentService) -> Reply:
    """End a canary: every session goes to what tenants run, within ten seconds."""
    return _canary(*service.canaries.stop(call.who(), call.path["agent"], call.if_match(), "ended on request"))


@ROUTES.handle(
    "GET /v1/tenant/kill-switches",
    replies={200: OwnKillSwitchPage},
    query=_PAGING,
)
def list_own_kill_switches(call: Call, service: IncidentService) -> OwnKillSwitchPage:
    """List what the tenant's administrators have stopped, newest first."""
    return service.switches.list(call.who(), limit=call.limit(), cursor=call.cursor)


@ROUTES.handle("POST /v1/tenant/kill-switches", request=CreateOwnKillSwitch, replies={201: OwnKillSwitchReply})
def set_own_kill_switch(call: Call, service: IncidentService, body: CreateOwnKillSwitch) -> Reply:
    """Stop a run, an agent, or all agents of the tenant's own, within a second."""
    made, replayed = service.switches.set(call.who(), body, key=call.idempotency_key, body=call.raw_body)
    return Reply(made, 201, {"idempotency-replayed": "true"} if replayed else {})


@ROUTES.handle("DELETE /v1/tenant/kill-switches/{id}", replies={204: None})
def clear_own_kill_switch(call: Call, service: IncidentService) -> Reply:
    """Clear a kill switch of the tenant's own: what it stopped may go on, within a second."""
    service.switches.clear(call.who(), call.path["id"])
    return Reply(None, 204)


def _only(call: Call) -> Only:
    return Only(call.choice("status", tuple(Status)), call.choice("severity", tuple(Severity)))


def _held(hold: HoldReply, version: int) -> Reply:
    return Reply(hold, 200, {"etag": f'"{version}"'})


def _versioned(instance: InstanceReply, version: int) -> Reply:
    return Reply(instance, 200, {"etag": f'"{version}"'})


def _canary(canary: CanaryReply, etag: int) -> Reply:
    return Reply(canary, 200, {"etag": f'"{etag}"'})


def _tagged(incident: IncidentReply, etag: int) -> Reply:
    return Reply(incident, 200, {"etag": f'"{etag}"'})
