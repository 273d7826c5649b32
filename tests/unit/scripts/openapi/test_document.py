from typing import Any

from pydantic import Field

from platform_kit import access
from platform_kit.api import Operation
from platform_kit.models import ApiModel, ApiReply
from scripts.openapi.document import build
from scripts.openapi.reference import page


class Question(ApiModel):
    long_text: str = Field(min_length=1, max_length=9, description="What to `ask`.")


class Answer(ApiReply):
    text: str
    tags: tuple[str, ...] = ()


def ask_agent(*_: Any) -> None:
    """Not called here."""


def operation(key: str, **changes: Any) -> Operation:
    method, _, path = key.partition(" ")
    route = access.find(method, path)
    assert route is not None
    values: dict[str, Any] = {"request": None, "replies": {200: Answer}, "query": {}, "summary": "Ask <it>."}
    return Operation(route=route, run=ask_agent, **{**values, **changes})


def built(key: str, **changes: Any) -> dict[str, Any]:
    document = build({key: operation(key, **changes)})
    method, _, path = key.partition(" ")
    found: dict[str, Any] = document["paths"][path][method.lower()]
    return found


INVOKE = "POST /v1/agents/{agent}/invoke"


def test_an_operation_names_its_roles_scope_and_credential() -> None:
    found = built(INVOKE, request=Question)
    assert found["operationId"] == "askAgent"
    assert found["x-ambit-roles"] == ["Tenant.Admin", "Tenant.Developer"]
    assert found["x-ambit-scope"] == "agents:invoke"
    assert found["security"] == [{"bearer": []}]
    assert built("GET /v1/health")["security"] == []
    assert built("POST /v1/gateway/token")["security"] == [{"runToken": []}]


def test_every_failure_a_route_can_answer_with_is_documented() -> None:
    assert set(built(INVOKE, request=Question)["responses"]) == {
        *("200", "400", "401", "403", "404", "409", "413", "415", "422", "429", "500", "502", "503", "504")
    }
    assert {"412", "428"} <= set(built("PATCH /v1/tenant", request=Question)["responses"])
    assert "401" not in built("GET /v1/health")["responses"]


def test_parameters_come_from_the_path_the_query_and_the_protocol() -> None:
    found = {item["name"]: item["in"] for item in built(INVOKE, request=Question)["parameters"]}
    assert found == {"agent": "path", "Idempotency-Key": "header"}
    query = built("GET /v1/runs", query={"limit": "How many.", "cursor": "Where to go on."})["parameters"]
    assert [(item["name"], item["schema"]["type"]) for item in query] == [("limit", "integer"), ("cursor", "string")]
    assert [item["name"] for item in built("PATCH /v1/tenant", request=Question)["parameters"]] == ["If-Match"]


def test_schemas_are_camel_case_and_refuse_unknown_fields() -> None:
    schemas = build({INVOKE: operation(INVOKE, request=Question)})["components"]["schemas"]
    assert schemas["Question"]["properties"]["longText"]["maxLength"] == 9
    assert schemas["Question"]["additionalProperties"] is False
    assert {"Answer", "Problem", "Question"} <= set(schemas)


def test_the_same_operations_give_the_same_document() -> None:
    assert build({INVOKE: operation(INVOKE)}) == build({INVOKE: operation(INVOKE)})


def test_the_reference_shows_each_operation_and_lets_nothing_through_unescaped() -> None:
    shown = page(build({INVOKE: operation(INVOKE, request=Question)}))
    assert 'id="askAgent"' in shown
    assert "Ask &lt;it&gt;" in shown
    assert "What to <code>ask</code>." in shown
    assert "list of string" in shown
    assert "<script" not in shown
