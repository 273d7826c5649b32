"""The certificate of deletion: what was there, that nothing is left, what is kept and until when. And the tombstone.

It does not claim more than is so: what lies in backups without having been sealed is readable there until they expire.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from data_access_lib import keys
from data_access_lib.inventory import KINDS
from data_access_lib.repositories.audit import AuditDraft, canonical
from data_access_lib.tenant import TenantId
from lambdas.lifecycle.models import PlatformRecords
from lambdas.lifecycle.parts import digest
from platform_kit.clock import rfc3339
from platform_kit.observability import count

SCHEMA: Final = "ambit-deletion/1"
RECOVERY: Final = timedelta(days=35)  # DynamoDB's point-in-time recovery
KEPT_BY_LAW: Final = timedelta(days=3653)  # ten years: what commercial law asks of accounting records at most
SECURITY: Final = timedelta(days=400)
_SEALED: Final = (
    "content that was sealed lies in them without the KMS keys that its data keys are wrapped by: it cannot be read; "
    "what was not sealed can: members, names of files, details of audit entries, ids, states and times"
)
_NEVER_SEALED: Final = "the tenant had no key of its own: nothing in them is sealed by one"
_TOMBSTONE: Final = frozenset({"tenantId", "tier", "residency", "operationId", "createdAt", "etag"})

Item = Mapping[str, Any]


@dataclass(frozen=True)
class Facts:
    """What a certificate says: the operation, the tenant's record, the deletion's cursor, and the time."""

    operation: Item
    record: Item
    cursor: Item
    now: datetime


def certify(facts: Facts, platform: PlatformRecords) -> dict[str, Any]:
    """Store the certificate, write it into the platform's audit chain, leave the tombstone; the operation's result."""
    certificate = written(facts)
    body = canonical(certificate)
    tenant_id, operation_id = TenantId(facts.record["tenantId"]), facts.operation["operationId"]
    place = keys.certificate_object(tenant_id, operation_id)
    platform.keep_certificate(place, body)
    detail = {"operationId": operation_id, "certificate": place, "sha256": digest(body)}
    platform.audit.append(AuditDraft("tenant.deleted", tenant_id, detail=detail))
    _bury(facts, platform)
    count("TenantDeleted")
    return {"certificate": place, "sha256": digest(body), "document": json.dumps(certificate, ensure_ascii=False)}


def written(facts: Facts) -> dict[str, Any]:
    """The certificate itself."""
    cursor, operation = facts.cursor, facts.operation
    return {
        "schema": SCHEMA,
        "tenantId": facts.record["tenantId"],
        "operationId": operation["operationId"],
        "requestedBy": operation["requestedBy"],
        "requestedAt": operation["createdAt"],
        "closedAt": cursor["closed_at"],
        "completedAt": rfc3339(facts.now),
        "erased": {
            "items": dict(sorted(cursor["items"].items())),
            "objectVersions": cursor["versions"],
            "credentials": cursor["credentials"],
            "issuers": cursor["issuers"],
            "runsCancelled": cursor["runs"],
        },
        "keys": _keys(cursor),
        "sweep": cursor["sweep"],
        "kept": _kept(facts.now),
        "backups": _backups(facts),
    }


def _keys(cursor: Item) -> dict[str, Any]:
    shredded = cursor["shredded"]
    return {
        "what": "the tenant's own KMS keys, disabled and deleted at the time given, and its data keys, wrapped by them",
        "shreddedAt": shredded["at"],
        "kms": shredded["keys"],
        "dataKeysErased": cursor["data_keys"],
    }


def _backups(facts: Facts) -> dict[str, Any]:
    return {
        "what": "point-in-time recovery of the tables; after a restore a tenant with a tombstone is deleted again",
        "until": _day(facts.now, RECOVERY),
        "sealed": _SEALED if facts.cursor["shredded"]["keys"] else _NEVER_SEALED,
    }


def _kept(now: datetime) -> list[dict[str, str]]:
    law = _day(now, KEPT_BY_LAW)
    return [
        *({"what": f"{kind.name}: {kind.holds}", "why": kind.kept, "until": law} for kind in KINDS if kind.kept),
        {"what": "TENANT: id, tier, region and dates", "why": "the id is not given out again", "until": "no end"},
        {"what": "OPERATION: what operators had done", "why": "proof, this certificate included", "until": law},
        {
            "what": "SECURITY: refused accesses and operators' accesses, by principal id",
            "why": "evidence of attacks",
            "until": _day(now, SECURITY),
        },
    ]


def _bury(facts: Facts, platform: PlatformRecords) -> None:
    """Leave of the record what keeps the id from being used again."""
    record, now = facts.record, rfc3339(facts.now)
    fields = {"status": "deleted", "name": record["tenantId"], "deletedAt": now, "updatedAt": now}
    gone = tuple(name for name in record if name not in _TOMBSTONE | fields.keys())
    platform.tenants.update(TenantId(record["tenantId"]), record["etag"], fields, remove=gone)


def _day(now: datetime, span: timedelta) -> str:
    return (now + span).date().isoformat()
