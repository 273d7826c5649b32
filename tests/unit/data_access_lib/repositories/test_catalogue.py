from collections.abc import Callable

import pytest

from data_access_lib.admin import AdminContext, AdminTable
from data_access_lib.conditions import attr
from data_access_lib.errors import ConditionFailed, InvalidIdentifier, StaleVersion
from data_access_lib.repositories.catalogue import Templates, Versions
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
