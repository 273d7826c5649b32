"""A package that somebody changes in S3 after it was pushed starts nowhere; what runs already goes on."""

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError

from infra.config import settings_for
from scripts.agent_push.push import control_client, s3_client
from scripts.agent_push.stage import local_stage
from scripts.local_platform.layout import layout_from_environment
from tests.e2e.test_push import ambit
from tests.local_stack import LocalStack

pytestmark = [pytest.mark.local_stack, pytest.mark.timeout(300)]


def stage_here() -> Any:
    return local_stage(layout_from_environment(), settings_for("local").target)


@contextmanager
def changed(key: str) -> Iterator[None]:
    """Other bytes under the same name, with the metadata that the true ones have; at last the true ones again."""
    stage = stage_here()
    s3 = s3_client(stage)
    found = s3.get_object(Bucket=stage.artifact_bucket, Key=key)
    body = found["Body"].read()
    s3.put_object(Bucket=stage.artifact_bucket, Key=key, Body=body + b"x", Metadata=found["Metadata"])
    try:
        yield
    finally:
        s3.put_object(Bucket=stage.artifact_bucket, Key=key, Body=body, Metadata=found["Metadata"])


def started_from(key: str) -> None:
    """A runtime of its own from the package that lies there: what a next start is to AgentCore."""
    stage = stage_here()
    place = {"s3": {"bucket": stage.artifact_bucket, "prefix": key}}
    code = {"code": place, "runtime": stage.target.agent_runtime, "entryPoint": ["main.py"]}
    control_client(stage).create_agent_runtime(
        agentRuntimeName=f"corrupted_{uuid.uuid4().hex[:12]}",
        agentRuntimeArtifact={"codeConfiguration": code},
        roleArn=stage.execution_role,
        networkConfiguration={"networkMode": "PUBLIC"},
    )


def test_a_package_that_was_changed_in_the_store_starts_nowhere(
    platform: LocalStack, acme: httpx.Client, tmp_path: Path
) -> None:
    agent = f"t-{uuid.uuid4().hex[:8]}"
    ambit("init", agent, "--template", "basic", "--into", str(tmp_path))
    pushed = json.loads(ambit("push", str(tmp_path / agent), "--json").stdout)
    key, about = f"agents/{agent}/{pushed['artifactDigest']}.zip", f"version:{pushed['versionId']}"
    with changed(key):
        with pytest.raises(ClientError, match="SHA-256 differs"):
            started_from(key)
        refused = ambit("push", str(tmp_path / agent), ok=False)
        assert (refused.returncode, "treat it as an incident" in refused.stderr) == (5, True), refused.stderr
        refused = ambit("versions", "export", pushed["versionId"], "--output", str(tmp_path / "out.ambit"), ok=False)
        assert "VERSION_TAMPERED" in refused.stderr
        with platform.client("platform-operator", patient=True) as operator:
            found = operator.get("/v1/platform/incidents", params={"status": "open", "severity": "S1"}).json()["items"]
        assert [one["kind"] for one in found if one["about"] == about] == ["version-tampered"]
        answer = acme.post(f"/v1/agents/{agent}/invoke", json={"input": "It rains."}).raise_for_status().json()
        assert answer["status"] == "succeeded", "what runs already was unpacked from the true bytes"
