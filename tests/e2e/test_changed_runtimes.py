"""What an agent's runtime runs is what was registered, on the real agent host and through the public API."""

from __future__ import annotations

import json
import re
import uuid
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from infra.config import settings_for
from scripts.agent_push.push import control_client
from scripts.agent_push.stage import local_stage
from scripts.local_platform.edge.deployed import aws_client
from scripts.local_platform.layout import STAGE, layout_from_environment
from tests.agent_versions import published
from tests.e2e.test_runbooks import carry_out

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx

    from tests.local_stack import LocalStack

pytestmark = [pytest.mark.local_stack, pytest.mark.timeout(300)]


@pytest.fixture
def agent() -> str:
    """An agent that nobody knows."""
    return f"t-{uuid.uuid4().hex[:12]}"


@pytest.fixture
def control() -> Any:
    """AgentCore's control plane, as somebody with credentials of the account uses it."""
    return control_client(local_stage(layout_from_environment(), settings_for("local").target))


@contextmanager
def changed(operator: httpx.Client, control: Any, version: str) -> Iterator[None]:
    """The version's runtime is made to run the echo agent's package; at last its own again."""
    runtime, other = runtime_of(operator, version), runtime_of(operator, default_of(operator, "echo-agent"))
    before, theirs = (control.get_agent_runtime(agentRuntimeId=one) for one in (runtime, other))
    run(control, runtime, theirs)
    try:
        yield
    finally:
        run(control, runtime, before)


def run(control: Any, runtime: str, as_this: dict[str, Any]) -> None:
    names = ("agentRuntimeArtifact", "roleArn", "networkConfiguration")
    control.update_agent_runtime(agentRuntimeId=runtime, **{name: as_this[name] for name in names})


def runtime_of(operator: httpx.Client, version: str) -> str:
    arn = operator.get(f"/v1/versions/{version}").raise_for_status().json()["runtimeArn"]
    return str(arn).rpartition("/")[2]


def default_of(operator: httpx.Client, agent: str) -> str:
    return str(operator.get(f"/v1/templates/{agent}").raise_for_status().json()["approvedVersionId"])


def inspect(platform: LocalStack) -> dict[str, int]:
    """What the schedule asks for every five minutes."""
    function = aws_client("lambda", str(platform.described["emulatorUrl"]))
    answer = function.invoke(FunctionName=f"ambit-{STAGE}-agents", Payload=b'{"step": "inspect"}')
    return dict(json.loads(answer["Payload"].read()))


def told_of(operator: httpx.Client, version: str) -> list[str]:
    asked = {"status": "open", "severity": "S1"}
    found = operator.get("/v1/platform/incidents", params=asked).raise_for_status().json()["items"]
    return [one["kind"] for one in found if one["about"] == f"version:{version}"]


def test_a_version_is_not_registered_with_a_runtime_that_runs_another_package(
    operator: httpx.Client, agent: str
) -> None:
    mine = operator.get(f"/v1/versions/{published(operator, agent, 1)}").raise_for_status().json()
    theirs = operator.get(f"/v1/versions/{default_of(operator, 'echo-agent')}").raise_for_status().json()
    names = ("artifactDigest", "artifactKey", "lockDigest", "manifest")
    body = {**{name: mine[name] for name in names}, "runtimeArn": theirs["runtimeArn"]}
    answer = operator.post(f"/v1/templates/{agent}/versions", json=body)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/runtimeArn")
    assert theirs["artifactKey"] in answer.json()["errors"][0]["message"]


def test_a_runtime_that_is_changed_under_a_version_that_serves_is_seen_by_the_schedules_look(
    platform: LocalStack, operator: httpx.Client, agent: str, control: Any
) -> None:
    version = published(operator, agent, 1)
    assert inspect(platform)["held"] >= 1
    assert told_of(operator, version) == []
    with changed(operator, control, version):
        assert inspect(platform)["refused"] >= 1
    assert told_of(operator, version) == ["version-tampered"]


def test_a_runtime_that_is_changed_after_the_evaluations_keeps_its_version_from_tenants(
    operator: httpx.Client, agent: str, control: Any
) -> None:
    first, second = published(operator, agent, 1), published(operator, agent, 2, approve=False)
    with changed(operator, control, second):
        refused = operator.post(f"/v1/versions/{second}/promote", json={"to": "approved"})
    assert (refused.status_code, refused.json()["code"]) == (409, "VERSION_TAMPERED")
    assert default_of(operator, agent) == first
    assert told_of(operator, second) == ["version-tampered"]


def test_a_version_whose_runtime_is_gone_is_found_and_the_one_before_it_comes_back(
    platform: LocalStack, operator: httpx.Client, agent: str, control: Any, tmp_path: Path
) -> None:
    first, second = published(operator, agent, 1), published(operator, agent, 2)
    control.delete_agent_runtime(agentRuntimeId=runtime_of(operator, second))
    assert inspect(platform)["refused"] >= 1
    told = carry_out("versions-not-inspected", tmp_path, AGENT=agent)
    assert re.findall(r"^approvedVersionId +(\w+)$", told, re.MULTILINE) == [second, first, first], told[-2000:]
    assert default_of(operator, agent) == first
