import re
from typing import Any

import pytest

from data_access_lib import keys
from governance.model_prices import CURRENT
from model_gateway.errors import ModelNotFound, ModelUnavailable
from model_gateway.targets import ALIASES, TARGETS, aliases_of, bedrock_models, route_of


def test_every_target_has_a_price_and_a_name_that_a_circuit_can_have() -> None:
    assert {target.price for target in TARGETS.values()} <= CURRENT.keys()
    assert [keys.circuit_key(name).sk for name in TARGETS] == list(TARGETS)


def test_every_alias_leads_to_targets_that_there_are() -> None:
    assert all(set(names) <= TARGETS.keys() and names for names in ALIASES.values())
    assert all(re.fullmatch(r"[a-z][a-z0-9.-]*", alias) for alias in ALIASES)


def test_an_alias_is_the_platforms_until_the_tenant_says_otherwise() -> None:
    assert [target.name for target in route_of("small", None)] == list(ALIASES["small"])
    assert [target.name for target in route_of("small", {"targets": ["local/deterministic"]})] == [
        "local/deterministic"
    ]
    assert [target.name for target in route_of("small", {"ownKeys": True})] == list(ALIASES["small"])


def test_a_tenants_own_credential_goes_along_with_each_of_its_targets() -> None:
    assert {target.own_key for target in route_of("small", {"ownKeys": True})} == {True}
    assert {target.own_key for target in route_of("small", None)} == {False}


@pytest.mark.parametrize(
    ("alias", "own"), [("nope", None), ("local", {"disabled": True}), ("nope", {}), ("nope", {"targets": []})]
)
def test_what_there_is_not_is_not_found(alias: str, own: dict[str, Any] | None) -> None:
    with pytest.raises(ModelNotFound):
        route_of(alias, own)


@pytest.mark.parametrize(
    "targets", [["x/y"], "local/deterministic", [1], [["a"]], {"a": 1}, ["local/deterministic"] * 9], ids=str
)
def test_an_entry_that_makes_no_sense_leads_nowhere(targets: Any) -> None:
    with pytest.raises(ModelUnavailable):
        route_of("local", {"targets": targets})


def test_a_tenant_sees_its_own_aliases_and_not_those_it_switched_off() -> None:
    assert aliases_of({"mine": {}, "small": {"disabled": True}}) == ["large", "local", "mine"]


def test_bedrocks_models_are_named_for_its_permissions() -> None:
    assert bedrock_models() == ["amazon.nova-lite-v1:0", "amazon.nova-pro-v1:0"]
