"""Every operation of the running API, fuzzed from its own description: no 5xx, no undocumented status."""

import json
import os
from collections.abc import Iterator
from typing import Any, Final

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis import checks
from schemathesis.specs.openapi.checks import (
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.local_stack import ROOT, LocalStack, eventually

pytestmark = pytest.mark.local_stack
FUZZED: Final = "umbrella"
"""A tenant of its own: a budget or a policy that is made up really binds whoever has it."""
WRITTEN: Final = (ROOT / "openapi" / "ambit.openapi.json").read_text(encoding="utf-8")
DOCUMENT: Final[dict[str, Any]] = json.loads(WRITTEN.replace('"acme"', f'"{FUZZED}"'))
schema = schemathesis.openapi.from_dict(DOCUMENT)
EXAMPLES: Final = int(os.environ.get("AMBIT_FUZZ_EXAMPLES", "4"))
"""Of each operation: few, since there are many operations; a night may take more."""
EXPECTED: Final = [
    checks.not_a_server_error,
    status_code_conformance,
    response_schema_conformance,
    response_headers_conformance,
]


def _client(operation: Any) -> str | None:
    roles = operation.definition.raw.get("x-ambit-roles", [])
    if any(role.startswith("Platform.") for role in roles):
        return "platform-operator"
    return f"{FUZZED}-admin" if roles else None


@pytest.fixture(scope="module")
def operator(platform: LocalStack) -> Iterator[httpx.Client]:
    with platform.client("platform-operator", patient=True) as client:
        yield client


@pytest.fixture(scope="module", autouse=True)
def fuzzed(operator: httpx.Client) -> None:
    if operator.get(f"/v1/tenants/{FUZZED}").status_code == httpx.codes.NOT_FOUND:
        body = {"id": FUZZED, "name": "Umbrella", "tier": "standard"}
        operator.post("/v1/tenants", json=body).raise_for_status()
    eventually(lambda: operator.get(f"/v1/tenants/{FUZZED}").json()["status"] == "active", seconds=60)


@pytest.fixture(scope="module")
def admin(platform: LocalStack, fuzzed: None) -> Iterator[httpx.Client]:
    with platform.client(f"{FUZZED}-admin", patient=True) as client:
        yield client


@pytest.fixture(autouse=True)
def as_it_was(operator: httpx.Client, admin: httpx.Client) -> Iterator[None]:
    """What is fuzzed really happens: switches that stop agents are cleared again, flags are set as they were."""
    before = _flags(operator)
    yield
    for client, path in ((operator, "/v1/kill-switches"), (admin, "/v1/tenant/kill-switches")):
        for switch in client.get(path).raise_for_status().json()["items"]:
            client.delete(f"{path}/{switch['switchId']}").raise_for_status()
    for name in [name for name, flag in _flags(operator).items() if before.get(name, flag) != flag]:
        etag = operator.get(f"/v1/platform/flags/{name}").headers["etag"]
        body = {key: before[name][key] for key in ("enabled", "rules", "description") if key in before[name]}
        operator.put(f"/v1/platform/flags/{name}", json=body, headers={"if-match": etag})


def _flags(operator: httpx.Client) -> dict[str, Any]:
    return {flag["name"]: flag for flag in operator.get("/v1/platform/flags").raise_for_status().json()["items"]}


@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_every_answer_is_a_documented_one(case: Any, platform: LocalStack) -> None:
    who = _client(case.operation)
    headers = {"authorization": f"Bearer {platform.token(who)}"} if who else {}
    case.call_and_validate(base_url=platform.api_url, headers=headers, checks=EXPECTED, timeout=60)
