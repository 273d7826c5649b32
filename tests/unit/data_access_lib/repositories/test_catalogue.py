from collections.abc import Callable
from typing import Any

import pytest

from data_access_lib.admin import AdminContext, AdminTable
from data_access_lib.errors import ConditionFailed, InvalidIdentifier, StaleVersion
from data_access_lib.repositories.catalogue import Step, Templates, VersionRecords, add_version_in, change_in
from governance.version_identity import fault_of, moved
from platform_kit.errors import NotFound
from platform_kit.ids import new_id
from tests.stores import SeenAudit, Stores
from tests.version_records import version_item


@pytest.fixture
def table(stores: Stores) -> AdminTable:
    admin = AdminContext("usr:1:ops", ("Platform.Admin",), "test")
    return AdminTable(stores.client, stores.control, admin, SeenAudit(), stores.signals)  # type: ignore[arg-type]


@pytest.fixture
def templates(table: AdminTable) -> Templates:
    return Templates(table)


@pytest.fixture
def versions(table: AdminTable) -> VersionRecords:
    return VersionRecords(table)


def test_a_template_is_created_once_changed_by_version_and_read_back(templates: Templates) -> None:
    created = templates.create({"name": "echo-agent", "mode": "sync", "manifest": {"x": 1.0}})
    assert created == {"name": "echo-agent", "mode": "sync", "manifest": {"x": 1.0}, "etag": 1}
    assert templates.get("echo-agent") == created == templates.find("echo-agent")
    with pytest.raises(ConditionFailed):
        templates.create({"name": "echo-agent"})
    changed = templates.update("echo-agent", 1, {"mode": "async", "manifest": {"y": 2.0}})
    assert changed == {"name": "echo-agent", "mode": "async", "manifest": {"y": 2.0}, "etag": 2}
    with pytest.raises(StaleVersion):
        templates.update("echo-agent", 1, {"mode": "sync"})


def test_whoever_changes_the_registry_reads_it_as_it_is(
    templates: Templates, versions: VersionRecords, stores: Stores
) -> None:
    """A copy that lags would name no default where there is one; of a candidate it would say that it is a draft."""
    templates.find("echo-agent")
    versions.find("echo-agent", new_id("ver"))
    assert [call[1]["ConsistentRead"] for call in stores.client.calls[-2:]] == [True, True]


def test_templates_are_listed_by_name(templates: Templates) -> None:
    for name in ("zeta", "alpha", "mid"):
        templates.create({"name": name, "manifest": {"n": 1.0}})
    first = templates.list(limit=2)
    assert ([item["name"] for item in first.items], first.next_id) == (["alpha", "mid"], "mid")
    rest = templates.list(after="mid")
    assert (rest.items, rest.next_id) == ([{"name": "zeta", "manifest": {"n": 1.0}, "etag": 1}], None)


def test_an_unknown_template_is_not_found(templates: Templates) -> None:
    assert templates.find("echo-agent") is None
    with pytest.raises(NotFound, match=r"^There is no such agent\.$"):
        templates.get("echo-agent")
    with pytest.raises(InvalidIdentifier):
        templates.get("../echo")


def add(table: AdminTable, agent: str = "echo-agent", **more: Any) -> str:
    version_id = new_id("ver")
    table.put(version_item(agent, version_id, {"timeout": 1.0}, **more))
    return version_id


def test_a_version_is_found_by_agent_and_by_id(table: AdminTable, versions: VersionRecords) -> None:
    version_id = add(table, prompts={"system": "Be kind."})
    found = versions.get("echo-agent", version_id)
    assert (found["manifest"], found["prompts"]) == ({"timeout": 1.0}, {"system": "Be kind."})
    assert found == versions.find("echo-agent", version_id) == versions.by_id(version_id)


def test_an_unknown_version_is_not_found(table: AdminTable, versions: VersionRecords) -> None:
    version_id = add(table)
    assert versions.find("other-agent", version_id) is None
    lookups: list[Callable[[], object]] = [
        lambda: versions.get("other-agent", version_id),
        lambda: versions.by_id(new_id("ver")),
    ]
    for look in lookups:
        with pytest.raises(NotFound, match=r"^There is no such version\.$"):
            look()


