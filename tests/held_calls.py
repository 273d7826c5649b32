"""Calls that are held for approval on the running local platform, for tests that need one."""

from __future__ import annotations

import time
import uuid
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import httpx

from tests.local_stack import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

AGENT: Final = "analyst-agent"
_IN_FORCE_SECONDS: Final = 60  # a policy takes hold within 15 s


@contextmanager
def asking(admin: httpx.Client) -> Iterator[None]:
    """The tenant's policy asks for every call of the analyst's; what it was before is put back, and nothing waits."""
    _deny_all(admin)
    found = [item for item in admin.get("/v1/policies").json()["items"] if item.get("agent") == AGENT]
    if not found:
        wanted = {"name": AGENT, "agent": AGENT, "override": {}}
        found = [admin.post("/v1/policies", json=wanted).raise_for_status().json()]
    before = admin.get(f"/v1/policies/{found[0]['policyId']}").json()
    _put(admin, before["policyId"], {"autonomyTier": 0})
    try:
        yield
    finally:
        _put(admin, before["policyId"], before["override"])
        _deny_all(admin)


def held(developer: httpx.Client) -> dict[str, Any]:
    """The approval for which a new run of the analyst's is held."""
    deadline = time.monotonic() + _IN_FORCE_SECONDS
    while time.monotonic() < deadline:
        run_id = _start(developer)
        eventually(lambda run_id=run_id: _asked(developer, run_id) or ended(developer, run_id), seconds=60)  # type: ignore[misc]  # a list or a bool
        if found := _asked(developer, run_id):
            return found[0]
    raise AssertionError("nothing was held")


def ended(developer: httpx.Client, run_id: str) -> bool:
    """Whether a run is over."""
    return developer.get(f"/v1/runs/{run_id}").json()["status"] not in {"queued", "running"}


def status(developer: httpx.Client, approval: dict[str, Any]) -> str:
    """Where an approval stands."""
    return str(developer.get(f"/v1/approvals/{approval['approvalId']}").json()["status"])


def _start(developer: httpx.Client) -> str:
    body = {"name": f"{uuid.uuid4().hex}.csv", "contentType": "text/csv", "bytes": 8}
    file = developer.post("/v1/files", json=body).raise_for_status().json()
    httpx.put(file["uploadUrl"], content=b"a,b\n1,2\n", headers={"content-type": "text/csv"}).raise_for_status()
    wanted, headers = {"input": "profile", "files": [file["fileId"]]}, {"prefer": "respond-async"}
    answer = developer.post(f"/v1/agents/{AGENT}/invoke", json=wanted, headers=headers)
    return str(answer.raise_for_status().json()["runId"])


def _asked(developer: httpx.Client, run_id: str) -> list[dict[str, Any]]:
    items = developer.get("/v1/approvals", params={"status": "pending"}).json()["items"]
    return [item for item in items if item["runId"] == run_id]


def _put(admin: httpx.Client, policy_id: str, override: dict[str, Any]) -> None:
    etag = admin.get(f"/v1/policies/{policy_id}").raise_for_status().headers["etag"]
    changed = admin.put(f"/v1/policies/{policy_id}", json={"override": override}, headers={"if-match": etag})
    changed.raise_for_status()


def _deny_all(admin: httpx.Client) -> None:
    for left in admin.get("/v1/approvals", params={"status": "pending"}).json()["items"]:
        admin.post(f"/v1/approvals/{left['approvalId']}/decision", json={"decision": "deny", "reason": "left over"})
