"""Deploys the CDK app into the local endpoint with the real CDK command line."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from scripts.bootstrap.paths import CDK, ROOT
from scripts.bootstrap.stamps import Stamps, digest
from scripts.local_platform import processes
from scripts.local_platform.edge.deployed import aws_client
from scripts.local_platform.layout import ACCOUNT, REGION, STAGE
from scripts.local_platform.parts import aws_environment, base_environment

if TYPE_CHECKING:
    from scripts.local_platform.layout import Layout

SOURCES = ("infra", "lambdas", "layers", "data_access_lib", "uv.lock", "pyproject.toml", "cdk.json")
# the default synthesiser's bucket for file assets; `cdk bootstrap` would make it on AWS
ASSET_BUCKET = f"cdk-hnb659fds-assets-{ACCOUNT}-{REGION}"


class DeploymentFailed(Exception):
    """`cdk deploy` ended with an error; the message holds the end of its output."""


def endpoint_identity(layout: Layout) -> str:
    """Which start of the emulator this is: a new one has an empty account."""
    record = processes.recorded(layout, "emulator") or {}
    return f"{record.get('pid')}@{record.get('startedAt')}"


def inputs_digest(layout: Layout) -> str:
    """The digest of everything that a deployment is made from."""
    return digest([*(ROOT / name for name in SOURCES), str(layout.offset), endpoint_identity(layout)])


def make_asset_bucket(layout: Layout) -> None:
    """The one thing of `cdk bootstrap` that the local deployment needs."""
    try:
        aws_client("s3", layout.emulator_url).create_bucket(Bucket=ASSET_BUCKET)
    except ClientError as error:
        if error.response["Error"]["Code"] not in {"BucketAlreadyOwnedByYou", "BucketAlreadyExists"}:
            raise


def command(layout: Layout) -> list[str]:
    """The command line, as a person would write it."""
    context = ["-c", f"stage={STAGE}", "-c", f"portOffset={layout.offset}"]
    quiet = ["--require-approval", "never", "--progress", "events", "--no-notices", "--ci"]
    places = ["--output", str(layout.state / "cdk.out"), "--outputs-file", str(layout.outputs)]
    return [str(CDK), "deploy", "--all", *context, *quiet, *places, "--concurrency", "4"]


def deploy(layout: Layout) -> None:
    """Run `cdk deploy`; its output goes to the log `deploy.log`. Raises DeploymentFailed."""
    make_asset_bucket(layout)
    layout.logs.mkdir(parents=True, exist_ok=True)
    log_path = layout.logs / "deploy.log"
    telemetry = {"CDK_DISABLE_CLI_TELEMETRY": "true", "JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION": "1"}
    environment = {**base_environment(), **aws_environment(layout), **telemetry}
    with log_path.open("wb") as log:
        answer = subprocess.run(
            command(layout), cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT, check=False
        )
    if answer.returncode:
        raise DeploymentFailed(f"cdk deploy failed. {log_path} ends:\n{processes.log_tail(layout, 'deploy', 25)}")


def ensure_deployed(layout: Layout) -> str:
    """Deploy when anything it is made from changed; the digest of what is deployed."""
    stamps, wanted = Stamps(layout.stamps), inputs_digest(layout)
    if not (stamps.is_fresh("deploy", wanted) and layout.outputs.exists()):
        stamps.forget("deploy")
        deploy(layout)
        stamps.mark("deploy", wanted)
    return wanted
