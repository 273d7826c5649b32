from __future__ import annotations

import json

import botocore.session
import pytest

from scripts.local_platform.agent_host import errors

KINDS = errors.AgentCoreError.__subclasses__()


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_error_is_one_of_the_service_model_with_its_status(kind: type[errors.AgentCoreError]) -> None:
    services = [
        botocore.session.get_session().get_service_model(name)
        for name in ("bedrock-agentcore", "bedrock-agentcore-control")
    ]
    shapes = [model.shape_for(kind.kind) for model in services if kind.kind in model.shape_names]
    assert {shape.metadata["error"]["httpStatusCode"] for shape in shapes} == {kind.status}


def test_an_error_is_answered_as_rest_json_reads_it() -> None:
    answer = errors.as_response(errors.RuntimeNotFoundError("No agent runtime x"))
    assert answer.headers["x-amzn-errortype"] == "ResourceNotFoundException"
    assert json.loads(bytes(answer.body)) == {"message": "No agent runtime x"}


def test_a_validation_error_has_the_reason_its_shape_requires() -> None:
    assert json.loads(bytes(errors.as_response(errors.ValidationError("x")).body))["reason"] == "FieldValidationFailed"
