import json

import pytest
from starlette.testclient import TestClient

from lambdas.models.app import create_app
from lambdas.models.routes import ROUTES
from lambdas.models.service import ModelService
from platform_kit.access import served_by
from platform_kit.asgi import CONTEXT_HEADER

CHAT = "/v1/gateway/openai/v1/chat/completions"


def broken() -> ModelService:
    raise ZeroDivisionError("secret")


@pytest.fixture
def client() -> TestClient:
    return TestClient(create_app(broken))


def test_every_route_of_the_table_is_served() -> None:
    assert set(ROUTES.operations) == {route.key for route in served_by("models")}


@pytest.mark.parametrize(
    "who", [{}, {"credential": "jwt", "tenantId": "acme", "principalId": "p", "roles": "Tenant.Admin"}]
)
def test_people_and_machines_are_not_answered(client: TestClient, who: dict[str, str]) -> None:
    context = json.dumps({"authorizer": {"scopes": "", "tier": "basic", "environment": "prod", **who}})

    answer = client.post(CHAT, json={"model": "local"}, headers={CONTEXT_HEADER: context})

    assert answer.status_code in {401, 403}
    assert set(answer.json()) == {"error"}


@pytest.mark.parametrize("context", ["x", "[]"])
def test_what_did_not_come_through_the_api_is_refused(client: TestClient, context: str) -> None:
    assert client.post(CHAT, json={}, headers={CONTEXT_HEADER: context}).status_code == 400


def test_another_route_is_not_found_in_the_same_shape(client: TestClient) -> None:
    answer = client.get("/v1/gateway/openai/v1/files")

    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "NOT_FOUND")


def test_every_answer_names_its_request(client: TestClient) -> None:
    answer = client.post(CHAT, json={}, headers={CONTEXT_HEADER: json.dumps({"requestId": "req-7"})})

    assert answer.headers["x-request-id"] == "req-7"
    assert answer.headers["traceparent"]
