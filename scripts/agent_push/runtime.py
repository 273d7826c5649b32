"""The agent's AgentCore runtime.

Every package has a runtime of its own, because a version names its runtime by ARN alone and AgentCore's
default endpoint always serves the latest code: pushing a candidate must not change what tenants already run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from scripts.agent_push.errors import PushError, Unreachable

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_bedrock_agentcore_control import BedrockAgentCoreControlClient

    from governance.manifest import Manifest
    from scripts.agent_push.package import Built
    from scripts.agent_push.stage import Stage

ENTRY_POINT = "main.py"
READY_SECONDS = 300
POLL_SECONDS = 3.0
REFERENCE_AGENT = "echo_agent"


class Declared(Protocol):
    """What has a manifest: an agent's folder, or a version on its way between stages."""

    @property
    def manifest(self) -> Manifest: ...  # noqa: D102 - as the class says


def artifact_key(agent: Declared, built: Built) -> str:
    """`agents/<name>/<digest>.zip`."""
    return f"agents/{agent.manifest.name}/{built.digest}.zip"


def runtime_name(stage: str, agent: Declared, built: Built) -> str:
    """`ambit_local_echo_agent_1a2b3c4d`: AgentCore's names know no hyphen and end at 48 characters."""
    return f"ambit_{stage}_{agent.manifest.name}_{built.digest[:8]}".replace("-", "_")


class Runtimes:
    """The runtimes of one stage, through the AgentCore control plane."""

    def __init__(self, control: BedrockAgentCoreControlClient, stage: Stage, sleep: Callable[[float], None]) -> None:
        self._control = control
        self._stage = stage
        self._sleep = sleep

    def ensure(self, agent: Declared, built: Built) -> tuple[str, str]:
        """The ARN of the runtime that runs this package, and what was done: created, updated or kept.

        Raises PushError when AgentCore refuses the package or does not get it ready in five minutes.
        """
        name = runtime_name(self._stage.name, agent, built)
        try:
            found = self.find(name) or self._create(name, agent, built)
            if isinstance(found, tuple):
                return found
            if self._serves(found, agent, built):
                return str(found["agentRuntimeArn"]), "kept"
            changed = self._control.update_agent_runtime(
                agentRuntimeId=found["agentRuntimeId"], **self._request(agent, built)
            )
            return self._ready(changed, "updated")
        except ClientError as error:
            raise PushError(f"{agent.manifest.name}: AgentCore refused the runtime: {error}") from error
        except BotoCoreError as error:
            raise Unreachable(self._unreachable(error)) from error

    def _create(self, name: str, agent: Declared, built: Built) -> Any:
        """Made and ready; or what another push has made of the same package in the meantime."""
        request = self._request(agent, built)
        try:
            return self._ready(self._control.create_agent_runtime(agentRuntimeName=name, **request), "created")
        except ClientError as error:
            found = self.find(name) if error.response["Error"]["Code"] == "ConflictException" else None
            if found is None:
                raise
            return found

    def _unreachable(self, error: BotoCoreError) -> str:
        where = f"the agent host at {self._stage.runtime_endpoint}" if self._stage.runtime_endpoint else "AgentCore"
        advice = "is `make dev` up? " if self._stage.runtime_endpoint else ""
        return (
            f"{where} does not answer ({type(error).__name__}): {advice}Nothing was registered, and what is approved "
            "still runs. Push again when it answers: the package is kept, and the push goes on from here"
        )

    def find(self, name: str) -> Any:
        """The runtime of that name, or None."""
        for page in self._control.get_paginator("list_agent_runtimes").paginate():
            for runtime in page["agentRuntimes"]:
                if runtime["agentRuntimeName"] == name:
                    return runtime
        return None

    def _serves(self, found: Any, agent: Declared, built: Built) -> bool:
        """Whether it is ready and runs this very package; PushError when it is for another one.

        A name has but eight digits of the package's digest, and a version has its runtime by ARN alone: to change a
        runtime's package would change what runs of a version that was approved.
        """
        details = self._control.get_agent_runtime(agentRuntimeId=found["agentRuntimeId"])
        artifact: Any = details.get("agentRuntimeArtifact", {})
        location = artifact.get("codeConfiguration", {}).get("code", {}).get("s3", {})
        wanted = (self._stage.artifact_bucket, artifact_key(agent, built))
        if location.get("prefix") not in (None, wanted[1]):
            raise PushError(
                f"the runtime {found['agentRuntimeName']} is for another package, {location['prefix']}, and is left as "
                "it is: change the agent (its description will do), and push again"
            )
        return details["status"] == "READY" and (location.get("bucket"), location.get("prefix")) == wanted

    def _request(self, agent: Declared, built: Built) -> Any:
        location = {"bucket": self._stage.artifact_bucket, "prefix": artifact_key(agent, built)}
        code = {"code": {"s3": location}, "runtime": self._stage.target.agent_runtime, "entryPoint": [ENTRY_POINT]}
        return {
            "agentRuntimeArtifact": {"codeConfiguration": code},
            "roleArn": self._stage.execution_role,
            "networkConfiguration": self._network(),
            "description": f"Ambit {self._stage.name}: {agent.manifest.name}",
        }

    def _network(self) -> Any:
        """As the stage's reference runtime has it, so that a pushed agent is as closed in as a deployed one."""
        if self._stage.runtime_endpoint is not None:
            return {"networkMode": "PUBLIC"}
        reference = self.find(f"ambit_{self._stage.name}_{REFERENCE_AGENT}")
        if reference is None:
            raise PushError(f"{self._stage.name} has no runtime of {REFERENCE_AGENT}: make infra-deploy first")
        details = self._control.get_agent_runtime(agentRuntimeId=reference["agentRuntimeId"])
        return details["networkConfiguration"]

    def _ready(self, answer: Any, what: str) -> tuple[str, str]:
        """Wait until the runtime serves."""
        status, waited = answer["status"], 0.0
        while status != "READY":
            if status.endswith("FAILED") or waited > READY_SECONDS:
                raise PushError(f"the runtime is {status} after {waited:.0f} s")
            self._sleep(POLL_SECONDS)
            waited += POLL_SECONDS
            status = self._control.get_agent_runtime(agentRuntimeId=answer["agentRuntimeId"])["status"]
        return str(answer["agentRuntimeArn"]), what
