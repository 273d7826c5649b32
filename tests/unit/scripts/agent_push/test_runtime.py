from __future__ import annotations

import hashlib
import socket
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

from governance.manifest import Manifest
from infra.bundling.agents import AgentPackage
from infra.config import PackageTarget
from scripts.agent_push.errors import PushError, Unreachable
from scripts.agent_push.folder import Agent
from scripts.agent_push.package import Built
from scripts.agent_push.push import control_client
from scripts.agent_push.runtime import Runtimes, runtime_name
from scripts.agent_push.stage import Stage

if TYPE_CHECKING:
    from pathlib import Path

TARGET = PackageTarget((sys.version_info.major, sys.version_info.minor), "x86_64", None)


@pytest.fixture
def agent(tmp_path: Path) -> Agent:
    manifest = Manifest.parse(
        {"name": "echo-agent", "owner": "t", "description": "d", "mode": "sync", "handler": "e.a:app"}
    )
    return Agent(manifest, AgentPackage("echo-agent", "p", tmp_path, ("e",), "e.a", "app"))


@pytest.fixture
def built(tmp_path: Path) -> Built:
    archive = tmp_path / "package.zip"
    archive.write_bytes(b"zip")
    return Built(archive, hashlib.sha256(b"zip").hexdigest(), "10c4")


def stage(*, local: bool = True) -> Stage:
    return Stage(
        name="local" if local else "dev", api_url="http://api", artifact_bucket="artifacts", execution_role="role",
        target=TARGET, session=boto3.Session("k", "s", region_name="us-east-1"),
        runtime_endpoint="http://host" if local else None,
    )  # fmt: skip


class FakeControl:
    """The control plane in a dict; `statuses` are what the next looks at a runtime say."""

    def __init__(self) -> None:
        self.runtimes: dict[str, dict[str, Any]] = {}
        self.statuses: list[str] = []
        self.refuse: ClientError | None = None

    def create_agent_runtime(self, **request: Any) -> dict[str, Any]:
        if self.refuse:
            raise self.refuse
        entry = {"agentRuntimeId": request["agentRuntimeName"], "agentRuntimeArn": f"arn:{request['agentRuntimeName']}",
                 "status": self._status()}  # fmt: skip
        self.runtimes[request["agentRuntimeName"]] = entry | request
        return entry

    def update_agent_runtime(self, **request: Any) -> dict[str, Any]:
        self.runtimes[request["agentRuntimeId"]] |= request | {"status": "READY"}
        return self.runtimes[request["agentRuntimeId"]]

    def get_agent_runtime(self, **request: Any) -> dict[str, Any]:
        entry = self.runtimes[request["agentRuntimeId"]]
        entry["status"] = self._status()
        return entry

    def get_paginator(self, _name: str) -> FakeControl:
        return self

    def paginate(self) -> list[dict[str, Any]]:
        return [{"agentRuntimes": list(self.runtimes.values())}]

    def _status(self) -> str:
        return self.statuses.pop(0) if self.statuses else "READY"


def runtimes(control: FakeControl, at: Stage | None = None, waits: list[float] | None = None) -> Runtimes:
    return Runtimes(control, at or stage(), (waits if waits is not None else []).append)  # type: ignore[arg-type] # a fake


def test_new_content_gets_a_runtime_of_its_own(agent: Agent, built: Built) -> None:
    control = FakeControl()
    arn, done = runtimes(control).ensure(agent, built)
    name = f"ambit_local_echo_agent_{built.digest[:8]}"
    assert (arn, done, list(control.runtimes)) == (f"arn:{name}", "created", [name])
    code = control.runtimes[name]["agentRuntimeArtifact"]["codeConfiguration"]
    assert (code["entryPoint"], code["runtime"]) == (["main.py"], TARGET.agent_runtime)


def test_what_is_there_already_is_kept(agent: Agent, built: Built) -> None:
    control = FakeControl()
    first = runtimes(control).ensure(agent, built)
    assert runtimes(control).ensure(agent, built) == (first[0], "kept")


