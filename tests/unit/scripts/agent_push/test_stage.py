from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

from infra.config import PackageTarget
from scripts.agent_push.errors import PushError
from scripts.agent_push.stage import cloud_outputs, local_stage, stage_of
from scripts.local_platform.layout import Layout

if TYPE_CHECKING:
    from pathlib import Path

TARGET = PackageTarget((sys.version_info.major, sys.version_info.minor), "x86_64", None)


def test_the_local_stage_follows_the_layout(tmp_path: Path) -> None:
    stage = local_stage(Layout(300, tmp_path), TARGET)
    assert (stage.endpoint, stage.runtime_endpoint) == ("http://127.0.0.1:4866", "http://127.0.0.1:8399")
    assert stage.artifact_bucket == "ambit-local-artifacts-000000000000-us-east-1"
    assert stage.api_url == "http://127.0.0.1:8380"


def test_dev_json_has_the_last_word_on_addresses(tmp_path: Path) -> None:
    described = {"apiUrl": "http://127.0.0.1:9", "issuer": "http://127.0.0.1:8/oidc", "tenants": []}
    (tmp_path / "dev.json").write_text(json.dumps(described))
    stage = local_stage(Layout(0, tmp_path), TARGET)
    assert (stage.api_url, stage.issuer) == ("http://127.0.0.1:9", "http://127.0.0.1:8/oidc")


def test_a_dev_json_half_written_is_as_none(tmp_path: Path) -> None:
    (tmp_path / "dev.json").write_text('{"apiUrl": "http')
    assert local_stage(Layout(0, tmp_path), TARGET).api_url == "http://127.0.0.1:8080"


def test_an_unknown_stage_is_told_with_those_there_are() -> None:
    with pytest.raises(PushError, match="must be local, dev, staging or prod"):
        stage_of("production")


class FakeStacks:
    """CloudFormation with these stacks."""

    def __init__(self, *stacks: dict[str, Any]) -> None:
        self._stacks = stacks

    def client(self, _name: str) -> FakeStacks:
        return self

    def get_paginator(self, _name: str) -> FakeStacks:
        return self

    def paginate(self) -> list[dict[str, Any]]:
        return [{"Stacks": [stack]} for stack in self._stacks]


def stack(name: str, **outputs: str) -> dict[str, Any]:
    return {"StackName": name, "Outputs": [{"OutputKey": k, "OutputValue": v} for k, v in outputs.items()]}


def test_a_cloud_stage_is_read_from_its_own_stacks() -> None:
    session: Any = FakeStacks(
        stack("Ambit-dev-Data", ArtifactBucket="mine"),
        stack("Ambit-dev-AgentCore", AgentExecutionRoleArn="role"),
        stack("Ambit-prod-Data", ArtifactBucket="another stage's"),
    )
    assert cloud_outputs(session, "dev") == {"ArtifactBucket": "mine", "AgentExecutionRoleArn": "role"}


def test_a_stage_that_is_not_deployed_is_told_with_the_command() -> None:
    session: Any = FakeStacks(stack("Ambit-dev-Data", ArtifactBucket="b"))
    with pytest.raises(PushError, match=r"no output AgentExecutionRoleArn\): make infra-deploy ENV=dev"):
        cloud_outputs(session, "dev")
