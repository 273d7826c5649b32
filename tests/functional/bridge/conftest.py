from collections.abc import Iterator
from typing import Any

import pytest

from lambdas.bridge import handler
from tests.functional.fake_runtime import FakeRuntime
from tests.functional.moto_platform import Answer, event, person
from tests.functional.run_platform import runs_on_moto

INVOKE = "POST /v1/agents/{agent}/invoke"


@pytest.fixture
def runtime(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeRuntime]:
    with runs_on_moto(monkeypatch) as fake:
        handler.build.cache_clear()
        yield fake
        handler.build.cache_clear()


@pytest.fixture
def call(runtime: FakeRuntime) -> Any:
    """The deployed handler: `call("GET /v1/runs/{id}", path=…, who=…)`."""

    def send(route: str, who: dict[str, str] | None = None, **parts: Any) -> Answer:
        sent = event(route, authorizer=who or person("acme"), **parts)
        return Answer.of(handler.handle(sent, None))

    return send


@pytest.fixture
def invoke(call: Any) -> Any:
    def send(body: Any = None, agent: str = "echo-agent", who: dict[str, str] | None = None, **headers: str) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        answer: Answer = call(INVOKE, who, path={"agent": agent}, body=body or {"input": "hello"}, headers=named)
        return answer

    return send
