"""What each tenant really has on the running platform: one id for each kind of resource that a path may name.

A kind is made here, or found in its list; a new one of either sort takes part by itself.
"""

from __future__ import annotations

import os
import re
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import httpx

from platform_kit.access import ROUTES, Role, Route
from tests.held_calls import asking, held
from tests.local_stack import eventually
from tests.misbehaving import forgive, get_stuck, have_misbehaving
from tests.security.callers import TENANTS

if TYPE_CHECKING:
    from tests.local_stack import LocalStack

ABSENT: Final = "0" * 32
PORT_OFFSET: Final = int(os.environ.get("AMBIT_PORT_OFFSET", "0"))
SHARED: Final = frozenset({"agents", "instances", "models", "tools"})
"""Collections whose names are everybody's: an instance is named by its agent."""
_PREFIXES: Final = {"sessions": "ses", "operations": "opn", "api-keys": "key", "aws-callers": "awc", "webhooks": "whk"}
_PREFIXES |= {
    "approvals": "apr",
    "users": "usr",
    "invites": "inv",
    "kill-switches": "ksw",
    "issuers": "iss",
    "exports": "opn",
    "evaluation-runs": "evl",
    "schedules": "sch",
    "replays": "rpl",
}
_ID: Final = re.compile(r"[a-z]{3}_[0-9a-f]{32}")

QUERIES: Final = {"GET /v1/policy/cedar": "?agent=echo-agent"}
"""What must be asked along, where a route is nothing without it."""


def collection(route: Route) -> str | None:
    """`runs` for `/v1/runs/{id}/events`; None when the path names nothing."""
    before, brace, _ = route.path.partition("/{")
    return before.rpartition("/")[2] if brace else None


def is_tenants(route: Route) -> bool:
    """Whether its path names something that one tenant has."""
    named = collection(route)
    return named is not None and named not in SHARED and not route.roles.isdisjoint({Role.ADMIN, Role.VIEWER})


@dataclass
class Inventory:
    """Ids by tenant and collection, and each tenant's run record."""

    ids: dict[str, dict[str, str]] = field(default_factory=dict)
    runs: dict[str, dict[str, Any]] = field(default_factory=dict)

    def id_of(self, tenant: str, kind: str) -> str:
        """A tenant's id of that kind; one that names nothing when it has none."""
        return self.ids.get(tenant, {}).get(kind) or absent(kind)

    def marks(self, tenant: str) -> set[str]:
        """What shows that a text is of this tenant's data."""
        return {*self.ids[tenant].values(), words_of(tenant)} - {"echo-agent"}

    def path(self, route: Route, tenant: str | None) -> str:
        """The route's path with a tenant's own id in every parameter; with None, ids that name nothing."""
        kind = collection(route)
        if kind is None:
            return route.path + QUERIES.get(route.key, "")
        value = absent(kind) if tenant is None else self.id_of(tenant, kind)
        replay = self.ids.get(str(tenant), {}).get("replays") or absent("replays")
        return re.sub(r"\{[^}]+\}", value, route.path.replace("{replayId}", replay))


def absent(kind: str) -> str:
    """A well-formed id that names nothing."""
    if kind in SHARED or kind in {"tenants", "flags", "templates", "evaluation-suites"}:
        return "no-such-one"
    return f"{_PREFIXES.get(kind, kind[:3])}_{ABSENT}"


SEEDS: Final[dict[str, dict[str, Any]]] = {
    "api-keys": {"name": "proof", "scopes": ["runs:read"]},
    "aws-callers": {"name": "proof", "scopes": ["runs:read"], "roleArn": "arn:aws:iam::123456789012:role/{tenant}"},
    "budgets": {"name": "proof", "limits": {"calls": 100000}},
    "policies": {"name": "proof", "override": {"autonomyTier": 2}},
    "webhooks": {"url": f"http://127.0.0.1:{8098 + PORT_OFFSET}/{{tenant}}", "events": ["job.*"]},
    "schedules": {"name": "proof", "agent": "echo-agent", "input": "proof", "expression": "at(2040-01-01T00:00:00)"},
    "invites": {"email": "nobody@{tenant}.test", "roles": ["Tenant.Viewer"]},
}
"""How an administrator makes one of a kind that has none yet."""


