import pytest

from data_access_lib.errors import ConditionFailed
from data_access_lib.repositories.policies import BINDING, LABEL, Policies
from platform_kit.errors import NotFound
from platform_kit.ids import new_id
from tests.stores import Stores


@pytest.fixture
def policies(stores: Stores) -> Policies:
    return Policies(stores.table(stores.control))


def make(
    stores: Stores, agent: str | None = "echo-agent", tenant: str = "acme", **override: object
) -> dict[str, object]:
    table = stores.table(stores.control, tenant)
    transaction = table.transaction()
    record = {"policyId": new_id("pol"), "name": "p", "agent": agent, "override": override}
    made = Policies(table).create_in(transaction, record)
    transaction.commit()
    return made


def change(stores: Stores, record: dict[str, object], **override: object) -> dict[str, object]:
    table = stores.table(stores.control)
    transaction = table.transaction()
    made = Policies(table).change_in(transaction, record, {"override": override})
    transaction.commit()
    return made


def test_a_policy_is_made_once_for_an_agent_and_once_for_all(policies: Policies, stores: Stores) -> None:
    for agent in ("echo-agent", None):
        made = make(stores, agent, autonomyTier=1)
        assert policies.get(str(made["policyId"]))["override"] == {"autonomyTier": 1}
        with pytest.raises(ConditionFailed) as failed:
            make(stores, agent)
        assert failed.value.label == BINDING


def test_versions_stay_as_they_were(policies: Policies, stores: Stores) -> None:
    first = make(stores, autonomyTier=1)
    policy_id = str(first["policyId"])
    second = change(stores, first, autonomyTier=0)
    assert second["version"] == policies.get(policy_id)["version"] == 2
    assert [policies.get(policy_id, n)["override"]["autonomyTier"] for n in (1, 2)] == [1, 0]
    with pytest.raises(NotFound):
        policies.get(policy_id, 3)


def test_whoever_did_not_see_the_newest_version_changes_nothing(policies: Policies, stores: Stores) -> None:
    first = make(stores)
    change(stores, first, autonomyTier=0)
    with pytest.raises(ConditionFailed) as failed:
        change(stores, first, autonomyTier=2)
    assert failed.value.label == LABEL
    assert policies.get(str(first["policyId"]))["override"] == {"autonomyTier": 0}


def test_what_binds_an_agent_is_read_at_once_the_policy_for_all_first(policies: Policies, stores: Stores) -> None:
    own = make(stores, autonomyTier=2)
    everybody = make(stores, None, autonomyTier=1)
    make(stores, "other-agent")
    change(stores, own, autonomyTier=0)
    stores.client.calls.clear()
    found = policies.in_force("echo-agent")
    assert len(stores.client.calls) == 1
    assert [(item["policyId"], item["version"], item["override"]) for item in found] == [
        (everybody["policyId"], 1, {"autonomyTier": 1}),
        (own["policyId"], 2, {"autonomyTier": 0}),
    ]


def test_policies_are_listed_newest_first_without_their_overrides(policies: Policies, stores: Stores) -> None:
    made = [make(stores)["policyId"], make(stores, None)["policyId"]]
    make(stores, tenant="globex")
    page = policies.list(limit=1)
    rest = policies.list(limit=5, after=page.next_id)
    assert [item["policyId"] for item in [*page.items, *rest.items]] == made[::-1]
    assert "override" not in page.items[0]


def test_what_is_in_shadow_stands_beside_what_is_in_force_until_a_version_without_it(
    policies: Policies, stores: Stores
) -> None:
    table = stores.table(stores.control)
    first = make(stores, autonomyTier=1)
    for shadow in ({"autonomyTier": 0}, None):
        transaction = table.transaction()
        record = policies.get(str(first["policyId"]))
        made = Policies(table).change_in(transaction, record, {"override": {}, "shadow": shadow})
        transaction.commit()
        [bound] = policies.in_force("echo-agent")
        assert bound.get("shadow") == made.get("shadow") == policies.get(str(first["policyId"])).get("shadow") == shadow
    assert policies.get(str(first["policyId"]), 2)["shadow"] == {"autonomyTier": 0}


def test_what_is_for_all_agents_is_found_by_itself(policies: Policies, stores: Stores) -> None:
    make(stores)
    assert policies.for_all() is None
    made = make(stores, None, autonomyTier=1)
    found = policies.for_all()
    assert found is not None
    assert (found["policyId"], found["override"]) == (made["policyId"], {"autonomyTier": 1})
