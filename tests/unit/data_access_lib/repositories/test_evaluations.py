from typing import Any

import pytest

from data_access_lib.admin import AdminContext, AdminTable
from data_access_lib.conditions import attr
from data_access_lib.errors import ConditionFailed, InvalidIdentifier
from data_access_lib.repositories.evaluations import Evaluations
from platform_kit.errors import NotFound
from platform_kit.ids import new_id
from tests.stores import SeenAudit, Stores

VERSION = "ver_" + "1" * 32


@pytest.fixture
def evaluations(stores: Stores) -> Evaluations:
    client: Any = stores.client
    admin = AdminContext("usr:1:ops", ("Platform.Operator",), "test")
    return Evaluations(AdminTable(client, stores.ops, admin, SeenAudit(), stores.signals))


def made(evaluations: Evaluations, **more: Any) -> dict[str, Any]:
    record = {"evaluationId": new_id("evl"), "versionId": VERSION, "status": "queued", "threshold": 0.9, **more}
    assert evaluations.create(record)
    return record


def test_an_evaluation_is_written_once(evaluations: Evaluations) -> None:
    record = made(evaluations)
    assert not evaluations.create({**record, "status": "succeeded"})
    assert evaluations.get(record["evaluationId"]) == record


def test_a_version_has_its_evaluations_newest_first(evaluations: Evaluations) -> None:
    first, second = made(evaluations), made(evaluations)
    made(evaluations, versionId="ver_" + "2" * 32)
    ids = [one["evaluationId"] for one in evaluations.of_version(VERSION).items]
    assert ids == [second["evaluationId"], first["evaluationId"]]
    assert len(evaluations.list().items) == 3


def test_it_moves_only_from_where_it_is(evaluations: Evaluations) -> None:
    evaluation_id = made(evaluations)["evaluationId"]
    queued = attr("status").eq("queued")
    moved = evaluations.move(evaluation_id, {"status": "running", "interval": [0.1, 0.9]}, only=queued)
    assert (moved["status"], moved["interval"]) == ("running", [0.1, 0.9])
    with pytest.raises(ConditionFailed):
        evaluations.move(evaluation_id, {"status": "running"}, only=queued)


def test_what_came_of_a_case_is_written_once_and_stands(evaluations: Evaluations) -> None:
    evaluation_id = made(evaluations)["evaluationId"]
    result = {"caseId": "a", "repeat": 0, "status": "passed", "scores": [{"value": 0.5}]}
    assert evaluations.decide(evaluation_id, result)
    assert not evaluations.decide(evaluation_id, {**result, "status": "failed"})
    assert evaluations.case(evaluation_id, "a", 0) == result
    assert evaluations.case(evaluation_id, "a", 1) is None


def test_cases_are_listed_page_by_page_and_whole(evaluations: Evaluations) -> None:
    evaluation_id = made(evaluations)["evaluationId"]
    for n in range(5):
        evaluations.decide(evaluation_id, {"caseId": f"c{n}", "repeat": 0, "status": "passed"})
    page = evaluations.cases(evaluation_id, limit=2)
    rest = evaluations.cases(evaluation_id, limit=10, after=page.next_id)
    assert [one["caseId"] for one in (*page.items, *rest.items)] == [f"c{n}" for n in range(5)]
    assert len(evaluations.all_cases(evaluation_id)) == 5


def test_what_is_not_there(evaluations: Evaluations) -> None:
    with pytest.raises(NotFound):
        evaluations.get(new_id("evl"))
    for case_id, repeat in (("A#B", 0), ("a", 100), ("a", -1)):
        with pytest.raises(InvalidIdentifier):
            evaluations.case(new_id("evl"), case_id, repeat)


def test_they_are_listed_by_agent_suite_and_status_a_page_at_a_time(evaluations: Evaluations) -> None:
    wanted = [
        made(evaluations, agent=agent, suite=suite, status=status)["evaluationId"]
        for agent, suite, status in (("a", "core", "failed"), ("b", "core", "failed"), ("a", "other", "queued")) * 3
    ][::3][::-1]
    only = {"agent": "a", "suite": "core", "status": "failed"}
    assert [one["evaluationId"] for one in evaluations.list(matching=only).items] == wanted
    assert [one["evaluationId"] for one in evaluations.of_version(VERSION, matching=only).items] == wanted
    found: list[str] = []
    after: str | None = None
    for _ in range(12):
        page = evaluations.list(limit=1, after=after, matching=only)
        found += [one["evaluationId"] for one in page.items]
        after = page.next_id
        if after is None:
            break
    assert found == wanted
    assert len(evaluations.list(matching={"agent": "a", "suite": None, "status": None}).items) == 6
