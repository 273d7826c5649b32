from collections.abc import Callable, Iterator

import pytest

from tests.functional.moto_platform import Answer, event, operator, person, platform_on_moto, table

MODELS = "GET /v1/platform/models"
Ask = Callable[..., Answer]


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ask]:
    from lambdas.platform_ops import handler

    handler.build.cache_clear()
    handler._kept_client.cache_clear()
    with platform_on_moto(monkeypatch):
        yield lambda who: Answer.of(handler.handle(event(MODELS, authorizer=who), None))


def test_an_operator_sees_which_models_are_not_being_asked(ask: Ask) -> None:
    name = "openai/gpt-4.1-mini"
    circuit = {"name": name, "version": 1, "openings": 1, "failures": 0, "until": 9_999_999_999_000}
    table("ops").put_item(Item={"pk": "TENANT#platform#CIRCUIT", "sk": name, **circuit})

    answer = ask(operator())

    circuits = {model["name"]: model["circuit"] for model in answer.json["models"]}
    assert answer.status == 200
    assert {found for found, state in circuits.items() if state != "closed"} == {name}
    assert answer.json["aliases"]["local"] == ["local/deterministic"]


@pytest.mark.parametrize("role", ["Tenant.Viewer", "Tenant.Developer", "Tenant.Admin"])
def test_no_tenant_sees_them(ask: Ask, role: str) -> None:
    assert ask(person("acme", role)).status == 403
