from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from scripts.local_platform.edge.deployed import DeployedStage, GatewayAnswer, flat_outputs, render

if TYPE_CHECKING:
    from pathlib import Path


def test_outputs_of_all_stacks_are_one_table(tmp_path: Path) -> None:
    path = tmp_path / "outputs.json"
    path.write_text(json.dumps({"A": {"RestApiId": "x"}, "B": {"TenantBucket": "y"}}))
    assert flat_outputs(path) == {"RestApiId": "x", "TenantBucket": "y"}


def test_a_gateway_response_is_rendered_with_literals_and_the_request_id() -> None:
    headers = {"retry-after": "'1'", "x-request-id": "context.requestId", "x-other": "method.request.header.a"}
    answer = GatewayAnswer(429, headers, '{"instance": "$context.path", "requestId": "$context.requestId"}')
    status, rendered, body = render(answer, path="/v1/x", request_id="r1")
    assert (status, rendered) == (429, {"retry-after": "1", "x-request-id": "r1"})
    assert json.loads(body) == {"instance": "/v1/x", "requestId": "r1"}


def test_a_hostile_path_cannot_leave_its_json_string() -> None:
    answer = GatewayAnswer(403, {}, '{"instance": "$context.path"}')
    _, _, body = render(answer, path='/v1/"},{"admin":true', request_id="r")
    assert json.loads(body) == {"instance": '/v1/"},{"admin":true'}


def test_how_long_an_answer_of_the_authoriser_is_kept_is_the_deployed_apis_to_say() -> None:
    class FakeApis:
        def get_authorizers(self, *, restApiId: str) -> dict[str, Any]:  # noqa: N803 - AWS's own name
            return {"items": [{"authorizerResultTtlInSeconds": {"api1": 7}[restApiId]}]}

    stage = DeployedStage({"RestApiId": "api1"}, "http://127.0.0.1:1")
    stage.__dict__["_gateway"] = FakeApis()  # a cached property: what it would make at its first use
    assert stage.authoriser_cache_seconds == 7
