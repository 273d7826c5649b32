from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.functional.moto_platform import Answer, event, person, platform_on_moto

Ask = Callable[..., Answer]
ADMIN = person("acme", "Tenant.Admin", "ada")
GLOBEX_ADMIN = person("globex", "Tenant.Admin", "gus")
GOOD = {"name": "ci", "scopes": ["agents:invoke", "runs:read"]}


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ask]:
    """The deployed handler: `ask("GET /v1/api-keys", who=…)`."""
    from lambdas.api_keys import handler

    for made in (handler.build, handler._dynamodb, handler._secrets):
        made.cache_clear()
    with platform_on_moto(monkeypatch):
        yield lambda route, who=ADMIN, **parts: Answer.of(handler.handle(event(route, authorizer=who, **parts), None))


@pytest.fixture
def create(ask: Ask) -> Callable[..., Any]:
    """A new key, as answered."""

    def make(who: dict[str, str] = ADMIN, **changes: Any) -> Any:
        made = ask("POST /v1/api-keys", who, body={**GOOD, **changes})
        assert made.status == 201, made.json
        return made.json

    return make
