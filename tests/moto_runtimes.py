"""AgentCore's runtimes on moto, for tests whose versions name one.

moto's ARNs have no runtime's form: these name its runtimes by their ids, as AWS's own do.
"""

import hashlib
from functools import cache
from typing import Any, Final

import boto3

_ACCOUNT: Final = "123456789012"
_ROLE: Final = f"arn:aws:iam::{_ACCOUNT}:role/agent-execution"


@cache
def control(region: str) -> Any:
    """The control plane of a region."""
    keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing", "region_name": region}
    return boto3.client("bedrock-agentcore-control", **keys)  # type: ignore[call-overload]  # by name


def runtime_for(bucket: str, key: str, region: str) -> str:
    """The ARN of the runtime that runs a package: made, or the one there is."""
    name = f"r{hashlib.sha256(f'{bucket}/{key}'.encode()).hexdigest()[:20]}"
    there = control(region).list_agent_runtimes()["agentRuntimes"]
    found = next((one for one in there if one["agentRuntimeName"] == name), None)
    return new_runtime(bucket, key, region, name) if found is None else _arn(region, found)


def new_runtime(bucket: str, key: str, region: str, name: str = "another") -> str:
    """The ARN of a runtime that is made for a package."""
    asked = {"agentRuntimeName": name, "roleArn": _ROLE, **_code(bucket, key)}
    return _arn(region, control(region).create_agent_runtime(**asked))


def change_runtime(arn: str, bucket: str, key: str) -> None:
    """Let a runtime run another package."""
    _, _, _, region, _, resource = arn.split(":")
    control(region).update_agent_runtime(agentRuntimeId=_id(resource), roleArn=_ROLE, **_code(bucket, key))


def delete_runtime(arn: str) -> None:
    """Let there be no such runtime."""
    _, _, _, region, _, resource = arn.split(":")
    control(region).delete_agent_runtime(agentRuntimeId=_id(resource))


def _arn(region: str, found: dict[str, Any]) -> str:
    return f"arn:aws:bedrock-agentcore:{region}:{_ACCOUNT}:runtime/{found['agentRuntimeId']}"


def _id(resource: str) -> str:
    return resource.partition("/")[2]


def _code(bucket: str, key: str) -> dict[str, Any]:
    place = {"code": {"s3": {"bucket": bucket, "prefix": key}}, "runtime": "PYTHON_3_13", "entryPoint": ["main.py"]}
    return {
        "agentRuntimeArtifact": {"codeConfiguration": place},
        "networkConfiguration": {"networkMode": "PUBLIC"},
    }
