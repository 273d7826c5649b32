from typing import Any

import pytest

from governance.suite_gate import By, RequiredSuite, Shortfall, required_of, shortfalls

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
    others = [{**record, "name": "optional", "required": False}, {**record, "name": "foreign", "agents": ["b"]}]
    assert required_of([record, *others], "a") == [SUITE]


def named(record: dict[str, Any], **how: Any) -> dict[str, tuple[tuple[By, ...], bool]]:
    return {one.name: (one.by, not one.why_not) for one in required_of([record], "a", **how)}


OPTIONAL = {"name": "core", "digest": "d" * 64, "threshold": 0.9, "agents": ["a"], "required": False}


def test_what_a_manifest_names_is_required_and_says_by_what() -> None:
    assert named(OPTIONAL) == {}
    assert named(OPTIONAL, named=["core"]) == {"core": ((By.MANIFEST,), True)}
    both = named({**OPTIONAL, "required": True}, named=["core"], held=["core"])
    assert both == {"core": ((By.SUITE, By.MANIFEST, By.APPROVED), True)}


def test_what_a_manifest_names_in_vain_cannot_be_passed() -> None:
    assert named(OPTIONAL, named=["other"]) == {"other": ((By.MANIFEST,), False)}
    assert named({**OPTIONAL, "agents": ["b"]}, named=["core"]) == {"core": ((By.MANIFEST,), False)}
    (suite,) = required_of([], "a", named=["core"])
    perfect = {**DONE, "suite": "core", "suiteDigest": "", "passRate": 1.0}
    assert missing(perfect, required=(suite,))[0].reason.startswith("There is no such suite here")


def test_what_an_approved_version_named_stays_until_the_suite_lets_the_agent_go() -> None:
    assert named(OPTIONAL, held=["core"]) == {"core": ((By.APPROVED,), True)}
    assert named({**OPTIONAL, "agents": ["b"]}, held=["core"]) == {}
    assert named(OPTIONAL, held=["vanished"]) == {"vanished": ((By.APPROVED,), False)}
