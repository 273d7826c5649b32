from collections.abc import Callable

import pytest

from data_access_lib.admin import AdminContext, AdminTable
from data_access_lib.codec import Item
from data_access_lib.conditions import attr
from data_access_lib.errors import ConditionFailed, InvalidIdentifier, StaleVersion
from data_access_lib.repositories.catalogue import Templates, Versions, move_version
from platform_kit.errors import NotFound
from platform_kit.ids import new_id
from tests.stores import SeenAudit, Stores


@pytest.fixture
def table(stores: Stores) -> AdminTable:
    admin = AdminContext("usr:1:ops", ("Platform.Admin",), "test")
    return AdminTable(stores.client, stores.control, admin, SeenAudit(), stores.signals)  # type: ignore[arg-type]


@pytest.fixture
def templates(table: AdminTable) -> Templates:
    return Templates(table)


@pytest.fixture
def versions(table: AdminTable) -> Versions:
    return Versions(table)


def test_a_template_is_created_once_changed_by_version_and_read_back(templates: Templates) -> None:
    created = templates.create({"name": "echo-agent", "mode": "sync", "evidence": {"x": 1.0}})
    assert created == {"name": "echo-agent", "mode": "sync", "evidence": {"x": 1.0}, "etag": 1}
    assert templates.get("echo-agent") == created == templates.find("echo-agent")
    with pytest.raises(ConditionFailed):
        templates.create({"name": "echo-agent"})
    changed = templates.update("echo-agent", 1, {"mode": "async", "evidence": {"y": 2.0}})
    assert changed == {"name": "echo-agent", "mode": "async", "evidence": {"y": 2.0}, "etag": 2}
    with pytest.raises(StaleVersion):
        templates.update("echo-agent", 1, {"mode": "sync"})


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


def test_a_version_is_found_by_agent_and_by_id(versions: Versions) -> None:
    version_id = new_id("ver")
    record = {"agent": "echo-agent", "versionId": version_id, "status": "draft", "manifest": {"timeout": 1.0}}
    versions.create(record)
    assert versions.get("echo-agent", version_id) == record == versions.find("echo-agent", version_id)
    assert versions.by_id(version_id) == record
    with pytest.raises(ConditionFailed):
        versions.create(record)


def test_an_unknown_version_is_not_found(versions: Versions) -> None:
    version_id = new_id("ver")
    versions.create({"agent": "echo-agent", "versionId": version_id})
    assert versions.find("other-agent", version_id) is None
    lookups: list[Callable[[], object]] = [
        lambda: versions.get("other-agent", version_id),
        lambda: versions.by_id(new_id("ver")),
        lambda: versions.update("echo-agent", new_id("ver"), {"status": "x"}),
    ]
    for look in lookups:
        with pytest.raises(NotFound, match=r"^There is no such version\.$"):
            look()
    assert versions.find("echo-agent", new_id("ver")) is None


def test_versions_are_listed_newest_first(versions: Versions) -> None:
    ids = [new_id("ver") for _ in range(3)]
    for version_id, agent in zip(ids, ("echo-agent", "echo-agent", "other-agent"), strict=True):
        versions.create({"agent": agent, "versionId": version_id, "manifest": {"n": 1.0}})
    mine = versions.list("echo-agent", limit=1)
    assert ([item["versionId"] for item in mine.items], mine.next_id) == ([ids[1]], ids[1])
    assert versions.list("echo-agent", after=ids[1]).items == [
        {"agent": "echo-agent", "versionId": ids[0], "manifest": {"n": 1.0}}
    ]
    everyones = versions.list_all(limit=2)
    assert ([item["versionId"] for item in everyones.items], everyones.next_id) == ([ids[2], ids[1]], ids[1])
    rest = versions.list_all(after=ids[1])
    assert (rest.items[0]["manifest"], rest.next_id) == ({"n": 1.0}, None)


def test_a_version_changes_when_what_is_demanded_holds(versions: Versions) -> None:
    version_id = new_id("ver")
    versions.create({"agent": "echo-agent", "versionId": version_id, "status": "draft"})
    changed = versions.update("echo-agent", version_id, {"status": "candidate", "evidence": {"a": 1.0}})
    assert changed["status"] == "candidate"
    assert changed["evidence"] == {"a": 1.0}
    with pytest.raises(ConditionFailed):
        versions.update("echo-agent", version_id, {"status": "approved"}, only=attr("status").eq("draft"))
    ready = attr("status").eq("candidate")
    assert versions.update("echo-agent", version_id, {"status": "approved"}, only=ready)["status"] == "approved"


