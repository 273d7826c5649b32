"""The function `models` on moto: the application as it is deployed, with providers that a test makes."""

import json
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest
from starlette.testclient import TestClient

from data_access_lib.client import TenantScopedTable
from data_access_lib.repositories.models import Models
from data_access_lib.tenant import TenantContext, TenantId
from governance.model_prices import price_of
from lambdas.models import handler
from lambdas.models.app import create_app
from lambdas.models.providers import TenantProviders
from model_gateway.completions import Chunk, Completion, Finish, Tokens
from model_gateway.errors import ModelError
from model_gateway.providers import Provider
from model_gateway.requests import ChatRequest
from model_gateway.targets import ProviderName, Target
from platform_kit.asgi import CONTEXT_HEADER
from tests.functional.gateway.conftest import FakeWorkflow, Silent, World, token_of
from tests.functional.moto_platform import REGION, platform_on_moto

CHAT = "/v1/gateway/openai/v1/chat/completions"
MODELS = "/v1/gateway/openai/v1/models"
Run = Mapping[str, Any]


@dataclass
class Made:
    """A provider that says `pieces`, and then fails if it must; it keeps what it was asked."""

    pieces: list[str | Chunk]
    failure: ModelError | None = None
    tokens: Tokens | None = field(default_factory=lambda: Tokens(100, 10))
    asked: list[ChatRequest] = field(default_factory=list)
    closed: int = 0

    def complete(self, request: ChatRequest, model: str) -> Completion:
        self.asked.append(request)
        if self.failure is not None:
            raise self.failure
        return Completion("".join(str(piece) for piece in self.pieces), tokens=self.tokens)

    def stream(self, request: ChatRequest, model: str) -> Generator[Chunk]:
        self.asked.append(request)
        try:
            for piece in self.pieces:
                yield piece if isinstance(piece, Chunk) else Chunk(piece)
            if self.failure is not None:
                raise self.failure
            yield Chunk(finish=Finish.STOP, tokens=self.tokens)
        finally:
            self.closed += 1


@dataclass
class ModelWorld:
    """Runs to ask for, an application to ask, and `provider` in the place of the local model when there is one."""

    runs: World
    client: TestClient
    provider: Made | None = None

    def start(self, tenant: str = "acme", *, manifest: object = None, **fields: Any) -> dict[str, Any]:
        chosen = {"tools": ["model.chat"], "policy": "balanced"} if manifest is None else manifest
        return self.runs.start(tenant, manifest=chosen, **fields)

    def ask(self, run: Run, text: str = "echo: hello", **more: Any) -> Any:
        messages = [{"role": "user", "content": text}]
        return self.post(run, {"model": "local", "messages": messages, **more})

    def post(self, run: Run, document: object) -> Any:
        return self.client.post(CHAT, json=document, headers=self.headers(run))

    def names(self, run: Run) -> list[str]:
        answer = self.client.get(MODELS, headers=self.headers(run))
        assert answer.status_code == 200, answer.text
        return [item["id"] for item in answer.json()["data"]]

    def headers(self, run: Run) -> dict[str, str]:
        return {CONTEXT_HEADER: json.dumps({"requestId": "req-9", "authorizer": token_of(run)})}

    def says(self, tenant: str, alias: str, **fields: Any) -> None:
        """An entry of a tenant's."""
        context = TenantContext(TenantId(tenant), "usr:test")
        table = TenantScopedTable(boto3.client("dynamodb"), "ambit-test-control", context, Silent())
        transaction = table.transaction()
        Models(table).put_in(transaction, {"alias": alias, **fields}, etag=None)
        transaction.commit()

    def has_secret(self, name: str, value: object) -> None:
        boto3.client("secretsmanager", region_name=REGION).create_secret(Name=name, SecretString=json.dumps(value))

    def told(self, run: Run, event: str) -> list[dict[str, Any]]:
        return [item["payload"] for item in self.runs.events(run) if item["event"] == event]


def events_of(answer: Any) -> list[Any]:
    """The events of a streamed answer; `[DONE]` as it is."""
    assert answer.headers["content-type"].startswith("text/event-stream"), answer.text
    lines = [line.removeprefix("data: ") for line in answer.text.split("\n\n") if line.startswith("data: ")]
    return [line if line == "[DONE]" else json.loads(line) for line in lines]


def text_of(events: list[Any]) -> str:
    """The text of a streamed answer."""
    choices = [event["choices"][0] for event in events if isinstance(event, dict) and event.get("choices")]
    return "".join(choice["delta"].get("content") or "" for choice in choices)


def cost(tokens: Tokens, price: str = "local") -> int:
    return price_of(price).cost(tokens.input, tokens.output)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModelWorld]:
    settings = {"TENANT_SECRETS": "ambit/test/tenants", "MODEL_PROVIDERS": "local openai azure anthropic"}
    with platform_on_moto(monkeypatch, MODEL_SECRET_ARN="ambit/test/models", **settings):
        handler.build.cache_clear()
        made = ModelWorld(World(lambda *_: {}, FakeWorkflow(), ""), TestClient(create_app(handler.build)))
        real = TenantProviders.of

        def of(self: TenantProviders, target: Target) -> Provider:
            return made.provider if made.provider and target.provider is ProviderName.LOCAL else real(self, target)

        monkeypatch.setattr(TenantProviders, "of", of)
        yield made
        handler.build.cache_clear()
