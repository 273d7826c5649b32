"""What people do on the running platform so that a version of high risk can be approved."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from tests.local_stack import ROOT

if TYPE_CHECKING:
    from tests.local_stack import LocalStack


def push_cleared(platform: LocalStack, agent: str) -> None:
    """Push an agent of this repository whose tools are of high risk, with the review and approvals that it takes."""
    command = [sys.executable, "-m", "scripts.agent_push", "--agent", agent, "--env", "local", "--no-smoke"]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True, timeout=200)
    if done.returncode == 0:
        return
    assert "/gates/approvals" in done.stderr, done.stdout + done.stderr
    with platform.client("platform-operator") as operator:
        listed = operator.get("/v1/versions", params={"agent": agent}).raise_for_status().json()["items"]
        version_id = next(one["versionId"] for one in listed if one["status"] == "candidate")
        path = f"/v1/versions/{version_id}"
        asked = operator.post(f"{path}/approvals", json={"reason": "tests"}).raise_for_status().json()["approvalId"]
    ends = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    for who in ("platform-admin", "platform-operator-2"):
        with platform.client(who) as other:
            review = {"kind": "security-review", "expiresAt": ends}
            other.post(f"{path}/certifications", json=review).raise_for_status()
            said = {"decision": "approve", "reason": "tests"}
            other.post(f"{path}/approvals/{asked}/decision", json=said).raise_for_status()
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=200)
