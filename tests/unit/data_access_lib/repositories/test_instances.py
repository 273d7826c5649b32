import pytest

from data_access_lib.errors import StaleVersion
from data_access_lib.repositories.instances import Instances
from platform_kit.errors import NotFound
from tests.stores import Stores


@pytest.fixture
def instances(stores: Stores) -> Instances:
    return Instances(stores.table(stores.control))


def test_the_first_use_makes_an_instance_and_the_next_finds_it(instances: Instances) -> None:
    first = instances.create_if_absent({"agent": "echo-agent", "instanceId": "ins_1", "status": "active"})
    assert first == {"agent": "echo-agent", "instanceId": "ins_1", "status": "active", "etag": 1}
    assert instances.create_if_absent({"agent": "echo-agent", "instanceId": "ins_2"}) == first
    assert instances.get("echo-agent") == first == instances.find("echo-agent")


def test_an_instance_changes_by_version(instances: Instances) -> None:
    instances.create_if_absent({"agent": "echo-agent", "status": "active"})
    assert instances.update("echo-agent", 1, {"status": "paused"}) == {
        "agent": "echo-agent",
        "status": "paused",
        "etag": 2,
    }
    with pytest.raises(StaleVersion):
        instances.update("echo-agent", 1, {"status": "active"})


def test_an_unknown_instance_is_not_found(instances: Instances) -> None:
    assert instances.find("echo-agent") is None
    with pytest.raises(NotFound, match=r"^There is no such instance\.$"):
        instances.get("echo-agent")
    with pytest.raises(NotFound):
        instances.update("echo-agent", 1, {"status": "active"})


def test_instances_are_listed_by_agent_and_only_the_tenants_own(instances: Instances, stores: Stores) -> None:
    for agent in ("zeta", "alpha"):
        instances.create_if_absent({"agent": agent})
    Instances(stores.table(stores.control, "acme-2")).create_if_absent({"agent": "beta"})
    first = instances.list(limit=1)
    assert (first.items, first.next_id) == ([{"agent": "alpha", "etag": 1}], "alpha")
    rest = instances.list(after="alpha")
    assert ([item["agent"] for item in rest.items], rest.next_id) == (["zeta"], None)


def test_a_list_shows_fifty_unless_told(instances: Instances, stores: Stores) -> None:
    instances.list()
    assert stores.client.calls[0][1]["Limit"] == 50
