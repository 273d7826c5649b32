"""Where a stage's parts are: locally by the layout and dev.json, in the cloud by the stacks' outputs."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from infra.config import ConfigurationError, PackageTarget, settings_for
from scripts.agent_push.errors import PushError
from scripts.local_platform.layout import ACCOUNT, REGION, ROOT_KEY, STANDBY_REGION, layout_from_environment
from scripts.local_platform.parts import STANDBY
from scripts.local_platform.processes import recorded

if TYPE_CHECKING:
    from pathlib import Path

    from infra.config import StageSettings
    from scripts.local_platform.layout import Layout

CLOUD_OUTPUTS = ("ArtifactBucket", "AgentExecutionRoleArn")


@dataclass(frozen=True)
class Stage:
    """What a push needs to know of a stage; `issuer` is set where this machine may ask for its own token.

    `approves_pushes` says whether a push goes on to approval by itself, as on a developer's own platform. `standby` is
    the same in the standby region, where packages and runtimes are made too; None when there is none.
    """

    name: str
    api_url: str
    artifact_bucket: str
    execution_role: str
    target: PackageTarget
    session: boto3.Session
    endpoint: str | None = None
    runtime_endpoint: str | None = None
    issuer: str | None = None
    approves_pushes: bool = False
    standby: Stage | None = None


def stage_of(name: str) -> Stage:
    """The stage of that name; raises PushError when there is none, or it is not up."""
    try:
        settings = settings_for(name)
    except ConfigurationError:
        raise PushError(f"--env {name}: must be local, dev, staging or prod") from None
    if name == "local":
        return local_stage(layout_from_environment(), settings.target)
    session = boto3.Session(region_name=settings.region)
    outputs = cloud_outputs(session, name)
    made = Stage(
        name, os.environ.get("AMBIT_API_URL", settings.public_url), outputs["ArtifactBucket"],
        outputs["AgentExecutionRoleArn"], settings.target, session,
    )  # fmt: skip
    return replace(made, standby=standby_of(made, settings)) if settings.standby_region else made


def standby_of(stage: Stage, settings: StageSettings) -> Stage:
    """The stage in its standby region: AgentCore takes packages from a bucket of its own region, named after it."""
    region = settings.standby_region
    bucket = stage.artifact_bucket.replace(settings.region, region)
    return replace(stage, session=boto3.Session(region_name=region), artifact_bucket=bucket)


def local_stage(layout: Layout, target: PackageTarget) -> Stage:
    """The local platform. Names follow the stage's rules; addresses come from dev.json where it is written."""
    described = read_described(layout.dev_json)
    stage = Stage(
        name="local",
        api_url=described.get("apiUrl", layout.public_url),
        artifact_bucket=f"ambit-local-artifacts-{ACCOUNT}-{REGION}",
        execution_role=f"arn:aws:iam::{ACCOUNT}:role/ambit-local-agent-execution",
        target=target,
        session=boto3.Session(ROOT_KEY, ROOT_KEY, region_name=REGION),
        endpoint=described.get("emulatorUrl", layout.emulator_url),
        runtime_endpoint=described.get("agentHostUrl", layout.agent_host_url),
        issuer=described.get("issuer", layout.issuer),
        approves_pushes=True,
    )
    if recorded(layout, STANDBY) is None:
        return stage
    session = boto3.Session(ROOT_KEY, ROOT_KEY, region_name=STANDBY_REGION)
    return replace(stage, standby=replace(stage, session=session, runtime_endpoint=layout.standby_agent_host_url))


def read_described(path: Path) -> dict[str, str]:
    """The strings of dev.json; empty while the platform is still coming up."""
    try:
        described = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return {key: value for key, value in described.items() if isinstance(value, str)}


def cloud_outputs(session: boto3.Session, stage: str) -> dict[str, str]:
    """The outputs of all stacks of a stage that a push needs; raises PushError for one that is missing."""
    pages = session.client("cloudformation").get_paginator("describe_stacks").paginate()
    try:
        outputs = {
            output["OutputKey"]: output["OutputValue"]
            for page in pages
            for stack in page["Stacks"]
            if stack["StackName"].startswith(f"Ambit-{stage}-")
            for output in stack.get("Outputs", [])
        }
    except (ClientError, BotoCoreError) as error:
        raise PushError(f"the stacks of {stage} cannot be read: {error}") from error
    missing = [key for key in CLOUD_OUTPUTS if key not in outputs]
    if missing:
        raise PushError(f"{stage} is not deployed (no output {', '.join(missing)}): make infra-deploy ENV={stage}")
    return outputs
