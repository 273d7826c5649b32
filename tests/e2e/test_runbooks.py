"""Runbooks are carried out as they stand: an operator's `bash` blocks are what is tested."""

import os
import re
import subprocess
import uuid
from pathlib import Path

import httpx
import pytest

from tests.local_stack import DEV_FILE, ROOT, LocalStack, eventually

pytestmark = [pytest.mark.local_stack, pytest.mark.timeout(300)]
SUSPENDED = "initech"


def carry_out(name: str, folder: Path, **environment: str) -> str:
    """Every block of a runbook in one shell, in a folder of its own; what it printed."""
    blocks = re.findall(r"```bash\n(.*?)```", (ROOT / "runbooks" / f"{name}.md").read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) >= 2
    script = "set -euo pipefail\n" + "\n".join(blocks)
    path = f"{ROOT / '.ambit' / 'tools' / 'bin'}:{os.environ['PATH']}"
    (folder / ".ambit").symlink_to(DEV_FILE.parent)
    given = {"PATH": path, "UV_PROJECT": str(ROOT), "UV_FROZEN": "1", "UV_NO_SYNC": "1"}
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=folder,
        env={**os.environ, **given, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout


def have_active(operator: httpx.Client, tenant: str) -> None:
    found = operator.get(f"/v1/tenants/{tenant}")
    if found.status_code == 404:
        body = {"id": tenant, "name": tenant.title(), "tier": "basic"}
        operator.post("/v1/tenants", json=body).raise_for_status()
    elif found.json()["status"] == "suspended":
        operator.post(f"/v1/tenants/{tenant}/reinstate").raise_for_status()
    eventually(lambda: operator.get(f"/v1/tenants/{tenant}").json()["status"] == "active", seconds=60)


def test_signing_keys_are_rotated_and_nobody_notices(platform: LocalStack, tmp_path: Path) -> None:
    carry_out("signing-key-rotation", tmp_path)


def test_a_tenant_is_suspended_and_reinstated(operator: httpx.Client, tmp_path: Path) -> None:
    have_active(operator, SUSPENDED)
    carry_out("tenant-suspension", tmp_path, TENANT=SUSPENDED)
    assert operator.get(f"/v1/tenants/{SUSPENDED}").json()["status"] == "active"


def test_a_tenant_is_deleted_and_a_certificate_says_so(operator: httpx.Client, tmp_path: Path) -> None:
    tenant = f"leaver-{uuid.uuid4().hex[:8]}"
    have_active(operator, tenant)
    carry_out("tenant-deletion", tmp_path, TENANT=tenant)
    assert (tmp_path / f"export-{tenant}" / "manifest.json").is_file()
    assert operator.get(f"/v1/tenants/{tenant}").json()["status"] == "deleted"
