"""What runs need on moto: a signing key, agents in the catalogue, tenants, and a stand-in for the agent runtime."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import pytest

from tests.functional.fake_runtime import FakeRuntime, running_runtime
from tests.functional.moto_platform import REGION, client, platform_on_moto, switch_on, table
from tests.version_records import version_item

TENANTS: Final = {"acme": ("standard", "active"), "globex": ("basic", "active"), "initech": ("basic", "suspended")}
STATE_MACHINE: Final = "arn:aws:states:us-east-1:123456789012:stateMachine:ambit-test-run"
AGENTS: Final = {
    "echo-agent": ("sync", "basic"),
    "echo-stream": ("streaming", "basic"),
    "echo-async": ("async", "basic"),
    "premium-agent": ("sync", "premium"),
}


def version_of(agent: str) -> str:
    """The approved version of an agent."""
    return f"ver_{list(AGENTS).index(agent):032x}"


@contextmanager
def runs_on_moto(monkeypatch: pytest.MonkeyPatch, **environment: str) -> Iterator[FakeRuntime]:
    """Tables, key and catalogue, and the environment of the functions that run agents."""
    with running_runtime() as runtime, platform_on_moto(monkeypatch, **environment):
        key = client("kms").create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
        settings = {
            "RUN_TOKEN_KEY_ARN": key["KeyMetadata"]["Arn"],
            "GATEWAY_URL": "https://api.test/v1/gateway",
            "RUN_STATE_MACHINE_ARN": STATE_MACHINE,
            "AWS_ENDPOINT_URL_BEDROCK_AGENTCORE": runtime.url,
            "SYNC_TIMEOUT_SECONDS": "25",
            "STREAM_TIMEOUT_SECONDS": "30",
            **environment,
        }
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        seed()
        yield runtime


def seed() -> None:
    """Tenants, agents and flags as provisioning, the registry and operators leave them."""
    switch_on()
    control = table("control")
    for tenant, (tier, status) in TENANTS.items():
        record = {"tenantId": tenant, "tier": tier, "status": status, "residency": REGION}
        control.put_item(Item={"pk": "TENANT#platform#TENANT", "sk": tenant, **record})
    for agent, (mode, minimum) in AGENTS.items():
        publish(agent, mode, minimum)


def publish(agent: str, mode: str, minimum: str, **more: object) -> None:
    """An agent with one approved version; `more` joins its template."""
    version = version_of(agent)
    template = {"name": agent, "description": "For tests.", "mode": mode, "tierMinimum": minimum, **more}
    template |= {"approvedVersionId": version, "etag": 1}
    table("control").put_item(Item={"pk": "TENANT#platform#TEMPLATE", "sk": agent, **template})
    release(agent)


def release(agent: str, manifest: object = None, **more: object) -> None:
    """The agent's approved version, of this manifest."""
    table("control").put_item(Item=version_item(agent, version_of(agent), manifest, **more))


def stored_run(tenant: str, run_id: str) -> dict[str, Any]:
    """A run as it is stored."""
    return dict(table("runs").get_item(Key={"pk": f"TENANT#{tenant}#RUN#{run_id}", "sk": "META"})["Item"])


def budget(tenant: str) -> dict[str, int]:
    """A tenant's money of all months and shards, in pico-dollars."""
    items = [item for item in table("ops").scan()["Items"] if item["pk"].startswith(f"TENANT#{tenant}#BUDGET#")]
    return {name: sum(int(item[name]) for item in items) for name in ("remaining", "reserved", "spent", "limit")}
