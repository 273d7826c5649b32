"""From what stands in a table to the events that tell of it. The same fact gives the same event, with the same id.

So a fact that is seen twice, after a crash or because a stream repeats itself, is told under one id.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from governance.events.envelope import PlatformEvent
from platform_kit.clock import from_milliseconds, milliseconds, parse_rfc3339, rfc3339
from platform_kit.ids import id_of
from platform_kit.models import Money

Record = Mapping[str, Any]
THRESHOLDS: Final = (50, 80, 100)
"""Percent of a month's budget at which tenants are told."""
_HUNDRED: Final = 100
_METERED: Final = ("inputTokens", "outputTokens", "toolCalls", "durationMs")
_DECIDED: Final = frozenset({"approved", "denied"})
_GIVEN_UP: Final = frozenset({"failing", "gone"})


def of_run(tenant_id: str, run: Record) -> list[PlatformEvent]:
    """What a run that has ended has to tell: of a job that it was, and that it was halted."""
    types = [f"job.{run['status']}"] if run.get("jobId") else []
    if run["status"] == "halted":
        types.append("run.halted")
    also = str(run.get("webhookId") or "")
    return [_made(tenant_id, kind, run["runId"], str(run["finishedAt"]), _of_run(kind, run), also) for kind in types]


def of_approval(tenant_id: str, record: Record) -> PlatformEvent | None:
    """That an approval was asked for, decided, or is over; None for every other state it can be in."""
    status = str(record["status"])
    shared = {
        "approvalId": record["approvalId"],
        "kind": record["kind"],
        **{name: record[name] for name in ("runId", "agent", "tool") if record.get(name)},
        **({"riskLevel": record["risk"]} if record.get("risk") else {}),
        "requiredRoles": list(record["requiredRoles"]),
        "expiresAt": rfc3339(from_milliseconds(int(record["expiresAt"]))),
    }
    if status == "pending":
        at = str(record["createdAt"])
        return _made(tenant_id, "approval.requested", record["approvalId"], at, shared)
    if status == "expired":
        return _made(tenant_id, "approval.expired", record["approvalId"], shared["expiresAt"], shared)
    if status not in _DECIDED:
        return None
    at = str(record.get("decidedAt") or record["createdAt"])
    return _made(tenant_id, "approval.decided", record["approvalId"], at, {**shared, "decision": status})


def of_incident(tenant_id: str, incident: Record) -> PlatformEvent:
    """That an incident was opened."""
    told = {name: incident[name] for name in ("incidentId", "kind", "severity", "about", "openedAt")}
    agent = {"agent": incident["agent"]} if incident.get("agent") else {}
    return _made(tenant_id, "incident.opened", incident["incidentId"], str(incident["openedAt"]), {**told, **agent})


def of_suspension(tenant: Record) -> PlatformEvent | None:
    """That a tenant is suspended; None when it is not."""
    if tenant.get("status") != "suspended":
        return None
    told = {"tenantId": tenant["tenantId"], "suspendedAt": tenant["suspendedAt"]}
    return _made(str(tenant["tenantId"]), "tenant.suspended", tenant["tenantId"], str(tenant["suspendedAt"]), told)


def of_version(tenant_id: str, version: Record, template: Record) -> PlatformEvent | None:
    """That a version was approved or taken back, as its record stands; None for every other state."""
    status, named = version["status"], {"agent": version["agent"], "version": version["versionId"]}
    if status == "approved" and version.get("approvedAt"):
        place = "second" if template.get("secondVersionId") == version["versionId"] else "default"
        told = {**named, "place": place, "approvedAt": version["approvedAt"]}
        at = str(version["approvedAt"])
        return _made(tenant_id, "agent.version.promoted", version["versionId"], at, told)
    if status == "rolled_back":
        at, instead = str(version["updatedAt"]), template.get("approvedVersionId")
        told = {**named, **({"approvedVersion": instead} if instead else {}), "rolledBackAt": at}
        return _made(tenant_id, "agent.version.rolled_back", version["versionId"], at, told)
    return None


def reached(spent: int, limit: int) -> Sequence[int]:
    """The thresholds of a budget that are reached, in percent; both amounts in pico-dollars."""
    return [percent for percent in THRESHOLDS if limit > 0 and spent * _HUNDRED >= limit * percent]


def of_budget(tenant_id: str, month: str, percent: int, spent: int, limit: int, now: datetime) -> PlatformEvent:
    """That a threshold of a month's budget is reached. Who tells it makes sure that it is told once: its id is new."""
    told = {
        "month": month,
        "thresholdPercent": percent,
        "spent": _money(spent),
        "limit": _money(limit),
    }
    return _made(tenant_id, "budget.threshold", f"{month} {percent}", rfc3339(now), told)


def of_webhook(tenant_id: str, endpoint: Record) -> PlatformEvent | None:
    """That the platform disabled an endpoint; None when it did not: who switches one off knows."""
    if endpoint.get("disabledReason") not in _GIVEN_UP:
        return None
    at = str(endpoint["disabledAt"])
    since = {"failingSince": endpoint["failingSince"]} if endpoint.get("failingSince") else {}
    told = {"webhookId": endpoint["webhookId"], "reason": endpoint["disabledReason"], **since, "disabledAt": at}
    return _made(tenant_id, "webhook.disabled", endpoint["webhookId"], at, told)


def of_test(tenant_id: str, webhook_id: str, now: datetime, event_id: str) -> PlatformEvent:
    """A test message to one endpoint."""
    told = {"webhookId": webhook_id}
    return PlatformEvent(event_id, "webhook.test", tenant_id, rfc3339(now), told, only_to=webhook_id)


def of_challenge(tenant_id: str, webhook_id: str, challenge: str, now: datetime, event_id: str) -> PlatformEvent:
    """What an endpoint is asked before it is sent anything else."""
    told = {"webhookId": webhook_id, "challenge": challenge}
    return PlatformEvent(event_id, "webhook.challenge", tenant_id, rfc3339(now), told, only_to=webhook_id)


def _of_run(kind: str, run: Record) -> dict[str, Any]:
    told = {
        "runId": run["runId"],
        **({"jobId": run["jobId"]} if run.get("jobId") else {}),
        "agent": run["agent"],
        "version": run["versionId"],
        "sessionId": run["sessionId"],
        **({"createdAt": run["createdAt"]} if run.get("createdAt") else {}),
        "finishedAt": run["finishedAt"],
        "durationMs": int(run.get("durationMs") or 0),
        "usage": {name: int(run.get(name) or 0) for name in _METERED},
        "cost": _money(int(run.get("costPico") or 0)),
    }
    job = {"status": run["status"], "pollUrl": f"/v1/jobs/{run['jobId']}"} if kind.startswith("job.") else {}
    return {**told, **job}


def _made(tenant_id: str, kind: str, about: str, at: str, data: Record, also_to: str = "") -> PlatformEvent:
    name = f"{tenant_id}\n{kind}\n{about}\n{at}"
    moment = milliseconds(parse_rfc3339(at))
    return PlatformEvent(id_of("evt", moment, name), kind, tenant_id, at, data, also_to=also_to)


def _money(pico: int) -> dict[str, Any]:
    return Money.from_pico(pico).model_dump()