def test_a_runtime_that_runs_another_package_is_left_as_it_is(agent: Agent, built: Built) -> None:
    """Eight digits of a digest can be found again by trying: what an approved version runs must not change by it."""
    control = FakeControl()
    runtimes(control).ensure(agent, built)
    before = {name: dict(entry) for name, entry in control.runtimes.items()}
    other = replace(built, digest=built.digest[:8] + "0" * 56)
    with pytest.raises(PushError, match="another package"):
        runtimes(control).ensure(agent, other)
    assert control.runtimes == before


def test_a_runtime_whose_last_deployment_failed_is_updated(agent: Agent, built: Built) -> None:
    control = FakeControl()
    runtimes(control).ensure(agent, built)
    control.statuses = ["UPDATE_FAILED"]
    assert runtimes(control).ensure(agent, built)[1] == "updated"


def test_it_waits_until_the_runtime_serves(agent: Agent, built: Built) -> None:
    control, waits = FakeControl(), list[float]()
    control.statuses = ["CREATING", "CREATING", "READY"]
    runtimes(control, waits=waits).ensure(agent, built)
    assert len(waits) == 2


@pytest.mark.parametrize("statuses", [["CREATING", "CREATE_FAILED"], ["CREATING"] * 200])
def test_a_runtime_that_never_serves_is_an_error(agent: Agent, built: Built, statuses: list[str]) -> None:
    control = FakeControl()
    control.statuses = statuses
    with pytest.raises(PushError, match="the runtime is CREAT"):
        runtimes(control).ensure(agent, built)


def test_a_package_that_agentcore_refuses_is_told_in_its_words(agent: Agent, built: Built) -> None:
    control = FakeControl()
    problem = {"Error": {"Code": "ValidationException", "Message": "The agent does not import: KeyError"}}
    control.refuse = ClientError(problem, "CreateAgentRuntime")  # type: ignore[arg-type] # a plain dict
    with pytest.raises(PushError, match="does not import: KeyError"):
        runtimes(control).ensure(agent, built)


def test_in_the_cloud_a_pushed_agent_has_the_stages_network(agent: Agent, built: Built) -> None:
    control = FakeControl()
    control.runtimes["ambit_dev_echo_agent"] = {
        "agentRuntimeName": "ambit_dev_echo_agent", "agentRuntimeId": "ambit_dev_echo_agent",
        "networkConfiguration": {"networkMode": "VPC"},
    }  # fmt: skip
    runtimes(control, stage(local=False)).ensure(agent, built)
    made = control.runtimes[runtime_name("dev", agent, built)]
    assert made["networkConfiguration"] == {"networkMode": "VPC"}


def test_in_the_cloud_nothing_is_pushed_into_a_stage_that_is_not_deployed(agent: Agent, built: Built) -> None:
    with pytest.raises(PushError, match="infra-deploy"):
        runtimes(FakeControl(), stage(local=False)).ensure(agent, built)


def test_what_another_push_has_made_meanwhile_is_kept(agent: Agent, built: Built) -> None:
    control, other = FakeControl(), FakeControl()
    runtimes(other).ensure(agent, built)
    listed = [{}, other.runtimes]
    control.paginate = lambda: [{"agentRuntimes": list(listed.pop(0).values())}]  # type: ignore[method-assign] # a fake
    control.runtimes = other.runtimes
    control.refuse = ClientError({"Error": {"Code": "ConflictException", "Message": "taken"}}, "CreateAgentRuntime")
    assert runtimes(control).ensure(agent, built)[1] == "kept"


def test_a_runtime_that_is_down_is_told_with_what_to_do(agent: Agent, built: Built) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: every connection is refused
        at = replace(stage(), runtime_endpoint=f"http://127.0.0.1:{taken.getsockname()[1]}")
        with pytest.raises(Unreachable, match=r"(?s)does not answer.*make dev.*Nothing was registered"):
            Runtimes(control_client(at), at, lambda _: None).ensure(agent, built)
