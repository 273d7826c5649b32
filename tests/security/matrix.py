"""Who may call what on whose resource, as cases: generated from the OpenAPI document and the table of routes.

nobody                                        401
a tenant that is suspended                    403
a caller whom the table does not let in       403
a resource of another tenant                  404
everybody else                                enters: anything but 401, 403 and 5xx
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from platform_kit.access import Auth, Route, find, permitted
from tests.security.callers import Caller
from tests.security.inventory import is_tenants

DOCUMENT: Final[dict[str, Any]] = json.loads(
    (Path(__file__).resolve().parents[2] / "openapi" / "ambit.openapi.json").read_text(encoding="utf-8")
)
METHODS: Final = ("get", "post", "put", "patch", "delete")
ENTERS: Final = frozenset(range(200, 500)) - {401, 403}
NO_SESSION: Final = frozenset({401, 403})
SIGNED_OUT: Final = frozenset({200})  # `GET /bff/session` says that nobody is signed in


@dataclass(frozen=True)
class Case:
    """One question to the platform: this caller, at this route, with its own id in the path or another tenant's."""

    route: Route
    caller: Caller
    foreign: bool = False

    @property
    def expected(self) -> frozenset[int]:
        """The statuses that are right."""
        if self.route.auth is Auth.PUBLIC:
            return ENTERS
        if self.route.auth is Auth.COOKIE:
            return NO_SESSION if self.route.method == "POST" else SIGNED_OUT  # no caller here is a browser
        if self.caller.credential is None:
            return frozenset({401})
        if self.caller.suspended or not may(self.caller, self.route):
            return frozenset({403})
        return frozenset({404}) if self.foreign else ENTERS

    @property
    def enters(self) -> bool:
        """Whether the caller gets as far as the function."""
        return self.expected is ENTERS

    def __str__(self) -> str:
        return f"{self.caller} {self.route.key}{' (foreign)' if self.foreign else ''}"


def may(caller: Caller, route: Route) -> bool:
    """What the table says."""
    if route.auth is Auth.RUN:
        return caller.credential == "run"
    if caller.credential == "run":
        return False
    return permitted(route, caller.roles, credential=str(caller.credential), scopes=caller.scopes)


def operations() -> list[Route]:
    """The documented operations, each with its row of the table."""
    keys = [(method.upper(), path) for path, item in DOCUMENT["paths"].items() for method in METHODS if method in item]
    routes = [find(*key) for key in keys]
    assert None not in routes, "a documented operation is not in the table of routes"
    return [route for route in routes if route is not None]


def cases(caller: Caller) -> Iterator[Case]:
    """Every operation, with the caller's own ids, and where it names a tenant's resource with another's too."""
    for route in operations():
        yield Case(route, caller)
        if is_tenants(route) and caller.tenant is not None:
            yield Case(route, caller, foreign=True)


def parameters(route: Route) -> set[str]:
    """The names of its query and header parameters."""
    return {item["name"] for item in DOCUMENT["paths"][route.path][route.method.lower()].get("parameters", [])}


