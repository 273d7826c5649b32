"""Versions of agents that are there, made for tests from what their approved version consists of."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from infra.config import settings_for
from scripts.agent_push.push import control_client, s3_client
from scripts.agent_push.stage import local_stage
from scripts.local_platform.edge.deployed import aws_client
from scripts.local_platform.layout import STAGE, layout_from_environment

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import httpx

    from tests.local_stack import LocalStack

_TAKEN: Final = ("artifactDigest", "artifactKey", "lockDigest", "runtimeArn")


def draft(operator: httpx.Client, agent: str, prompt: str, **manifest: Any) -> str:
    """A new version that follows from the approved one: its `system` prompt, and what is changed of its manifest."""
    approved = operator.get(f"/v1/templates/{agent}").raise_for_status().json()["approvedVersionId"]
    parent = operator.get(f"/v1/versions/{approved}").raise_for_status().json()
    changed = {name: value for name, value in {**parent["manifest"], **manifest}.items() if value is not None}
    body = {
        **{name: parent[name] for name in _TAKEN},
        "manifest": changed,
        "prompts": {"system": f"{prompt}\n{uuid4()}"},
        "parent": approved,
    }
    made = operator.post(f"/v1/templates/{agent}/versions", json=body).raise_for_status()
    return str(made.json()["versionId"])


def candidate(operator: httpx.Client, agent: str, prompt: str, **manifest: Any) -> str:
    """Such a version as a candidate: its suites begin by themselves."""
    version = draft(operator, agent, prompt, **manifest)
    operator.post(f"/v1/versions/{version}/promote", json={"to": "candidate", "reason": "a test"}).raise_for_status()
    return version


def published(operator: httpx.Client, agent: str, n: int, *, approve: bool = True) -> str:
    """A version of an agent that nobody runs, the echo agent's code by another name; approved unless told. Its id."""
    about = {"owner": "tests", "description": "For a test.", "mode": "sync", "tierMinimum": "premium"}
    operator.post("/v1/templates", json={"name": agent, **about})
    echo = operator.get("/v1/templates/echo-agent").raise_for_status().json()["approvedVersionId"]
    taken = operator.get(f"/v1/versions/{echo}").raise_for_status().json()
    manifest = {"name": agent, **about, "handler": taken["manifest"]["handler"]}
    body = {
        **{name: taken[name] for name in ("artifactDigest", "lockDigest")},
        "artifactKey": f"agents/{agent}/{taken['artifactDigest']}.zip",
        "runtimeArn": _runs(agent, n, taken),
        "manifest": manifest,
        "prompts": {"system": f"number {n}"},
    }
    made = operator.post(f"/v1/templates/{agent}/versions", json=body).raise_for_status()
    version_id = str(made.json()["versionId"])
    for to in ("candidate", "approved") if approve else ("candidate",):
        operator.post(f"/v1/versions/{version_id}/promote", json={"to": to}).raise_for_status()
    return version_id


def _runs(agent: str, n: int, taken: Mapping[str, Any]) -> str:
    """The ARN of the n-th runtime of a version's package under another agent's name."""
    stage = local_stage(layout_from_environment(), settings_for("local").target)
    s3, control = s3_client(stage), control_client(stage)
    key, name = f"agents/{agent}/{taken['artifactDigest']}.zip", f"tests_{agent.replace('-', '_')}_{n}"
    for one in control.list_agent_runtimes()["agentRuntimes"]:
        if one["agentRuntimeName"] == name:
            return str(one["agentRuntimeArn"])
    source = {"Bucket": stage.artifact_bucket, "Key": taken["artifactKey"]}
    s3.copy_object(Bucket=stage.artifact_bucket, Key=key, CopySource=source)
    place = {"s3": {"bucket": stage.artifact_bucket, "prefix": key}}
    code = {"code": place, "runtime": stage.target.agent_runtime, "entryPoint": ["main.py"]}
    made = control.create_agent_runtime(
        agentRuntimeName=name,
        agentRuntimeArtifact={"codeConfiguration": code},
        roleArn=stage.execution_role,
        networkConfiguration={"networkMode": "PUBLIC"},
    )
    return str(made["agentRuntimeArn"])


def tamper(platform: LocalStack, agent: str, version_id: str) -> None:
    """Change a version's record past the API."""
    aws_client("dynamodb", str(platform.described["emulatorUrl"])).update_item(
        TableName=f"ambit-{STAGE}-control",
        Key={"pk": {"S": f"TENANT#platform#VERSION#{agent}"}, "sk": {"S": version_id}},
        UpdateExpression="SET runtimeArn = :v",
        ExpressionAttributeValues={":v": {"S": "arn:mine"}},
    )


@contextmanager
def restored(admin: httpx.Client, agents: Sequence[str]) -> Iterator[None]:
    """Let the agents go on afterwards, whatever became of them."""
    try:
        yield
    finally:
        admin.post("/v1/instances/bulk", json={"agents": list(agents), "status": "active", "reason": "a test is over"})
