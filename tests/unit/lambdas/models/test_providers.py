from typing import Any

import pytest

from data_access_lib.tenant import TenantId
from lambdas.models.providers import Hosts, TenantProviders
from lambdas.models.registry import Credentials
from model_gateway.errors import ModelNotConfigured
from model_gateway.providers.bedrock import BedrockModels
from model_gateway.providers.local import LocalModel
from model_gateway.targets import TARGETS, ProviderName, Target

ALL = frozenset(ProviderName)


def providers(enabled: frozenset[str] = ALL, secrets: dict[Any, str] | None = None) -> TenantProviders:
    return TenantProviders(
        TenantId("acme"), enabled, Credentials(), lambda owner: lambda: (secrets or {}).get(owner), lambda: "client"
    )


@pytest.mark.parametrize("name", TARGETS)
def test_a_provider_that_is_not_in_use_is_not_asked(name: str) -> None:
    with pytest.raises(ModelNotConfigured, match="not in use"):
        providers(frozenset()).of(TARGETS[name])


def test_some_need_no_key() -> None:
    assert isinstance(providers().of(TARGETS["local/deterministic"]), LocalModel)
    assert isinstance(providers().of(TARGETS["bedrock/amazon.nova-lite-v1:0"]), BedrockModels)


@pytest.mark.parametrize("name", ["openai/gpt-4.1", "anthropic/claude-haiku-4-5", "azure/gpt-4.1"])
def test_the_others_are_not_asked_without_one(name: str) -> None:
    with pytest.raises(ModelNotConfigured):
        providers().of(TARGETS[name])


def test_whose_key_is_shown_follows_from_the_target() -> None:
    asked: list[Any] = []

    def secret(owner: Any) -> Any:
        asked.append(owner)
        return lambda: '{"openai": {"apiKey": "k"}}'

    made = TenantProviders(TenantId("acme"), ALL, Credentials(), secret, lambda: None)
    made.of(Target(ProviderName.OPENAI, "m", "local"))
    made.of(Target(ProviderName.OPENAI, "m", "local", own_key=True))

    assert asked == [None, TenantId("acme")]


def test_connections_to_a_host_are_shared_and_their_number_bounded() -> None:
    made: list[str] = []
    hosts = Hosts(lambda origin: made.append(origin) or object())  # type: ignore[func-returns-value, arg-type, return-value]  # counts

    assert hosts.at("https://a.test") is hosts.at("https://a.test")
    for number in range(80):
        hosts.at(f"https://{number}.test")
    hosts.at("https://a.test")
    assert made.count("https://a.test") == 2
