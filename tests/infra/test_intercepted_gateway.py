"""The AgentCore Gateway that a stage has when it is asked for."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from infra.config import settings_for
from scripts.synth import context
from tests.infra.conftest import EmptyBundler, Stacks


@pytest.fixture(scope="module")
def asked_for(tmp_path_factory: pytest.TempPathFactory) -> Stacks:
    import aws_cdk

    from infra.stage import build

    folder: Path = tmp_path_factory.mktemp("intercepted")
    app = aws_cdk.App(outdir=str(folder / "out"), context=context())
    build(app, replace(settings_for("dev"), agentcore_gateway=True), EmptyBundler(folder))
    app.synth()
    return Stacks(folder / "out")


def only(stacks: Stacks, kind: str) -> dict[str, Any]:
    (resource,) = stacks.resources(kind).values()
    return dict(resource["Properties"])


def test_no_stage_has_a_gateway_that_was_not_asked_for(stacks: Stacks) -> None:
    assert stacks.resources("AWS::BedrockAgentCore::Gateway") == {}


def test_every_request_and_every_response_passes_the_one_function(asked_for: Stacks) -> None:
    gateway = only(asked_for, "AWS::BedrockAgentCore::Gateway")
    (configuration,) = gateway["InterceptorConfigurations"]
    assert sorted(configuration["InterceptionPoints"]) == ["REQUEST", "RESPONSE"]
    assert "Interceptors" in str(configuration["Interceptor"]["Lambda"]["Arn"])
    assert configuration["InputConfiguration"] == {"PassRequestHeaders": True}
    assert (gateway["ProtocolType"], "ProtocolConfiguration" in gateway) == ("MCP", False)  # so nothing is streamed


def test_its_role_may_call_the_interceptors_and_nothing_else(asked_for: Stacks) -> None:
    gateway = only(asked_for, "AWS::BedrockAgentCore::Gateway")
    (name,) = (
        logical
        for logical, role in asked_for.resources("AWS::IAM::Role").items()
        if role["Properties"].get("RoleName") == "ambit-dev-tools-gateway"
    )
    assert name in str(gateway["RoleArn"])
    (policy,) = (
        item["Properties"]["PolicyDocument"]["Statement"]
        for item in asked_for.resources("AWS::IAM::Policy").values()
        if {"Ref": name} in item["Properties"].get("Roles", [])
    )
    (statement,) = policy
    assert statement["Action"] == "lambda:InvokeFunction"
    assert "Interceptors" in str(statement["Resource"])


def test_nobody_but_agentcore_in_this_account_takes_the_role_on(asked_for: Stacks) -> None:
    (role,) = (
        item["Properties"]
        for item in asked_for.resources("AWS::IAM::Role").values()
        if item["Properties"].get("RoleName") == "ambit-dev-tools-gateway"
    )
    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "bedrock-agentcore.amazonaws.com"}
    assert set(statement["Condition"]) == {"StringEquals", "ArnLike"}
