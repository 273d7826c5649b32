"""Creates the two tenants through the public API, as an operator would."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import httpx

from governance.pinning import EVALUATION_TENANT
from scripts.local_platform.description import TENANTS
from scripts.local_platform.tokens import client_token
from scripts.seed.errors import SeedFailed

if TYPE_CHECKING:
    from scripts.local_platform.layout import Layout

PROVISION_SECONDS = 60
POLL_SECONDS = 0.2
NAMES = {"acme": "Acme Corporation", "globex": "Globex", EVALUATION_TENANT: "Evaluations"}


def operator(layout: Layout) -> httpx.Client:
    """The public API as an operator of the platform."""
    token = client_token(layout.issuer, "platform-operator")
    return httpx.Client(base_url=layout.public_url, headers={"authorization": f"Bearer {token}"}, timeout=30)


def request(api: httpx.Client, tenant: str, tier: str) -> None:
    """Ask for a tenant; one that exists is left as it is."""
    answer = api.post(
        "/v1/tenants",
        json={"id": tenant, "name": NAMES[tenant], "tier": tier},
        headers={"idempotency-key": f"seed-{tenant}-{time.time_ns()}"},
    )
    if answer.status_code not in {200, 201, 202, 409}:
        raise SeedFailed(f"POST /v1/tenants for {tenant}: {answer.status_code} {answer.text[:500]}")


def wait_until_active(api: httpx.Client, tenant: str) -> None:
    """Poll the tenant until its provisioning has ended; SeedFailed unless it is active."""
    deadline = time.monotonic() + PROVISION_SECONDS
    while True:
        answer = api.get(f"/v1/tenants/{tenant}")
        status = answer.json().get("status") if answer.is_success else f"{answer.status_code} {answer.text[:300]}"
        if status == "active":
            return
        if status != "provisioning" or time.monotonic() > deadline:
            raise SeedFailed(f"tenant {tenant} is {status}")
        time.sleep(POLL_SECONDS)


def create(layout: Layout) -> str:
    """Create the tenants and wait for both; a note of what was made."""
    with operator(layout) as api:
        for tenant, tier in TENANTS.items():
            request(api, tenant, tier)
        for tenant in TENANTS:
            wait_until_active(api, tenant)
    return ", ".join(f"{tenant} ({tier})" for tenant, tier in TENANTS.items())
