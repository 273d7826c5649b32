"""Runbooks are carried out as they stand: an operator's `bash` blocks are what is tested."""

import os
import re
import subprocess
import uuid
from pathlib import Path

import httpx
import pytest

from data_access_lib import keys
from data_access_lib.client import TenantScopedTable
from data_access_lib.errors import TenantAccessViolation
from data_access_lib.signals import OpsAccessSignals
from data_access_lib.tenant import TenantContext, TenantId
from platform_kit.ids import new_id
from scripts.local_platform.edge.deployed import aws_client
from scripts.local_platform.layout import STAGE
from tests.local_stack import DEV_FILE, ROOT, LocalStack, eventually
from tests.security.deployed_roles import DeployedRoles

pytestmark = [pytest.mark.local_stack, pytest.mark.timeout(300)]
SUSPENDED = "initech"
# Who is calling is the runbook's to say; which of the platforms of this machine is meant, is not.
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith("AMBIT_") or "PORT" in name}


def blocks_of(name: str) -> list[str]:
    text = (ROOT / "runbooks" / f"{name}.md").read_text(encoding="utf-8")
    return re.findall(r"```bash\n(.*?)```", text, re.DOTALL)


def carry_out(name: str, folder: Path, **environment: str) -> str:
    """Every block of a runbook in one shell, in a folder of its own; what it printed."""
    blocks = blocks_of(name)
    assert len(blocks) >= 2
    script = "set -euo pipefail\n" + "\n".join(blocks)
    path = f"{ROOT / '.ambit' / 'tools' / 'bin'}:{os.environ['PATH']}"
    (folder / ".ambit").symlink_to(DEV_FILE.parent)
    given = {"PATH": path, "UV_PROJECT": str(ROOT), "UV_FROZEN": "1", "UV_NO_SYNC": "1"}
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=folder,
        env={**CLEAN, **given, "XDG_CONFIG_HOME": str(folder / "nobody"), **environment},
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


def test_who_reached_for_another_tenants_data_is_found_and_stopped(
    platform: LocalStack, operator: httpx.Client, tmp_path: Path
) -> None:
    have_active(operator, SUSPENDED)
    principal = f"usr:0badc0de:{uuid.uuid4().hex[:8]}"
    attempted = reach_across(platform, SUSPENDED, principal, "globex")
    told = carry_out("cross-tenant-attempts", tmp_path, TENANT=SUSPENDED)
    (event,) = {line for line in told.splitlines() if principal in line and "tenant.access_violation" not in line}
    assert event.split()[1:] == [principal, "get", f"ambit-{STAGE}-runs", attempted]
    assert [line for line in told.splitlines() if principal in line and "tenant.access_violation" in line]
    assert re.search(r"^status +suspended$", told, re.MULTILINE)
    done = re.findall(rf"^\d+ .* tenant\.(\w+) +{SUSPENDED} ", told, re.MULTILINE)
    assert done[:2] == ["reinstated", "suspended"], told[-2000:]
    assert operator.get(f"/v1/tenants/{SUSPENDED}").json()["status"] == "active"


def reach_across(platform: LocalStack, tenant: str, principal: str, other: str) -> str:
    """What a broken handler does: with the bridge's credentials for one tenant it asks for another's run; its key."""
    roles = DeployedRoles(platform)
    signals = OpsAccessSignals(
        lambda: roles.client("dynamodb", roles.own("bridge")), roles.tables["ops"], emit=lambda _line: None
    )
    client = roles.client("dynamodb", roles.tenant("bridge", tenant))
    table = TenantScopedTable(client, roles.tables["runs"], TenantContext(TenantId(tenant), principal), signals)
    foreign = keys.run_key(TenantId(other), new_id("run"))
    with pytest.raises(TenantAccessViolation):
        table.get(foreign)
    return foreign.pk


def test_a_leaked_key_is_found_refused_and_accounted_for(platform: LocalStack, tmp_path: Path) -> None:
    told = carry_out("key-leak", tmp_path)
    assert len(blocks_of("key-leak")) >= 6
    assert "'succeeded', True)" in told, "the drill's run is found to be the key's"
    (digest,) = re.findall(r"^amb_[0-9A-Za-z]{4} ([0-9a-f]{64})$", told, flags=re.MULTILINE)
    found = owner(platform, digest)
    assert (found["tenantId"]["S"], found["status"]["S"]) == ("acme", "revoked")


def owner(platform: LocalStack, digest: str) -> dict[str, dict[str, str]]:
    """What the runbook's look-up on a stage shows; that it asks for this key, a contract test says."""
    pk, sk = keys.credential_key(digest)
    table = aws_client("dynamodb", str(platform.described["emulatorUrl"]))
    key = {"pk": {"S": pk}, "sk": {"S": sk}}
    return dict(table.get_item(TableName=f"ambit-{STAGE}-control", Key=key)["Item"])
