"""What a tenant says of its models, and whose credential is shown to whom."""

from collections.abc import Mapping
from typing import Any

import pytest

from lambdas.models import providers
from tests.functional.models.conftest import ModelWorld

OWN = "ambit/test/tenants/{}/models"
OPENAI = "openai/gpt-4.1-mini"


class Wire:
    """In the place of providers' hosts: what was sent where."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []

    def at(self, origin: str) -> "Host":
        return Host(self, origin)


class Host:
    def __init__(self, wire: Wire, origin: str) -> None:
        self._wire, self._origin = wire, origin

    def whole(self, path: str, headers: Mapping[str, str], body: Mapping[str, Any]) -> dict[str, Any]:
        key = headers.get("authorization") or headers.get("api-key") or headers.get("x-api-key")
        self._wire.sent.append((self._origin, str(key)))
        return {"choices": [{"message": {"content": "hi"}, "finish_reason": "stop"}]}


@pytest.fixture
def wire(world: ModelWorld, monkeypatch: pytest.MonkeyPatch) -> Wire:
    made = Wire()
    monkeypatch.setattr(providers.Hosts, "at", lambda _self, origin: made.at(origin))
    return made


def test_a_tenant_names_a_model_as_it_likes(world: ModelWorld) -> None:
    world.says("acme", "fast", targets=["local/deterministic"])
    acme, globex = world.start("acme"), world.start("globex")

    assert world.ask(acme, model="fast").json()["model"] == "fast"
    assert world.ask(globex, model="fast").status_code == 404
    assert "fast" in world.names(acme)
    assert "fast" not in world.names(globex)


def test_a_tenant_switches_a_model_off(world: ModelWorld) -> None:
    world.says("acme", "local", disabled=True)

    assert world.ask(world.start("acme")).status_code == 404
    assert world.ask(world.start("globex")).status_code == 200


@pytest.mark.parametrize("targets", [["openai/made-up"], ["https://evil.test"], "local/deterministic", [], [["x"]]])
def test_a_tenant_can_name_nothing_but_the_platforms_models(world: ModelWorld, targets: Any) -> None:
    world.says("acme", "mine", targets=targets)

    assert world.ask(world.start("acme"), model="mine").status_code in {404, 503}


def test_the_platforms_credential_serves_those_who_bring_none(world: ModelWorld, wire: Wire) -> None:
    world.has_secret("ambit/test/models", {"openai": {"apiKey": "platforms"}})
    world.says("acme", "chat", targets=[OPENAI])

    assert world.ask(world.start("acme"), model="chat").status_code == 200
    assert wire.sent == [("https://api.openai.com", "Bearer platforms")]


def test_a_tenants_own_credential_is_shown_for_that_tenant_alone(world: ModelWorld, wire: Wire) -> None:
    world.has_secret(OWN.format("acme"), {"openai": {"apiKey": "acmes"}})
    world.has_secret(OWN.format("acme-2"), {"openai": {"apiKey": "acme-2s"}})
    for tenant in ("acme", "acme-2", "globex"):
        world.says(tenant, "chat", targets=[OPENAI], ownKeys=True)

    for tenant in ("acme", "acme-2", "acme"):
        assert world.ask(world.start(tenant), model="chat").status_code == 200
    refused = world.ask(world.start("globex"), model="chat")

    assert [key for _, key in wire.sent] == ["Bearer acmes", "Bearer acme-2s", "Bearer acmes"]
    assert (refused.status_code, refused.json()["error"]["code"]) == (503, "model_not_configured")


def test_a_tenant_that_brings_its_own_is_never_served_with_the_platforms(world: ModelWorld, wire: Wire) -> None:
    world.has_secret("ambit/test/models", {"openai": {"apiKey": "platforms"}})
    world.says("acme", "chat", targets=[OPENAI], ownKeys=True)

    assert world.ask(world.start("acme"), model="chat").status_code == 503
    assert wire.sent == []


def test_azure_is_asked_at_the_resource_that_the_credential_names(world: ModelWorld, wire: Wire) -> None:
    world.has_secret(OWN.format("acme"), {"azure": {"apiKey": "az", "resource": "acme-east"}})
    world.says("acme", "chat", targets=["azure/gpt-4.1"], ownKeys=True)

    assert world.ask(world.start("acme"), model="chat").status_code == 200
    assert wire.sent == [("https://acme-east.openai.azure.com", "az")]


@pytest.mark.parametrize("resource", ["evil.test/", "a.b", "x@evil", "", "-a", "evil.test#", None, 5], ids=str)
def test_a_resource_that_is_no_label_leads_nowhere(world: ModelWorld, wire: Wire, resource: Any) -> None:
    world.has_secret(OWN.format("acme"), {"azure": {"apiKey": "az", "resource": resource}})
    world.says("acme", "chat", targets=["azure/gpt-4.1"], ownKeys=True)

    assert world.ask(world.start("acme"), model="chat").status_code == 503
    assert wire.sent == []


@pytest.mark.parametrize("key", ["", "a\nx-evil: 1", "schlüssel", None, 7, {"a": 1}], ids=str)
def test_a_key_that_is_none_is_not_sent(world: ModelWorld, wire: Wire, key: Any) -> None:
    world.has_secret("ambit/test/models", {"openai": {"apiKey": key}})
    world.says("acme", "chat", targets=[OPENAI])

    assert world.ask(world.start("acme"), model="chat").status_code == 503
    assert wire.sent == []


def test_bedrock_is_not_asked_with_a_tenants_credential(world: ModelWorld, wire: Wire) -> None:
    world.says("acme", "chat", targets=["bedrock/amazon.nova-lite-v1:0"], ownKeys=True)

    assert world.ask(world.start("acme"), model="chat").status_code == 503
