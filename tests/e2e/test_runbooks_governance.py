"""Runbooks of what tenants stop, of tool packs and of provenance, carried out as they stand (see test_runbooks)."""

import json
import os
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from scripts.local_platform.edge.deployed import aws_client
from scripts.local_platform.layout import STAGE
from tests.e2e.test_runbooks import carry_out
from tests.local_stack import DEV_FILE, ROOT, LocalStack
from tests.misbehaving import MISBEHAVING, get_stuck, have_misbehaving

pytestmark = [pytest.mark.local_stack, pytest.mark.timeout(300)]
ENVIRONMENT: Final = {
    **os.environ,
    "AMBIT_STATE": str(DEV_FILE.parent),
    "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "layers"))),
}


def ambit(*words: str) -> None:
    command = [sys.executable, "-m", "scripts.ambit_cli.main", *words]
    done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_tenant_that_stopped_everything_is_looked_into_and_its_switch_stays_its_own(
    platform: LocalStack, operator: httpx.Client, tmp_path: Path
) -> None:
    with platform.client("globex-admin", patient=True) as admin:
        body = {"scope": "tenant", "reason": "something is wrong with all of them"}
        switch = admin.post("/v1/tenant/kill-switches", json=body).raise_for_status().json()["switchId"]
        try:
            told = carry_out("own-kill-switch", tmp_path)
            assert switch not in told
            assert operator.delete(f"/v1/kill-switches/{switch}").status_code == 404
            kept = admin.get("/v1/tenant/kill-switches").json()["items"]
            assert switch in {one["switchId"] for one in kept}
        finally:
            admin.delete(f"/v1/tenant/kill-switches/{switch}").raise_for_status()


def test_a_tool_pack_that_was_changed_is_looked_into_and_its_tools_are_taken_away(
    platform: LocalStack, operator: httpx.Client, tmp_path: Path
) -> None:
    name = f"p{uuid.uuid4().hex[:8]}"
    published(name, tmp_path / "signed")
    ambit("packs", "install", name, "1.0.0")
    tool = f"{name}.lookup"
    assert tool in tools(operator)
    changed(platform, name)
    (tmp_path / "away").mkdir()
    told = carry_out("tool-pack-tampered", tmp_path / "away", PACK=name)
    assert name in told
    assert tool not in tools(operator)


def published(name: str, folder: Path) -> None:
    """A pack of one tool, under a publisher's new key."""
    folder.mkdir()
    schema = {"type": "object", "properties": {"id": {"type": "string"}}, "additionalProperties": False}
    tool = {"description": "Look it up.", "inputSchema": schema, "risk": "low", "sideEffects": False}
    target = {"version": "1.0.0", "target": {"http": "https://tools.example.com/lookup"}}
    manifest = {"schema": "ambit-tool-pack/1", "name": name, "version": "1.0.0", "description": "For a test."}
    (folder / "pack.json").write_text(json.dumps({**manifest, "tools": {f"{name}.lookup": {**tool, **target}}}))
    key, pack = folder / "publisher.key", folder / "made.pack"
    ambit("packs", "keygen", str(key))
    ambit("packs", "sign", str(folder / "pack.json"), "--key", str(key), "-o", str(pack))
    ambit("packs", "trust", f"{key}.pub", "--publisher", f"publisher-{name}")
    ambit("packs", "publish", str(pack))


def changed(platform: LocalStack, name: str) -> None:
    """Change the stored version past the API."""
    dynamodb = aws_client("dynamodb", str(platform.described["emulatorUrl"]))
    place = {"TableName": f"ambit-{STAGE}-control"}
    partition: Any = {":p": {"S": f"TENANT#platform#TOOLPACKVERSION#{name}"}}
    [item] = dynamodb.query(**place, KeyConditionExpression="pk = :p", ExpressionAttributeValues=partition)["Items"]
    dynamodb.put_item(**place, Item={**item, "digest": {"S": "0" * 64}})


def tools(operator: httpx.Client) -> set[str]:
    return {
        one["name"]
        for one in operator.get("/v1/platform/tools", params={"limit": 100}).raise_for_status().json()["items"]
    }


def test_where_trusted_tools_answer_too_much_the_run_is_looked_at_and_its_agent_held_for_a_while(
    platform: LocalStack, operator: httpx.Client, tmp_path: Path
) -> None:
    have_misbehaving(operator)
    with platform.client("acme-developer", patient=True) as developer:
        run = get_stuck(developer)
        told = carry_out("provenance-forgotten", tmp_path, TENANT="acme", AGENT=MISBEHAVING, RUN=run, TOOL="files.read")
        assert run in told
        assert "paused" in told
        assert developer.get(f"/v1/agents/{MISBEHAVING}/hold").json()["state"] == "active"
