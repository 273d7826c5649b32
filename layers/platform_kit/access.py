"""The one table of routes: who may call what, and which function serves it.

Everything that must agree about routes is made from this table: the API Gateway resources, the authoriser's policies,
the functions' own check of the matched route, the OpenAPI document and the generated access tests. A route that is not
here does not exist. Read a row as: *method path* — served by — how the caller proves itself — who may — key scope.
"""

from collections.abc import Iterable
from enum import StrEnum
from functools import cache
from typing import Final, NamedTuple


class Auth(StrEnum):
    """How a route's caller proves who it is."""

    PUBLIC = "public"  # nobody in particular
    BEARER = "bearer"  # a person's or a machine's token
    RUN = "run"  # a running agent's token; nothing else is accepted, and it is accepted nowhere else
    COOKIE = "cookie"  # the web app's session


class Role(StrEnum):
    """What a principal may be. Tenant roles act inside one tenant, platform roles on the platform's own routes.

    A guest is a person whom a tenant's issuer vouches for and nobody gave a role yet: it may accept an invite.
    """

    GUEST = "Tenant.Guest"
    VIEWER = "Tenant.Viewer"
    DEVELOPER = "Tenant.Developer"
    ADMIN = "Tenant.Admin"
    OPERATOR = "Platform.Operator"
    PLATFORM_ADMIN = "Platform.Admin"


VIEWERS: Final = frozenset({Role.VIEWER, Role.DEVELOPER, Role.ADMIN})
DEVELOPERS: Final = frozenset({Role.DEVELOPER, Role.ADMIN})
ADMINS: Final = frozenset({Role.ADMIN})
ANY_OF_TENANT: Final = VIEWERS | {Role.GUEST}
OPERATORS: Final = frozenset({Role.OPERATOR, Role.PLATFORM_ADMIN})
PLATFORM_ADMINS: Final = frozenset({Role.PLATFORM_ADMIN})
NOBODY: Final[frozenset[Role]] = frozenset()
SCOPED: Final = frozenset({"key", "aws"})
"""Credentials of machines that hold scopes and no roles: API keys and AWS callers."""


class Route(NamedTuple):  # not a dataclass: that would import `inspect`, 10 ms of the authoriser's cold start
    """One row. `function` names the function that serves it, `scope` what an API key needs to call it."""

    method: str
    path: str
    function: str
    auth: Auth
    roles: frozenset[Role] = NOBODY
    scope: str | None = None
    streaming: bool = False

    @property
    def key(self) -> str:
        """`METHOD /path/{template}`: how a route is named everywhere."""
        return f"{self.method} {self.path}"


def _tenant(
    method: str, path: str, function: str, roles: frozenset[Role], scope: str, *, streaming: bool = False
) -> Route:
    return Route(method, path, function, Auth.BEARER, roles, scope, streaming)


def _operator(method: str, path: str, function: str) -> Route:
    return Route(method, path, function, Auth.BEARER, OPERATORS)


def _admin(method: str, path: str, function: str) -> Route:
    """For a tenant's administrators in person: no scope opens it, so no machine's credential can make another."""
    return Route(method, path, function, Auth.BEARER, ADMINS)


def _people(method: str, path: str, function: str) -> Route:
    """For everybody of a tenant in person: a machine's credential may be for some agents only, and this is of all."""
    return Route(method, path, function, Auth.BEARER, VIEWERS)


def _platform_admin(method: str, path: str, function: str) -> Route:
    return Route(method, path, function, Auth.BEARER, PLATFORM_ADMINS)


def _run(path: str, method: str = "POST") -> Route:
    return Route(method, f"/v1/gateway/{path}", "gateway", Auth.RUN)