def test_versions_are_listed_newest_first(table: AdminTable, versions: VersionRecords) -> None:
    ids = [add(table, agent) for agent in ("echo-agent", "echo-agent", "other-agent")]
    mine = versions.list("echo-agent", limit=1)
    assert ([item["versionId"] for item in mine.items], mine.next_id) == ([ids[1]], ids[1])
    assert [item["versionId"] for item in versions.list("echo-agent", after=ids[1]).items] == [ids[0]]
    everyones = versions.list_all(limit=2)
    assert ([item["versionId"] for item in everyones.items], everyones.next_id) == ([ids[2], ids[1]], ids[1])
    rest = versions.list_all(after=ids[1])
    assert (rest.items[0]["manifest"], rest.next_id) == ({"timeout": 1.0}, None)


def test_lists_show_fifty_unless_told(templates: Templates, versions: VersionRecords, stores: Stores) -> None:
    templates.list()
    versions.list("echo-agent")
    versions.list_all()
    assert [request["Limit"] for _, request in stores.client.calls] == [50, 50, 50]


class Registry:
    """One agent with a version, and how both stand."""

    def __init__(self, table: AdminTable) -> None:
        self.table, self.templates, self.versions = table, Templates(table), VersionRecords(table)
        self.templates.create({"name": "echo-agent", "domain": "general"})
        self.version_id = add(table, status="candidate")

    def template(self) -> dict[str, Any]:
        return self.templates.get("echo-agent")

    def version(self) -> dict[str, Any]:
        return self.versions.get("echo-agent", self.version_id)

    def move(self, before: dict[str, Any], to: str, template: Any = None, **fields: Any) -> None:
        transaction = self.table.transaction()
        step = Step(before, moved(before, {"status": to, "reason": fields.pop("reason", None)}))
        change_in(transaction, self.table, [step], template, fields)
        transaction.commit()


@pytest.fixture
def registry(table: AdminTable) -> Registry:
    return Registry(table)


def test_a_move_changes_the_state_and_leaves_a_record_that_holds(registry: Registry) -> None:
    before = registry.version()
    registry.move(before, "approved", reason="tried")
    after = registry.version()
    assert {name for name in after if after[name] != before.get(name)} == {"status", "reason", "stateHash"}
    registry.move(after, "deprecated")
    assert "reason" not in registry.version()
    assert fault_of(registry.version(), "echo-agent", registry.version_id) is None


def test_a_move_of_what_moved_meanwhile_is_refused(registry: Registry) -> None:
    seen = registry.version()
    registry.move(seen, "approved")
    with pytest.raises(ConditionFailed) as refused:
        registry.move(seen, "quarantined")
    assert refused.value.label == "version"
    assert registry.version()["status"] == "approved"


def test_a_template_changes_with_its_versions_or_not_at_all(registry: Registry) -> None:
    template = registry.template()
    registry.move(registry.version(), "approved", template, approvedVersionId=registry.version_id, domain="hr")
    now = registry.template()
    assert (now["approvedVersionId"], now["domain"], now["etag"]) == (registry.version_id, "hr", 2)
    with pytest.raises(ConditionFailed) as refused:
        registry.move(registry.version(), "deprecated", template, approvedVersionId=None)
    assert refused.value.label == "template"
    assert registry.version()["status"] == "approved"
    registry.move(registry.version(), "deprecated", now, approvedVersionId=None, secondVersionId=None)
    assert registry.template() == {"name": "echo-agent", "domain": "hr", "etag": 3}


def test_of_two_who_add_a_version_at_the_same_time_one_looks_again(registry: Registry) -> None:
    template = registry.template()

    def put() -> None:
        item = version_item("echo-agent", new_id("ver"))
        transaction = registry.table.transaction()
        add_version_in(transaction, registry.table, template, {**item, "manifest": {}, "prompts": {}})
        transaction.commit()

    put()
    with pytest.raises(ConditionFailed) as refused:
        put()
    assert refused.value.label == "template"
    assert len(registry.versions.list("echo-agent").items) == 2
