from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError

from lambdas.agents.runtimes import AgentCoreRuntimes, Package
from platform_kit.errors import DependencyUnavailable

ARN = "arn:aws:bedrock-agentcore:us-west-2:123456789012:runtime/echo-0123456789"


class FakeControl:
    def __init__(self, answer: dict[str, Any] | Exception) -> None:
        self.answer = answer
        self.asked: list[Any] = []

    def __call__(self, region: str) -> "FakeControl":
        self.asked.append(region)
        return self

    def get_agent_runtime(self, **request: str) -> dict[str, Any]:
        self.asked.append(request)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def failure(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": ""}}, "GetAgentRuntime")


def package_of(control: FakeControl, arn: str = ARN) -> Package | None:
    return AgentCoreRuntimes(control, "123456789012").package_of(arn)


def test_it_is_looked_for_by_its_id_in_its_region() -> None:
    place = {"bucket": "packages", "prefix": "agents/a/b.zip"}
    control = FakeControl({"agentRuntimeArtifact": {"codeConfiguration": {"code": {"s3": place}}}})
    assert package_of(control) == ("packages", "agents/a/b.zip")
    assert control.asked == ["us-west-2", {"agentRuntimeId": "echo-0123456789"}]


@pytest.mark.parametrize(
    "artifact",
    [
        {"agentRuntimeArtifact": {"containerConfiguration": {"containerUri": "x.dkr.ecr.us-west-2.amazonaws.com/a:1"}}},
        {"agentRuntimeArtifact": {"codeConfiguration": {"code": {}}}},
        {},
    ],
)
def test_a_container_or_code_from_elsewhere_is_no_package(artifact: dict[str, Any]) -> None:
    assert package_of(FakeControl(artifact)) == ("", "")


def test_another_accounts_runtime_is_not_even_looked_for() -> None:
    control = FakeControl({})
    assert package_of(control, ARN.replace("123456789012", "999999999999")) is None
    assert control.asked == []


@pytest.mark.parametrize("code", ["ResourceNotFoundException", "ValidationException"])
def test_there_is_none_of_that_id(code: str) -> None:
    assert package_of(FakeControl(failure(code))) is None


def test_what_the_stage_may_not_look_at_is_not_taken_for_absent() -> None:
    with pytest.raises(PermissionError):
        package_of(FakeControl(failure("AccessDeniedException")))


@pytest.mark.parametrize(
    "error",
    [failure("ThrottlingException"), failure("InternalServerException"), ConnectTimeoutError(endpoint_url="http://x")],
    ids=["throttled", "failed", "silent"],
)
def test_silence_is_not_taken_for_absence(error: Exception) -> None:
    with pytest.raises(DependencyUnavailable, match="us-west-2 does not answer"):
        package_of(FakeControl(error))
