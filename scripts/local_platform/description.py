"""Writes `.ambit/dev.json`, by which clients and tests find the platform."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from scripts.local_platform.layout import AUDIENCE, REGION, ROOT_KEY

if TYPE_CHECKING:
    from scripts.local_platform.layout import Layout

TENANTS = {"acme": "standard", "globex": "basic"}
PEOPLE = {"viewer": "Tenant.Viewer", "dev": "Tenant.Developer", "admin": "Tenant.Admin"}
OPERATORS = {"ops@ambit.test": "Platform.Operator", "admin@ambit.test": "Platform.Admin"}


def tenant_entry(tenant: str) -> dict[str, Any]:
    """A tenant with the people who can sign in for it."""
    users = [{"email": f"{name}@{tenant}.test", "roles": [role]} for name, role in PEOPLE.items()]
    return {"id": tenant, "tier": TENANTS[tenant], "users": users}


def describe(layout: Layout) -> dict[str, Any]:
    """The content of dev.json."""
    credentials = {"accessKeyId": ROOT_KEY, "secretAccessKey": ROOT_KEY}
    return {
        "apiUrl": layout.public_url,
        "spaUrl": layout.public_url,
        "issuer": layout.issuer,
        "audience": AUDIENCE,
        "tenants": [tenant_entry(tenant) for tenant in TENANTS],
        "operators": [{"email": email, "roles": [role]} for email, role in OPERATORS.items()],
        "tenantIssuer": layout.tenant_issuer,
        "aws": {"endpointUrl": layout.emulator_url, "region": REGION, **credentials},
        "emulatorUrl": layout.emulator_url,
        "agentHostUrl": layout.agent_host_url,
        "outputs": str(layout.outputs),
        "logs": str(layout.logs),
    }


def write_description(layout: Layout) -> None:
    """Write dev.json in one step, so that a reader never sees half of it."""
    layout.state.mkdir(parents=True, exist_ok=True)
    draft = layout.dev_json.with_suffix(".tmp")
    draft.write_text(json.dumps(describe(layout), indent=2) + "\n", encoding="utf-8")
    draft.replace(layout.dev_json)