def test_lists_show_fifty_unless_told(templates: Templates, versions: Versions, stores: Stores) -> None:
    templates.list()
    versions.list("echo-agent")
    versions.list_all()
    assert [request["Limit"] for _, request in stores.client.calls] == [50, 50, 50]


class Registry:
    """One agent with two versions, and how they stand."""

    def __init__(self, table: AdminTable) -> None:
        self.table, self.templates, self.versions = table, Templates(table), Versions(table)
        self.ids = [new_id("ver"), new_id("ver")]
        self.templates.create({"name": "echo-agent"})
        for version_id in self.ids:
            self.versions.create({"agent": "echo-agent", "versionId": version_id, "status": "candidate"})

    def move(self, which: int, to: str, *, template: Item | None = None, version: Item | None = None) -> None:
        template = template or self.templates.get("echo-agent")
        version = version or self.versions.get("echo-agent", self.ids[which])
        move_version(self.table, template, version, to, "2026-03-04T05:06:07.890Z")

    def states(self) -> list[str]:
        return [self.versions.get("echo-agent", version_id)["status"] for version_id in self.ids]

    def approved(self) -> str | None:
        return self.templates.get("echo-agent").get("approvedVersionId")


@pytest.fixture
def registry(table: AdminTable) -> Registry:
    return Registry(table)


def test_approving_one_version_deprecates_the_one_before(registry: Registry, stores: Stores) -> None:
    registry.move(0, "approved")
    assert (registry.states(), registry.approved()) == (["approved", "candidate"], registry.ids[0])
    stores.client.calls.clear()
    registry.move(1, "approved")
    assert stores.client.operations.count("transact_write_items") == 1
    assert (registry.states(), registry.approved()) == (["deprecated", "approved"], registry.ids[1])
    template = registry.templates.get("echo-agent")
    assert (template["etag"], template["updatedAt"]) == (3, "2026-03-04T05:06:07.890Z")
    version = registry.versions.get("echo-agent", registry.ids[0])
    assert version["updatedAt"] == "2026-03-04T05:06:07.890Z"


def test_an_agent_is_of_the_domain_of_its_approved_version(registry: Registry) -> None:
    registry.versions.update("echo-agent", registry.ids[1], {"manifest": {"domain": "finance"}})
    registry.move(1, "retired")
    assert "domain" not in registry.templates.get("echo-agent")
    registry.versions.update("echo-agent", registry.ids[1], {"status": "candidate"})
    domains = []
    for which in (0, 1, 0):
        registry.move(which, "approved")
        domains.append(registry.templates.get("echo-agent")["domain"])
    assert domains == ["general", "finance", "general"]
    registry.move(0, "retired")
    assert registry.templates.get("echo-agent")["domain"] == "general"


def test_a_version_that_is_not_the_approved_one_moves_alone(registry: Registry) -> None:
    registry.move(0, "approved")
    registry.move(1, "retired")
    assert (registry.states(), registry.approved()) == (["approved", "retired"], registry.ids[0])
    assert registry.templates.get("echo-agent")["etag"] == 2


def test_when_the_approved_version_goes_none_is_approved(registry: Registry) -> None:
    registry.move(0, "approved")
    registry.move(0, "retired")
    assert (registry.states(), registry.approved()) == (["retired", "candidate"], None)
    assert registry.templates.get("echo-agent")["etag"] == 3


def test_approving_the_approved_version_again_changes_no_state(registry: Registry) -> None:
    registry.move(0, "approved")
    registry.move(0, "approved")
    assert (registry.states(), registry.approved()) == (["approved", "candidate"], registry.ids[0])


def test_of_two_moves_at_once_one_is_told_what_had_moved(registry: Registry) -> None:
    template, version = registry.templates.get("echo-agent"), registry.versions.get("echo-agent", registry.ids[1])
    registry.move(0, "approved")
    with pytest.raises(ConditionFailed) as caught:
        registry.move(1, "approved", template=template)
    assert caught.value.label == "template"
    registry.move(1, "retired")
    with pytest.raises(ConditionFailed) as caught:
        registry.move(1, "approved", version=version)
    assert caught.value.label == "version"
    registry.versions.update("echo-agent", registry.ids[0], {"status": "quarantined"})
    with pytest.raises(ConditionFailed) as caught:
        registry.move(1, "approved")
    assert caught.value.label == "former"
