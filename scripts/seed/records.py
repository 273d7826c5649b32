"""The records that exist before any tenant: the platform's own, and the issuers it trusts."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import boto3
import httpx

from data_access_lib import keys
from data_access_lib.tenant import PLATFORM
from governance.flags import CAPABILITIES, EVERYBODY
from scripts.local_platform.edge.deployed import aws_client, flat_outputs
from scripts.local_platform.layout import AUDIENCE, REGION, ROOT_KEY

if TYPE_CHECKING:
    from scripts.local_platform.layout import Layout

TENANT_ROLES = ["Tenant.Viewer", "Tenant.Developer", "Tenant.Admin"]
PLATFORM_ROLES = ["Platform.Operator", "Platform.Admin"]


def now() -> str:
    """RFC 3339 UTC, to the millisecond."""
    return dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def platform_record(key: str, agents_key: str) -> dict[str, Any]:
    """The reserved tenant `platform`: the usage keys of operators and of running agents."""
    moment = now()
    return {
        # plain strings: boto3 copies what it sends, and a reserved tenant id cannot be made anew
        **{name: str(part) for name, part in keys.tenant_key(PLATFORM)._asdict().items()},
        "tenantId": "platform",
        "name": "Platform",
        "status": "active",
        "tier": "premium",
        "residency": REGION,
        "usageKey": key,
        "agentsUsageKey": agents_key,
        "createdAt": moment,
        "updatedAt": moment,
        "etag": 1,
    }


def issuer_record(iss: str, jwks_uri: str, bound_to: str) -> dict[str, Any]:
    """An issuer as the authoriser reads it. Only a platform-bound one may vouch for platform roles."""
    of_platform, moment = bound_to == "platform", now()
    return {
        **keys.issuer_key(iss)._asdict(),
        "iss": iss,
        "jwksUri": jwks_uri,
        "boundTo": bound_to,
        "audiences": [AUDIENCE],
        "algorithms": ["RS256", "ES256"],
        "tenantClaim": "tenantid",
        "rolesClaim": "roles",
        "allowPlatformRoles": of_platform,
        "allowedRoles": TENANT_ROLES + (PLATFORM_ROLES if of_platform else []),
        "status": "active",
        "createdAt": moment,
        "updatedAt": moment,
        "etag": 1,
    }


def flag_record(name: str, description: str) -> dict[str, Any]:
    """A capability flag that is on for everybody."""
    return {
        **keys.flag_key(name)._asdict(),
        "name": name,
        "description": description,
        "enabled": True,
        "rules": [dict(EVERYBODY)],
        "updatedBy": "svc:seed",
        "updatedAt": now(),
        "etag": 1,
    }


def jwks_uri(iss: str) -> str:
    """Where an issuer publishes its keys, by its discovery document."""
    found = httpx.get(f"{iss}/.well-known/openid-configuration", timeout=10).raise_for_status()
    return str(found.json()["jwks_uri"])


def switch_on(table: Any) -> None:
    """Every capability for everybody, unless its flag is there: what an operator has set stays."""
    for name, description in CAPABILITIES.items():
        with suppress(table.meta.client.exceptions.ConditionalCheckFailedException):
            table.put_item(Item=flag_record(name, description), ConditionExpression="attribute_not_exists(pk)")


def write(layout: Layout) -> str:
    """Write the platform's record, the two issuers and the flags; a note of what was written."""
    outputs = flat_outputs(layout.outputs)
    gateway = aws_client("apigateway", layout.emulator_url)
    values = [
        gateway.get_api_key(apiKey=outputs[name], includeValue=True)["value"]
        for name in ("PlatformApiKeyId", "AgentsApiKeyId")
    ]
    table = boto3.resource(
        "dynamodb",
        region_name=REGION,
        endpoint_url=layout.emulator_url,
        aws_access_key_id=ROOT_KEY,
        aws_secret_access_key=ROOT_KEY,
    ).Table(outputs["ControlTable"])
    table.put_item(Item=platform_record(*values))
    for iss, bound_to in ((layout.issuer, "platform"), (layout.tenant_issuer, "globex")):
        table.put_item(Item=issuer_record(iss, jwks_uri(iss), bound_to))
    switch_on(table)
    return f"platform, 2 issuers, {len(CAPABILITIES)} flags"