BODIES: Final[dict[str, Any]] = {
    "POST /v1/evaluation-suites": {
        "name": "proof",
        "description": "proof",
        "agents": ["no-such-one"],
        "cases": [{"caseId": "a", "input": "x", "scorers": [{"type": "exact", "expected": "x"}]}],
    },
    "POST /v1/evaluation-runs": {"versionId": f"ver_{'0' * 32}", "suite": "no-such-one"},
    "POST /v1/files": {"name": "x.txt", "contentType": "text/plain", "bytes": 1},
    "POST /v1/templates/{id}/versions": {
        "artifactDigest": "0" * 64,
        "lockDigest": "0" * 64,
        "artifactKey": f"agents/no-such-one/{'0' * 64}.zip",
        "runtimeArn": "arn:aws:bedrock-agentcore:us-east-1:000000000000:runtime/x-0123456789",
        "manifest": {},
    },
    "POST /v1/tenants": {"id": "no-such-one", "name": "Nobody", "tier": "basic"},
    "PATCH /v1/tenants/{id}": {"name": "Nobody"},
    "POST /v1/tenants/{id}/import": {"exportOperationId": f"opn_{'0' * 32}"},
    "POST /v1/jobs/cancel": {"jobIds": [f"job_{'0' * 32}"]},
    "POST /v1/tenants/{id}/break-glass": {"reason": "looking at what failed", "minutes": 5},
    "PATCH /v1/tenant": {"name": "Nobody"},
    "POST /v1/api-keys": {"name": "x", "scopes": ["runs:read"]},
    "POST /v1/aws-callers": {"name": "x", "roleArn": "arn:aws:iam::123456789012:role/x", "scopes": ["runs:read"]},
    "POST /v1/policies": {"name": "x", "override": {"autonomyTier": 1}},
    "PUT /v1/policies/{id}": {"override": {"autonomyTier": 1}},
    "POST /v1/budgets": {"name": "x", "limits": {"calls": 1000}},
    "PATCH /v1/budgets/{id}": {"name": "x"},
    "PUT /v1/platform/tools/{name}": {
        "description": "proof",
        "inputSchema": {"type": "object"},
        "risk": "high",
        "sideEffects": True,
        "version": "1",
        "target": {"function": "no-such-function"},
    },
    "POST /v1/tool-pack-publishers": {"publisher": "nobody", "publicKey": "x"},
    "POST /v1/platform/dlq/{queue}/redrive": {},
    "POST /v1/schedules": {
        "name": "matrix",
        "agent": "echo-agent",
        "input": "x",
        "expression": "at(2040-01-01T00:00:00)",
    },
    "PATCH /v1/schedules/{id}": {"name": "matrix"},
    "POST /v1/schedules/preview": {"expression": "rate(1 day)"},
    "POST /v1/platform/dlq/{queue}/purge": {"reason": "x", "confirm": "x"},
    "POST /v1/tool-packs": {"payload": "", "payloadType": "x", "signatures": [{"keyid": "", "sig": ""}]},
    "POST /v1/tool-pack-publishers/{id}/revoke": {"reason": "proof"},
    "PUT /v1/models/{alias}": {"targets": ["local/deterministic"]},
    "POST /v1/policy/simulate": {"agent": "echo-agent", "override": {}},
    "POST /v1/policy/evaluate": {"agent": "echo-agent", "context": {"tool": "files.read"}},
    "POST /v1/approvals/{id}/decision": {"decision": "deny", "reason": "proof"},
    "PATCH /v1/incidents/{id}": {"note": "x"},
    "POST /v1/webhooks": {"url": "https://nobody.invalid/hook", "events": ["*"]},
    "PATCH /v1/webhooks/{id}": {"description": "x"},
    "POST /v1/webhooks/{id}/redeliver": {"since": "2026-01-01T00:00:00Z"},
    "PATCH /v1/platform/incidents/{id}": {"note": "x"},
    "POST /v1/versions/{id}/rollback": {"reason": "x"},
    "POST /v1/versions/{id}/certifications": {"kind": "security-review", "expiresAt": "2026-01-01T00:00:00Z"},
    "POST /v1/versions/{id}/certifications/{certificationId}/revoke": {"reason": "x"},
    "POST /v1/versions/{id}/approvals": {"reason": "x"},
    "POST /v1/versions/{id}/approvals/{approvalId}/decision": {"decision": "deny", "reason": "x"},
    "POST /v1/versions/{id}/break-glass": {"reason": "proof of who may ask"},
    "PATCH /v1/instances/{agent}": {"status": "paused", "reason": "x"},
    "POST /v1/instances/bulk": {"agents": ["no-such-one"], "status": "paused", "reason": "x"},
    "PUT /v1/instances/{agent}/canary": {"percent": 5, "reason": "x"},
    "POST /v1/tenants/{id}/instances/{agent}/canary": {"percent": 5, "reason": "x"},
    "POST /v1/tenants/{id}/instances/bulk": {"agents": ["no-such-one"], "status": "paused", "reason": "x"},
    "POST /v1/incidents/{id}/mitigations": {"action": "revoke", "target": f"key_{'0' * 32}", "reason": "x"},
    "PUT /v1/agents/{agent}/hold": {"state": "paused", "reason": "x"},
    "POST /v1/agents/{agent}/reset": {"reason": "x"},
    "POST /v1/platform/failover": {"target": "us-east-1", "reason": "x"},
    "POST /v1/tenant/kill-switches": {"scope": "run", "target": f"run_{'0' * 32}", "reason": "x"},
    "POST /v1/users/invites": {"email": "nobody@x.test", "roles": ["Tenant.Viewer"]},
    "PATCH /v1/users/{id}": {"roles": ["Tenant.Viewer"]},
    "POST /v1/issuers": {
        "iss": "https://nobody.test",
        "boundTo": "no-such-one",
        "jwksUri": "https://nobody.test/jwks",
        "audiences": ["x"],
    },
    "PATCH /v1/issuers/{id}": {"rolesClaim": "roles"},
    "POST /v1/gateway/openai/v1/chat/completions": {"model": "local", "messages": [{"role": "user", "content": "x"}]},
    "POST /v1/gateway/mcp": {"jsonrpc": "2.0", "id": 1, "method": "tools/list"},
}
"""Valid bodies where the schema alone does not make one."""


def body_of(route: Route) -> Any:
    """A small valid body for the operation; None when it takes none."""
    if route.key in BODIES:
        return BODIES[route.key]
    operation = DOCUMENT["paths"][route.path][route.method.lower()]
    content = operation.get("requestBody", {}).get("content", {})
    return _sample(content["application/json"]["schema"]) if content else None


def _sample(schema: dict[str, Any]) -> Any:
    if "$ref" in schema:
        return _sample(DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    for choice in ("anyOf", "oneOf", "allOf"):
        if choice in schema:
            return _sample(schema[choice][0])
    for fixed in ("const", "default"):
        if fixed in schema:
            return schema[fixed]
    if "enum" in schema or "examples" in schema:
        return (schema.get("enum") or schema["examples"])[0]
    return _SAMPLES[schema.get("type", "object")](schema)


def _object(schema: dict[str, Any]) -> dict[str, Any]:
    properties = schema.get("properties", {})
    wanted = schema.get("required") or list(properties)[: schema.get("minProperties", 0)]
    return {name: _sample(properties[name]) for name in wanted}


_SAMPLES: Final = {
    "object": _object,
    "array": lambda schema: [_sample(schema["items"])] * schema.get("minItems", 0),
    "string": lambda schema: "x" * max(1, schema.get("minLength", 1)),
    "integer": lambda schema: max(1, schema.get("minimum", 1)),
    "number": lambda schema: max(1, schema.get("minimum", 1)),
    "boolean": lambda _schema: False,
    "null": lambda _schema: None,
}
