"""The steps of a push, each shown with its time."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx
from botocore.config import Config

from infra.bundling.agents import AGENTS
from scripts.agent_push.credentials import operator_token, tenant_token
from scripts.agent_push.errors import PushError
from scripts.agent_push.package import build, find_agent
from scripts.agent_push.registry import Registry, smoke
from scripts.agent_push.runtime import Runtimes, artifact_key, upload
from scripts.bootstrap.progress import step

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from scripts.agent_push.package import Agent, Built
    from scripts.agent_push.stage import Stage

API_SECONDS = 30.0


@dataclass(frozen=True)
class Pushed:
    """What a push ended with; `changed` is False when everything was there already."""

    agent: str
    version_id: str
    content_hash: str
    runtime_arn: str
    changed: bool


def push(name: str, stage: Stage, *, with_smoke: bool = True, folder: Path = AGENTS) -> Pushed:
    """Package, upload, run, register, approve and try an agent; raises PushError.

    Nothing is done twice: a package that is approved and running already costs a few look-ups.
    """
    with step("read the manifest") as running:
        agent = find_agent(name, folder)
        running.note = f"{agent.manifest.name}, {agent.manifest.mode.value}"
    with step("package") as running:
        built = build(agent, stage.target)
        running.note = f"{built.archive.stat().st_size / 1e6:.1f} MB, sha256 {built.content_hash[:12]}"
    with api_client(stage, operator_token(stage)) as api:
        pushed = deploy(agent, built, stage, Registry(api))
    if with_smoke and pushed.changed:
        try_out(agent, stage)
    return pushed


def deploy(agent: Agent, built: Built, stage: Stage, registry: Registry) -> Pushed:
    """Make the built package the agent's approved version."""
    with step("upload") as running:
        sent = upload(s3_client(stage), stage.artifact_bucket, artifact_key(agent, built), built)
        running.note = "sent" if sent else "there already"
    with step("runtime") as running:
        arn, running.note = Runtimes(control_client(stage), stage, time.sleep).ensure(agent, built)
        done = running.note
    with step("register and approve") as running:
        version, new = register(agent, built, arn, registry)
        approved = registry.approve(version)
        running.note = f"{version['versionId']} {'approved' if approved else 'was approved'}"
    changed = sent or done != "kept" or new or approved
    return Pushed(agent.manifest.name, version["versionId"], built.content_hash, arn, changed)


def register(agent: Agent, built: Built, arn: str, registry: Registry) -> tuple[dict[str, Any], bool]:
    """The version's record, and whether it was made now. Raises PushError when it names another runtime."""
    name = agent.manifest.name
    registry.ensure_template(agent.manifest)
    version, new = registry.create_version(
        name,
        {
            "artifactDigest": built.content_hash,
            "artifactKey": artifact_key(agent, built),
            "lockDigest": built.lock_digest,
            "prompts": {},
            "manifest": agent.manifest.as_dict(),
            "runtimeArn": arn,
        },
    )
    if version["runtimeArn"] != arn:
        raise PushError(
            f"version {version['versionId']} of this content names {version['runtimeArn']}, which is gone: "
            "versions never change, so change the agent (its description will do) and push again"
        )
    return version, new


def try_out(agent: Agent, stage: Stage) -> None:
    """One invocation through the public API, where this machine has a tenant's token."""
    with step("smoke") as running:
        token = tenant_token(stage)
        if token is None:
            running.note = "skipped: set AMBIT_TOKEN to a tenant developer's token"
            return
        with api_client(stage, token) as api:
            running.note = smoke(api, agent.manifest)


def api_client(stage: Stage, token: str) -> httpx.Client:
    """A client of the stage's public API."""
    return httpx.Client(base_url=stage.api_url, headers={"authorization": f"Bearer {token}"}, timeout=API_SECONDS)


def s3_client(stage: Stage) -> Any:
    """S3 of the stage; by path locally, where bucket host names do not resolve."""
    style = {"addressing_style": "path" if stage.endpoint else "auto"}
    return stage.session.client("s3", endpoint_url=stage.endpoint, config=Config(s3=style))  # type: ignore[arg-type] # a plain dict


def control_client(stage: Stage) -> Any:
    """The AgentCore control plane of the stage; importing a package may take a while."""
    config = Config(read_timeout=120, retries={"total_max_attempts": 1})
    return stage.session.client("bedrock-agentcore-control", endpoint_url=stage.runtime_endpoint, config=config)
