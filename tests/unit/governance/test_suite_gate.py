from typing import Any

import pytest

from governance.suite_gate import RequiredSuite, Shortfall, required_of, shortfalls

SUITE = RequiredSuite("echo", "d" * 64, 0.9)
DONE = {
    "evaluationId": "evl_1",
    "versionId": "ver_1",
    "contentHash": "c" * 64,
    "suite": "echo",
    "suiteDigest": "d" * 64,
    "status": "succeeded",
    "complete": True,
    "passRate": 0.95,
    "evidenceDigest": "e" * 64,
    "finishedAt": "2026-01-01T00:00:00.000Z",
}
LATER = "2026-01-02T00:00:00.000Z"


def missing(*evaluations: dict[str, Any], required: tuple[RequiredSuite, ...] = (SUITE,)) -> list[Shortfall]:
    return shortfalls(required, evaluations, version_id="ver_1", content_hash="c" * 64)


def test_a_finished_evaluation_above_the_threshold_is_enough() -> None:
    assert missing(DONE) == []
    assert missing({**DONE, "passRate": 0.9}) == []


@pytest.mark.parametrize(
    "change",
    [
        {"passRate": 0.89},
        {"status": "running"},
        {"status": "cancelled"},
        {"status": "failed"},
        {"complete": False},
        {"versionId": "ver_2"},
        {"contentHash": "b" * 64},
        {"suite": "other"},
        {"suiteDigest": "e" * 64},
    ],
)
def test_anything_else_is_not(change: dict[str, Any]) -> None:
    assert [one.suite for one in missing({**DONE, **change})] == ["echo"]


def test_the_latest_counts_so_that_a_lucky_one_does_not_last() -> None:
    assert missing(DONE, {**DONE, "evaluationId": "evl_2", "finishedAt": LATER, "passRate": 0.1}) != []
    assert missing({**DONE, "passRate": 0.1}, {**DONE, "evaluationId": "evl_2", "finishedAt": LATER}) == []


def test_the_latest_is_the_last_that_ended_whatever_the_ids_say() -> None:
    """The id of an evaluation that a candidate began is of the version's time, before all that were asked for."""
    began_itself = {**DONE, "evaluationId": "evl_0", "finishedAt": LATER, "passRate": 0.1}
    assert missing(DONE, began_itself) == missing(began_itself, DONE) != []


def test_nobody_passes_when_nothing_is_required() -> None:
    assert [one.suite for one in missing(DONE, required=())] == ["*"]


def test_every_shortfall_is_told() -> None:
    other = RequiredSuite("other", "f" * 64, 0.5)
    assert [one.suite for one in missing(required=(SUITE, other))] == ["echo", "other"]


def test_required_suites_are_those_of_the_agent_in_force() -> None:
    record = {"name": "echo", "digest": "d" * 64, "threshold": 0.9, "agents": ["a"], "required": True}
    assert required_of([record, {**record, "required": False}, {**record, "agents": ["b"]}], "a") == [SUITE]