ROUTES: Final[tuple[Route, ...]] = (
    Route("GET", "/v1/health", "platform_ops", Auth.PUBLIC),
    _operator("GET", "/v1/platform/health", "platform_ops"),
    _operator("GET", "/v1/platform/security-events", "platform_ops"),
    _operator("GET", "/v1/platform/models", "platform_ops"),
    _operator("GET", "/v1/platform/failover", "failover"),
    _operator("POST", "/v1/platform/failover", "failover"),
    _operator("GET", "/v1/platform/dlq", "dead_letters"),
    _operator("GET", "/v1/platform/dlq/{queue}/messages", "dead_letters"),
    _operator("POST", "/v1/platform/dlq/{queue}/redrive", "dead_letters"),
    _operator("POST", "/v1/platform/dlq/{queue}/purge", "dead_letters"),
    # Running agents
    _tenant("GET", "/v1/agents", "agents", VIEWERS, "agents:read"),
    _tenant("GET", "/v1/agents/{agent}", "agents", VIEWERS, "agents:read"),
    _tenant("POST", "/v1/agents/{agent}/invoke", "bridge", DEVELOPERS, "agents:invoke"),
    _tenant("POST", "/v1/agents/{agent}/stream", "stream", DEVELOPERS, "agents:invoke", streaming=True),
    _tenant("GET", "/v1/runs", "bridge", VIEWERS, "runs:read"),
    _tenant("GET", "/v1/runs/{id}", "bridge", VIEWERS, "runs:read"),
    _tenant("GET", "/v1/runs/{id}/events", "stream", VIEWERS, "runs:read", streaming=True),
    _tenant("POST", "/v1/runs/{id}/cancel", "bridge", DEVELOPERS, "runs:cancel"),
    _tenant("POST", "/v1/runs/{id}/replays", "bridge", DEVELOPERS, "agents:invoke"),
    _tenant("GET", "/v1/runs/{id}/replays", "bridge", VIEWERS, "runs:read"),
    _tenant("GET", "/v1/runs/{id}/replays/{replayId}", "bridge", VIEWERS, "runs:read"),
    _tenant("GET", "/v1/jobs", "bridge", VIEWERS, "runs:read"),
    _tenant("GET", "/v1/jobs/{id}", "bridge", VIEWERS, "runs:read"),
    _tenant("POST", "/v1/jobs/cancel", "bridge", DEVELOPERS, "runs:cancel"),
    _tenant("POST", "/v1/jobs/{id}/requeue", "bridge", DEVELOPERS, "agents:invoke"),
    _tenant("GET", "/v1/sessions", "bridge", VIEWERS, "sessions:read"),
    _tenant("GET", "/v1/sessions/{id}", "bridge", VIEWERS, "sessions:read"),
    # Schedules
    _tenant("POST", "/v1/schedules", "schedules", DEVELOPERS, "schedules:write"),
    _tenant("GET", "/v1/schedules", "schedules", VIEWERS, "schedules:read"),
    _tenant("POST", "/v1/schedules/preview", "schedules", DEVELOPERS, "schedules:write"),
    _tenant("GET", "/v1/schedules/{id}", "schedules", VIEWERS, "schedules:read"),
    _tenant("GET", "/v1/schedules/{id}/preview", "schedules", VIEWERS, "schedules:read"),
    _tenant("PATCH", "/v1/schedules/{id}", "schedules", DEVELOPERS, "schedules:write"),
    _tenant("DELETE", "/v1/schedules/{id}", "schedules", DEVELOPERS, "schedules:write"),
    _tenant("POST", "/v1/schedules/{id}/pause", "schedules", DEVELOPERS, "schedules:write"),
    _tenant("POST", "/v1/schedules/{id}/resume", "schedules", DEVELOPERS, "schedules:write"),
    _tenant("POST", "/v1/schedules/{id}/run", "schedules", DEVELOPERS, "schedules:write"),
    # Files
    _tenant("POST", "/v1/files", "files", DEVELOPERS, "files:write"),
    _tenant("GET", "/v1/files", "files", VIEWERS, "files:read"),
    _tenant("GET", "/v1/files/{id}", "files", VIEWERS, "files:read"),
    _tenant("DELETE", "/v1/files/{id}", "files", DEVELOPERS, "files:write"),
    # Registry: the catalogue is the platform's, so its operators publish
    _operator("POST", "/v1/templates", "agents"),
    _operator("GET", "/v1/templates", "agents"),
    _operator("GET", "/v1/templates/{id}", "agents"),
    _operator("POST", "/v1/templates/{id}/versions", "agents"),
    _operator("GET", "/v1/versions", "agents"),
    _operator("GET", "/v1/versions/{id}", "agents"),
    _operator("GET", "/v1/versions/{id}/artifact", "agents"),
    _operator("POST", "/v1/versions/{id}/promote", "agents"),
    # Evaluations: suites hold the expected answers, so that they are shown to operators alone
    _operator("POST", "/v1/evaluation-suites", "evaluations"),
    _operator("GET", "/v1/evaluation-suites", "evaluations"),
    _operator("GET", "/v1/evaluation-suites/{name}", "evaluations"),
    _operator("POST", "/v1/evaluation-runs", "evaluations"),
    _operator("GET", "/v1/evaluation-runs", "evaluations"),
    _operator("GET", "/v1/evaluation-runs/{id}", "evaluations"),
    _operator("GET", "/v1/evaluation-runs/{id}/cases", "evaluations"),
    _operator("GET", "/v1/evaluation-runs/{id}/comparison", "evaluations"),
    _operator("POST", "/v1/evaluation-runs/{id}/cancel", "evaluations"),
    _operator("POST", "/v1/evaluation-runs/{id}/resume", "evaluations"),
    _operator("POST", "/v1/versions/{id}/rollback", "agents"),
    _operator("GET", "/v1/versions/{id}/gates", "agents"),
    _operator("GET", "/v1/versions/{id}/diff", "agents"),
    _operator("GET", "/v1/templates/{id}/lineage", "agents"),
    _operator("POST", "/v1/versions/{id}/certifications", "agents"),
    _operator("GET", "/v1/versions/{id}/certifications", "agents"),
    _operator("POST", "/v1/versions/{id}/certifications/{certificationId}/revoke", "agents"),
    _operator("POST", "/v1/versions/{id}/approvals", "agents"),
    _operator("GET", "/v1/versions/{id}/approvals", "agents"),
    _operator("POST", "/v1/versions/{id}/approvals/{approvalId}/decision", "agents"),
    _platform_admin("POST", "/v1/versions/{id}/break-glass", "agents"),
    _operator("GET", "/v1/versions/{id}/break-glass", "agents"),
    _platform_admin("POST", "/v1/versions/{id}/break-glass/{requestId}/confirm", "agents"),
    _operator("GET", "/v1/evaluation-runs/{id}/evidence", "evaluations"),
    _operator("GET", "/v1/evidence-keys", "evaluations"),
    # Tenancy
    _operator("POST", "/v1/tenants", "tenants"),
    _operator("GET", "/v1/tenants", "tenants"),
    _operator("GET", "/v1/tenants/{id}", "tenants"),
    _operator("PATCH", "/v1/tenants/{id}", "tenants"),
    _operator("DELETE", "/v1/tenants/{id}", "tenants"),
    _operator("POST", "/v1/tenants/{id}/suspend", "tenants"),
    _operator("POST", "/v1/tenants/{id}/reinstate", "tenants"),
    _operator("POST", "/v1/tenants/{id}/export", "tenants"),
    _operator("POST", "/v1/tenants/{id}/rotate-key", "tenants"),
    _operator("POST", "/v1/tenants/{id}/import", "tenants"),
    _operator("GET", "/v1/operations/{id}", "tenants"),
    _operator("POST", "/v1/platform/retention-sweeps", "tenants"),
    # In an emergency: what a tenant ran, shown to whom has a grant that is open, and entered in the tenant's audit log
    _platform_admin("POST", "/v1/tenants/{id}/break-glass", "bridge"),
    _operator("GET", "/v1/tenants/{id}/break-glass", "bridge"),
    _platform_admin("DELETE", "/v1/tenants/{id}/break-glass/{grantId}", "bridge"),
    _platform_admin("GET", "/v1/tenants/{id}/runs", "bridge"),
    _platform_admin("GET", "/v1/tenants/{id}/runs/{runId}", "bridge"),
    # What operators switch on and stop
    _operator("GET", "/v1/platform/flags", "flags"),
    _operator("PUT", "/v1/platform/flags", "flags"),
    _operator("GET", "/v1/platform/flags/{name}", "flags"),
    _operator("PUT", "/v1/platform/flags/{name}", "flags"),
    _operator("GET", "/v1/kill-switches", "flags"),
    _operator("POST", "/v1/kill-switches", "flags"),
    _operator("DELETE", "/v1/kill-switches/{id}", "flags"),
    _operator("GET", "/v1/platform/incidents", "flags"),
    _operator("GET", "/v1/platform/incidents/{id}", "flags"),
    _operator("PATCH", "/v1/platform/incidents/{id}", "flags"),
    # A tenant's own settings
    _tenant("GET", "/v1/tenant", "tenants", VIEWERS, "tenant:read"),
    _tenant("PATCH", "/v1/tenant", "tenants", ADMINS, "tenant:write"),
    _admin("POST", "/v1/tenant/export", "tenants"),
    _admin("GET", "/v1/tenant/exports/{id}", "tenants"),
    # What a tenant lets its agents do
    _tenant("POST", "/v1/policies", "policies", ADMINS, "policies:write"),
    _tenant("GET", "/v1/policies", "policies", VIEWERS, "policies:read"),
    _tenant("GET", "/v1/policies/{id}", "policies", VIEWERS, "policies:read"),
    _tenant("PUT", "/v1/policies/{id}", "policies", ADMINS, "policies:write"),
    _tenant("POST", "/v1/budgets", "budgets", ADMINS, "budgets:write"),
    _tenant("GET", "/v1/budgets", "budgets", VIEWERS, "budgets:read"),
    _tenant("GET", "/v1/budgets/{id}", "budgets", VIEWERS, "budgets:read"),
    _tenant("PATCH", "/v1/budgets/{id}", "budgets", ADMINS, "budgets:write"),
    _tenant("DELETE", "/v1/budgets/{id}", "budgets", ADMINS, "budgets:write"),
    _tenant("POST", "/v1/policy/evaluate", "policies", VIEWERS, "policies:read"),
    _tenant("GET", "/v1/policy/cedar", "policies", VIEWERS, "policies:read"),
    # It tells of what runs have asked for, so reading policies does not open it.
    _tenant("POST", "/v1/policy/simulate", "policies", ADMINS, "policies:write"),
    # What is held until people have decided; no scope decides
    _tenant("GET", "/v1/approvals", "approvals", VIEWERS, "approvals:read"),
    _tenant("GET", "/v1/approvals/{id}", "approvals", VIEWERS, "approvals:read"),
    Route("POST", "/v1/approvals/{id}/decision", "approvals", Auth.BEARER, DEVELOPERS),
    # Tools: which there are, and those that operators register
    _tenant("GET", "/v1/tools", "tools", VIEWERS, "tools:read"),
    _tenant("GET", "/v1/tools/{name}", "tools", VIEWERS, "tools:read"),
    _operator("GET", "/v1/platform/tools", "tools"),
    _operator("GET", "/v1/platform/tools/{name}", "tools"),
    _operator("PUT", "/v1/platform/tools/{name}", "tools"),
    _operator("DELETE", "/v1/platform/tools/{name}", "tools"),
    # Tools that somebody publishes together, signed, and the keys of those who do
    _operator("POST", "/v1/tool-packs", "tools"),
    _operator("GET", "/v1/tool-packs", "tools"),
    _operator("GET", "/v1/tool-packs/{name}/versions/{version}", "tools"),
    _operator("POST", "/v1/tool-packs/{name}/versions/{version}/install", "tools"),
    _operator("POST", "/v1/tool-packs/{name}/uninstall", "tools"),
    _operator("POST", "/v1/tool-pack-publishers", "tools"),
    _operator("GET", "/v1/tool-pack-publishers", "tools"),
    _operator("POST", "/v1/tool-pack-publishers/{id}/revoke", "tools"),
    # Models: the names that agents ask for, and what a tenant binds them to
    _tenant("GET", "/v1/models", "model_registry", VIEWERS, "models:read"),
    _tenant("GET", "/v1/models/{alias}", "model_registry", VIEWERS, "models:read"),
    _tenant("PUT", "/v1/models/{alias}", "model_registry", ADMINS, "models:write"),
    _tenant("DELETE", "/v1/models/{alias}", "model_registry", ADMINS, "models:write"),
    # What went wrong, and what is done about it
    _tenant("GET", "/v1/incidents", "incidents", VIEWERS, "incidents:read"),
    _tenant("GET", "/v1/incidents/{id}", "incidents", VIEWERS, "incidents:read"),
    _tenant("PATCH", "/v1/incidents/{id}", "incidents", ADMINS, "incidents:write"),
    _admin("POST", "/v1/incidents/{id}/mitigations", "incidents"),
    _tenant("GET", "/v1/incidents/{id}/postmortem", "incidents", VIEWERS, "incidents:read"),
    _tenant("GET", "/v1/agents/{agent}/hold", "incidents", VIEWERS, "incidents:read"),
    _admin("PUT", "/v1/agents/{agent}/hold", "incidents"),
    _admin("POST", "/v1/agents/{agent}/reset", "incidents"),
    # Instances: what a tenant makes of its use of agents, and its operators in its place
    _tenant("GET", "/v1/instances", "incidents", VIEWERS, "incidents:read"),
    _tenant("GET", "/v1/instances/{agent}", "incidents", VIEWERS, "incidents:read"),
    _admin("PATCH", "/v1/instances/{agent}", "incidents"),
    _admin("POST", "/v1/instances/bulk", "incidents"),
    _tenant("GET", "/v1/instances/{agent}/canary", "incidents", VIEWERS, "incidents:read"),
    _admin("PUT", "/v1/instances/{agent}/canary", "incidents"),
    _admin("DELETE", "/v1/instances/{agent}/canary", "incidents"),
    _operator("GET", "/v1/tenants/{id}/instances", "tenant_instances"),
    _operator("POST", "/v1/tenants/{id}/instances/bulk", "tenant_instances"),
    _operator("POST", "/v1/tenants/{id}/instances/{agent}/canary", "tenant_instances"),
    # What a tenant's administrators stop of their own
    _tenant("GET", "/v1/tenant/kill-switches", "incidents", VIEWERS, "incidents:read"),
    _admin("POST", "/v1/tenant/kill-switches", "incidents"),
    _admin("DELETE", "/v1/tenant/kill-switches/{id}", "incidents"),
    # Where events are sent to: administrators in person say so, everybody in the tenant may look
    _admin("POST", "/v1/webhooks", "webhooks"),
    _people("GET", "/v1/webhooks", "webhooks"),
    _people("GET", "/v1/webhooks/{id}", "webhooks"),
    _admin("PATCH", "/v1/webhooks/{id}", "webhooks"),
    _admin("DELETE", "/v1/webhooks/{id}", "webhooks"),
    _admin("POST", "/v1/webhooks/{id}/rotate-secret", "webhooks"),
    _admin("POST", "/v1/webhooks/{id}/test", "webhooks"),
    _people("GET", "/v1/webhooks/{id}/deliveries", "webhooks"),
    _admin("POST", "/v1/webhooks/{id}/deliveries/{deliveryId}/redeliver", "webhooks"),
    _admin("POST", "/v1/webhooks/{id}/redeliver", "webhooks"),
    _people("GET", "/v1/events", "webhooks"),
    # Machines' credentials
    _admin("POST", "/v1/api-keys", "api_keys"),
    _admin("GET", "/v1/api-keys", "api_keys"),
    _admin("GET", "/v1/api-keys/{id}", "api_keys"),
    _admin("POST", "/v1/api-keys/{id}/rotate", "api_keys"),
    _admin("DELETE", "/v1/api-keys/{id}", "api_keys"),
    _admin("POST", "/v1/aws-callers", "api_keys"),
    _admin("GET", "/v1/aws-callers", "api_keys"),
    _admin("DELETE", "/v1/aws-callers/{id}", "api_keys"),
    # People of a tenant, and its audit log
    _admin("GET", "/v1/users", "members"),
    _admin("GET", "/v1/users/{id}", "members"),
    _admin("PATCH", "/v1/users/{id}", "members"),
    _admin("POST", "/v1/users/invites", "members"),
    _admin("GET", "/v1/users/invites", "members"),
    _admin("DELETE", "/v1/users/invites/{id}", "members"),
    Route("POST", "/v1/users/invites/accept", "members", Auth.BEARER, ANY_OF_TENANT),
    # Whom the platform believes
    _platform_admin("POST", "/v1/issuers", "issuers"),
    _operator("GET", "/v1/issuers", "issuers"),
    _operator("GET", "/v1/issuers/{id}", "issuers"),
    _platform_admin("PATCH", "/v1/issuers/{id}", "issuers"),
    _tenant("GET", "/v1/audit", "audit", ADMINS, "audit:read"),
    _tenant("GET", "/v1/audit/export", "audit", ADMINS, "audit:read"),
    _tenant("POST", "/v1/audit/checkpoints", "checkpoints", ADMINS, "audit:read"),
    _tenant("GET", "/v1/audit/checkpoints", "checkpoints", ADMINS, "audit:read"),
    _tenant("GET", "/v1/audit/keys", "checkpoints", ADMINS, "audit:read"),
    _operator("POST", "/v1/tenants/{id}/audit-check", "checkpoints"),
    # What a running agent may reach: its run token opens these and nothing else
    _run("token"),
    _run("heartbeat"),
    _run("events"),
    _run("checkpoints"),
    _run("complete"),
    _run("mcp"),
    *(_run("mcp", method) for method in ("GET", "DELETE")),  # answered 405, as MCP has it where there is no stream
    _run("approvals/{id}"),
    Route("POST", "/v1/gateway/openai/v1/chat/completions", "models", Auth.RUN, streaming=True),
    Route("GET", "/v1/gateway/openai/v1/models", "models", Auth.RUN, streaming=True),
    # The web app's session
    Route("GET", "/bff/login", "bff", Auth.PUBLIC),
    Route("GET", "/bff/callback", "bff", Auth.PUBLIC),
    Route("GET", "/bff/session", "bff", Auth.COOKIE),
    Route("POST", "/bff/token", "bff", Auth.COOKIE),
    Route("POST", "/bff/logout", "bff", Auth.COOKIE),
)


@cache
def _by_key() -> dict[str, Route]:
    return {route.key: route for route in ROUTES}


def find(method: str, path_template: str) -> Route | None:
    """The row for a method and path template (`/v1/runs/{id}`), or None: then the call is refused."""
    return _by_key().get(f"{method} {path_template}")


def served_by(function: str) -> tuple[Route, ...]:
    """The rows one function serves."""
    return tuple(route for route in ROUTES if route.function == function)


def permitted(route: Route, roles: Iterable[str], *, credential: str = "jwt", scopes: Iterable[str] = ()) -> bool:
    """Whether a principal may call a bearer route: by one of its roles, or, for a machine's credential, by a scope.

    Everything else is False: no credential may call by both, and a route without a scope is closed to machines' keys.
    """
    if route.auth is not Auth.BEARER:
        return False
    if credential in SCOPED:
        return route.scope is not None and route.scope in scopes
    return not route.roles.isdisjoint(roles)
