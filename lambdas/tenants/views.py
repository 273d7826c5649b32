"""From records to what the API shows. A usage key is never shown."""

import json
from collections.abc import Mapping
from typing import Any

from governance.tiers import limits
from lambdas.tenants.models import OperationFailure, OperationReply, OwnTenantReply, TenantReply
from platform_kit.models import Money


def monthly_budget(record: Mapping[str, Any]) -> int:
    """A tenant's monthly budget in pico-dollars: its own, else its tier's."""
    own = record.get("monthlyBudgetPico")
    return limits(record["tier"]).monthly_budget if own is None else int(own)


def tenant_reply(record: Mapping[str, Any]) -> TenantReply:
    """A tenant for operators."""
    return TenantReply(
        **_shared(record),
        suspended_at=record.get("suspendedAt"),
        suspension_reason=record.get("suspensionReason"),
        deleted_at=record.get("deletedAt"),
        operation_id=record.get("operationId"),
        usage_key_mode=record.get("usageKeyMode", "own") if record.get("usageKeyId") else None,
    )


def own_tenant_reply(record: Mapping[str, Any]) -> OwnTenantReply:
    """A tenant for its own people."""
    return OwnTenantReply(**_shared(record))


def operation_reply(record: Mapping[str, Any]) -> OperationReply:
    """An operation for operators."""
    error, result = record.get("error"), dict(record.get("result") or {})
    document = result.pop("document", None)
    return OperationReply(
        operation_id=record["operationId"],
        kind=record["kind"],
        status=record["status"],
        progress=record["progress"],
        result=result or None,
        error=OperationFailure.model_validate(error) if error else None,
        certificate=json.loads(document) if document else None,
        created_at=record["createdAt"],
        updated_at=record["updatedAt"],
    )


def told_of(record: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """What an audit entry says of a change: from what to what; of an address only that it changed."""
    known = {name: value for name, value in changes.items() if name != "adminEmail"}
    told: dict[str, Any] = {name: {"from": record.get(name), "to": value} for name, value in known.items()}
    return told if known.keys() == changes.keys() else {**told, "adminEmail": "changed"}


def _shared(record: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": record["tenantId"],
        "name": record["name"],
        "status": record["status"],
        "tier": record["tier"],
        "residency": record["residency"],
        "runtime_regions": record.get("runtimeRegions") or None,
        "monthly_budget": Money.from_pico(monthly_budget(record)),
        "admin_email": record.get("adminEmail"),
        "created_at": record["createdAt"],
        "updated_at": record["updatedAt"],
    }