def take(platform: LocalStack) -> Inventory:
    """Make one of everything for each tenant."""
    inventory = Inventory()
    with platform.client("platform-operator") as operator:
        have_misbehaving(operator)
    for tenant in TENANTS:
        developer, admin = (platform.client(f"{tenant}-{role}", patient=True) for role in ("developer", "admin"))
        with developer, admin:
            run, mine = _make(developer, words_of(tenant))
            mine["approvals"] = _approval(developer, admin)
            get_stuck(developer)  # which opens an incident
            eventually(lambda admin=admin: _first(admin, "/v1/incidents"))  # type: ignore[misc]  # a string
            forgive(admin)
            _have_member(platform, admin, tenant)
            mine |= _listed(admin, mine, tenant)
            mine["exports"] = admin.post("/v1/tenant/export").raise_for_status().json()["operationId"]
        inventory.runs[tenant], inventory.ids[tenant] = run, mine | {"agents": "echo-agent"}
    return inventory


def words_of(tenant: str) -> str:
    """What stands in a tenant's run, file and file name, and nowhere else."""
    return f"only {tenant} says this"


def _make(developer: httpx.Client, words: str) -> tuple[dict[str, Any], dict[str, str]]:
    """A run with its job, session and replay, and a file."""
    later = developer.post(
        "/v1/agents/echo-agent/invoke", json={"input": words}, headers={"prefer": "respond-async"}
    ).raise_for_status()
    job = later.json()["jobId"]
    eventually(lambda: developer.get(f"/v1/jobs/{job}").json()["status"] == "succeeded")
    run: dict[str, Any] = developer.get(f"/v1/runs/{later.json()['runId']}").json()
    description = {"name": f"{words}.txt", "contentType": "text/plain", "bytes": len(words)}
    file = developer.post("/v1/files", json=description).raise_for_status().json()
    httpx.put(file["uploadUrl"], content=words.encode(), headers={"content-type": "text/plain"}).raise_for_status()
    replay = developer.post(f"/v1/runs/{run['runId']}/replays", json={}).raise_for_status().json()
    made = {"runs": run["runId"], "jobs": job, "sessions": run["sessionId"], "files": file["fileId"]}
    made["replays"] = replay["replayId"]
    return run, made


def _approval(developer: httpx.Client, admin: httpx.Client) -> str:
    """A call that is held; the one there is, when an earlier proof has left one."""
    if left := _first(developer, "/v1/approvals"):
        return left
    with asking(admin):
        return str(held(developer)["approvalId"])


def _have_member(platform: LocalStack, admin: httpx.Client, tenant: str) -> None:
    """Let the viewer join by an invite, with the role it has anyway, unless somebody has joined before."""
    if admin.get("/v1/users").raise_for_status().json()["items"]:
        return
    wanted = {"email": f"viewer@{tenant}.test", "roles": ["Tenant.Viewer"]}
    invite = admin.post("/v1/users/invites", json=wanted).raise_for_status().json()
    with platform.client(f"{tenant}-viewer") as viewer:
        viewer.post("/v1/users/invites/accept", json={"token": invite["token"]}).raise_for_status()


def _listed(admin: httpx.Client, known: dict[str, str], tenant: str) -> dict[str, str]:
    """The first entry of each list that an admin may see; one is made where there is none and it is known how."""
    named = {str(collection(route)) for route in ROUTES if is_tenants(route)} - known.keys()
    mine = (route.path for route in ROUTES if route.method == "GET" and "{" not in route.path)
    lists = {path.rpartition("/")[2]: path for path in mine}
    found = {
        kind: _first(admin, lists[kind]) or _seed(admin, lists[kind], kind, tenant) for kind in named & lists.keys()
    }
    return {kind: one for kind, one in found.items() if one}


def _first(admin: httpx.Client, path: str) -> str:
    items = admin.get(path).raise_for_status().json()["items"]
    return _id_in(items[0]) if items else ""


def _seed(admin: httpx.Client, path: str, kind: str, tenant: str) -> str:
    if kind not in SEEDS:
        return ""
    body = {
        name: value.replace("{tenant}", tenant) if isinstance(value, str) else value
        for name, value in SEEDS[kind].items()
    }
    made = admin.post(path, json=body, headers={"idempotency-key": uuid.uuid4().hex})
    return _id_in(made.raise_for_status().json())


def _id_in(item: dict[str, Any]) -> str:
    return next((value for value in item.values() if isinstance(value, str) and _ID.fullmatch(value)), "")
