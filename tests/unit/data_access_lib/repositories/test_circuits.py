from typing import Any

import pytest

from data_access_lib.admin import PlatformServiceTable
from data_access_lib.repositories.circuits import Circuits
from platform_kit.errors import NotFound
from tests.stores import Stores


@pytest.fixture
def circuits(stores: Stores) -> Circuits:
    client: Any = stores.client
    return Circuits(PlatformServiceTable(client, stores.ops, "models", frozenset({"CIRCUIT"}), stores.signals))


def test_a_circuit_is_kept_by_whoever_read_it_last(circuits: Circuits) -> None:
    assert circuits.find("openai/a") is None
    assert circuits.swap("openai/a", 0, {"failures": 1})
    assert not circuits.swap("openai/a", 0, {"failures": 9})
    assert circuits.swap("openai/a", 1, {"failures": 2})

    assert circuits.find("openai/a") == {"name": "openai/a", "version": 2, "failures": 2}


def test_all_that_ever_failed_are_listed(circuits: Circuits) -> None:
    for name in ("openai/b", "bedrock/amazon.nova-lite-v1:0"):
        circuits.swap(name, 0, {})

    assert {record["name"] for record in circuits.list()} >= {"openai/b", "bedrock/amazon.nova-lite-v1:0"}


@pytest.mark.parametrize("name", ["", "a", "/x", "openai/", "openai/x#y", "OPENAI/x", "a/" + "x" * 200])
def test_a_name_that_no_model_can_have_is_not_found(circuits: Circuits, name: str) -> None:
    with pytest.raises(NotFound):
        circuits.find(name)
