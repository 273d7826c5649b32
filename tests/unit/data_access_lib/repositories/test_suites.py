from typing import Any

import pytest

from data_access_lib.admin import AdminContext, AdminTable
from data_access_lib.errors import ConditionFailed, InvalidIdentifier
from data_access_lib.repositories.suites import Suites
from platform_kit.errors import NotFound
from tests.stores import SeenAudit, Stores

RECORD = {"name": "echo", "digest": "d" * 64, "agents": ["echo-agent"], "threshold": 0.9, "cases": 1}


@pytest.fixture
def table(stores: Stores) -> AdminTable:
    client: Any = stores.client
    admin = AdminContext("usr:1:ops", ("Platform.Operator",), "test")
    return AdminTable(client, stores.control, admin, SeenAudit(), stores.signals)


@pytest.fixture
def suites(table: AdminTable) -> Suites:
    return Suites(table)


def add(table: AdminTable, record: dict[str, Any], *, latest: int) -> None:
    transaction = table.transaction()
    Suites(table).add_in(transaction, record, latest=latest)
    transaction.commit()


def test_versions_stay_and_the_latest_is_known_by_name(table: AdminTable, suites: Suites) -> None:
    add(table, RECORD, latest=0)
    add(table, {**RECORD, "digest": "e" * 64}, latest=1)
    assert suites.get("echo") == {**RECORD, "digest": "e" * 64, "version": 2}
    assert suites.get("echo", 1) == {**RECORD, "version": 1}


@pytest.mark.parametrize("latest", [0, 2])
def test_of_two_pushes_one_is_refused(table: AdminTable, latest: int) -> None:
    add(table, RECORD, latest=0)
    with pytest.raises(ConditionFailed):
        add(table, RECORD, latest=latest)


def test_what_is_not_there(suites: Suites) -> None:
    assert suites.find("echo") is None
    for version in (None, 1):
        with pytest.raises(NotFound):
            suites.get("echo", version)
    with pytest.raises(InvalidIdentifier):
        suites.get("ec#ho")


def test_the_suites_of_an_agent(table: AdminTable, suites: Suites) -> None:
    add(table, RECORD, latest=0)
    add(table, {**RECORD, "name": "other", "agents": ["other"]}, latest=0)
    assert [one["name"] for one in suites.of_agent("echo-agent")] == ["echo"]
    assert [one["name"] for one in suites.list().items] == ["echo", "other"]


def test_the_suites_that_bear_on_an_agent_are_its_own_and_those_named(table: AdminTable, suites: Suites) -> None:
    for name, agent in (("echo", "echo-agent"), ("other", "other"), ("third", "other")):
        add(table, {**RECORD, "name": name, "agents": [agent]}, latest=0)
    found = suites.bearing_on("echo-agent", ["other", "echo", "missing", "no#name"])
    assert [one["name"] for one in found] == ["echo", "other"]
