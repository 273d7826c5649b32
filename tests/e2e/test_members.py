"""Joining a tenant, and being shut out of it, through the public address."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.local_stack import ROOT, eventually

pytestmark = pytest.mark.local_stack
AMBIT = [sys.executable, "-m", "scripts.ambit_cli.main"]
SIGNED_OUT = {name: value for name, value in os.environ.items() if name != "AMBIT_TOKEN"}
NEWCOMER = "acme-newcomer"
EFFECTIVE_SECONDS = 60


@pytest.fixture
def admin(connect: Any) -> httpx.Client:
    client: httpx.Client = connect("acme-admin")
    return client


@pytest.fixture
def newcomer(connect: Any) -> httpx.Client:
    client: httpx.Client = connect(NEWCOMER)
    return client


def invite(admin: httpx.Client, **more: Any) -> dict[str, Any]:
    answer = admin.post("/v1/users/invites", json={"email": "new@acme.test", "roles": ["Tenant.Viewer"], **more})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def change(admin: httpx.Client, user_id: str, **fields: Any) -> None:
    etag = admin.get(f"/v1/users/{user_id}").headers["etag"]
    answer = admin.patch(f"/v1/users/{user_id}", json=fields, headers={"if-match": etag})
    assert answer.status_code == 200, answer.text


@pytest.fixture
def member(admin: httpx.Client, newcomer: httpx.Client) -> dict[str, Any]:
    """The newcomer as a member: of this run, or of an earlier one on the same platform."""
    made = invite(admin)
    answer = newcomer.post("/v1/users/invites/accept", json={"token": made["token"]})
    assert answer.status_code == 201 or answer.json()["code"] == "ALREADY_MEMBER", answer.text
    members = admin.get("/v1/users", params={"limit": 100}).json()["items"]
    return next(dict(one) for one in members if one["principalId"].endswith(f":{NEWCOMER}"))


def test_a_guest_may_accept_an_invite_and_nothing_else(connect: Any, admin: httpx.Client) -> None:
    guest = connect("globex-guest")
    for path in ("/v1/agents", "/v1/runs", "/v1/tenant", "/v1/users", "/v1/audit"):
        assert guest.get(path).status_code == 403
    foreign = invite(admin)
    answer = guest.post("/v1/users/invites/accept", json={"token": foreign["token"]})
    assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")
    assert admin.delete(f"/v1/users/invites/{foreign['inviteId']}").status_code == 204


@pytest.mark.timeout(300)
def test_a_members_roles_count_and_a_disabled_member_is_shut_out_within_a_minute(
    admin: httpx.Client, newcomer: httpx.Client, member: dict[str, Any]
) -> None:
    def allowed() -> bool:
        return newcomer.get("/v1/agents").status_code == 200

    eventually(allowed, seconds=EFFECTIVE_SECONDS, every=1)
    change(admin, member["userId"], status="disabled")
    eventually(lambda: newcomer.get("/v1/agents").status_code == 403, seconds=EFFECTIVE_SECONDS, every=1)
    again = newcomer.post("/v1/users/invites/accept", json={"token": invite(admin)["token"]})
    assert again.status_code == 403
    change(admin, member["userId"], status="active")
    eventually(allowed, seconds=EFFECTIVE_SECONDS, every=1)


def test_a_viewer_by_record_administers_nothing(newcomer: httpx.Client, member: dict[str, Any]) -> None:
    assert newcomer.get("/v1/users").status_code == 403
    body = {"roles": ["Tenant.Admin"]}
    answer = newcomer.patch(f"/v1/users/{member['userId']}", json=body, headers={"if-match": '"1"'})
    assert answer.status_code == 403


def test_an_export_of_the_audit_log_verifies_and_a_changed_one_does_not(
    admin: httpx.Client, member: dict[str, Any], tmp_path: Path
) -> None:
    entries = admin.get("/v1/audit", params={"action": "member.", "limit": 100}).json()["items"]
    assert {"member.joined", "member.invited"} <= {entry["action"] for entry in entries}
    assert member["userId"] in {entry["target"] for entry in entries}
    for kind in ("jsonl", "csv"):
        path = tmp_path / f"audit.{kind}"
        _ambit("audit", "export", "--format", kind, "--out", str(path))
        told = json.loads(_ambit("audit", "verify", str(path), "--json").stdout)
        assert told["holds"]
        assert told["entries"] == told["last"]
        path.write_bytes(path.read_bytes().replace(b"member.joined", b"member.denied", 1))
        assert _ambit("audit", "verify", str(path), expect=1).stderr.startswith("ambit: the audit log is broken")
    newest = admin.get("/v1/audit", params={"limit": 1}).json()["items"][0]
    assert newest["action"] == "audit.exported"


def test_what_an_operator_does_to_a_tenant_is_in_the_tenants_own_log(
    operator: httpx.Client, admin: httpx.Client
) -> None:
    etag = operator.get("/v1/tenants/acme").headers["etag"]
    name = operator.get("/v1/tenants/acme").json()["name"]
    answer = operator.patch("/v1/tenants/acme", json={"name": name}, headers={"if-match": etag})
    assert answer.status_code == 200, answer.text
    (entry,) = admin.get("/v1/audit", params={"action": "tenant.updated", "limit": 1}).json()["items"]
    assert entry["principalId"].endswith(":platform-operator")
    assert operator.get("/v1/audit").status_code == 403


def _ambit(*words: str, expect: int = 0) -> subprocess.CompletedProcess[str]:
    environment = {**SIGNED_OUT, "XDG_CONFIG_HOME": "/nonexistent"}
    done = subprocess.run(
        [*AMBIT, *words], cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == expect, done.stdout + done.stderr
    return done
