"""The real emulator with our corrections, on a port of its own, driven with boto3 as a client would."""

from __future__ import annotations

import io
import json
import subprocess
import time
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config

from scripts.bootstrap.paths import EMULATOR_PYTHON
from scripts.local_platform import ports, processes
from scripts.local_platform.emulator.part import emulator_part
from scripts.local_platform.layout import ACCOUNT, REGION, ROOT_KEY, Layout

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROLE_TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
            "Action": ["sts:AssumeRole", "sts:TagSession"],
        },
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"},
        {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"},
    ],
}


@dataclass
class Emulator:
    """A running emulator. `client` speaks as root unless it is given credentials."""

    layout: Layout
    python: str

    def client(self, service: str, credentials: dict[str, str] | None = None) -> Any:
        given = credentials or {"AccessKeyId": ROOT_KEY, "SecretAccessKey": ROOT_KEY}
        return boto3.client(  # type: ignore[call-overload] # the service's name is not a literal here
            service,
            region_name=REGION,
            endpoint_url=self.layout.emulator_url,
            aws_access_key_id=given["AccessKeyId"],
            aws_secret_access_key=given["SecretAccessKey"],
            aws_session_token=given.get("SessionToken"),
            config=Config(
                signature_version="s3v4" if service == "s3" else None,
                retries={"total_max_attempts": 1},
                s3={"addressing_style": "path"},
            ),
        )

    def role(self, name: str, *statements: dict[str, Any]) -> str:
        """A role with exactly these statements; returns its ARN."""
        iam = self.client("iam")
        made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(ROLE_TRUST))
        if statements:
            policy = {"Version": "2012-10-17", "Statement": list(statements)}
            iam.put_role_policy(RoleName=name, PolicyName="exact", PolicyDocument=json.dumps(policy))
        return str(made["Role"]["Arn"])

    def assume(self, role_arn: str, **tags: str) -> dict[str, str]:
        session_tags = [{"Key": key, "Value": value} for key, value in tags.items()]
        answer = self.client("sts").assume_role(RoleArn=role_arn, RoleSessionName="conformance", Tags=session_tags)
        return dict(answer["Credentials"])

    def function(self, name: str, source: str, **variables: str) -> str:
        """A Lambda function of one file with `handler(event, context)`; returns its ARN."""
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("index.py", source)
        made = self.client("lambda").create_function(
            FunctionName=name,
            Runtime="python3.13",
            Role=self.role(f"{name}-role"),
            Handler="index.handler",
            Code={"ZipFile": packed.getvalue()},
            Timeout=10,
            Environment={"Variables": variables},
        )
        return str(made["FunctionArn"])

    def deploy(self, stack: str, resources: dict[str, Any], **outputs: Any) -> dict[str, str]:
        """Create a CloudFormation stack and return its outputs."""
        cloudformation = self.client("cloudformation")
        template = {"Resources": resources, "Outputs": {key: {"Value": value} for key, value in outputs.items()}}
        cloudformation.create_stack(
            StackName=stack, TemplateBody=json.dumps(template), Capabilities=["CAPABILITY_NAMED_IAM"]
        )
        described: dict[str, Any] = {}

        def settled() -> bool:
            described.update(cloudformation.describe_stacks(StackName=stack)["Stacks"][0])
            return not described["StackStatus"].endswith("IN_PROGRESS")

        eventually(settled)
        assert described["StackStatus"] == "CREATE_COMPLETE", described.get("StackStatusReason")
        return {entry["OutputKey"]: entry["OutputValue"] for entry in described.get("Outputs", [])}


def eventually(holds: Callable[[], bool], seconds: float = 60.0) -> None:
    """Poll until a condition holds; fail at the deadline.

    That is far off: the schedules' turn comes every ten seconds, and other tests keep the machine busy.
    """
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "the condition never held"
        time.sleep(0.05)


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    if not EMULATOR_PYTHON.exists():
        pytest.fail("the emulator is not installed: run `make install`")
    state = tmp_path_factory.mktemp("conformance")
    layout = Layout(ports.free_port() - 4566, state)
    processes.ensure(layout, emulator_part(layout))
    version = subprocess.run([EMULATOR_PYTHON, "--version"], capture_output=True, text=True, check=True).stdout
    yield Emulator(layout, version)
    processes.stop(layout, "emulator")


@pytest.fixture(scope="session")
def wait_for() -> Callable[..., None]:
    return eventually
