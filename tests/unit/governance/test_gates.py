from typing import Any

import pytest

from governance.gates import TO_APPROVE, Finding, Gate, Passed, judged
from platform_kit.errors import DependencyUnavailable


def passes(_version: Any) -> str:
    return ""


@pytest.mark.parametrize("gate", TO_APPROVE)
def test_a_gate_without_a_judge_is_closed(gate: Gate) -> None:
    judges = {other: passes for other in TO_APPROVE if other is not gate}
    closed = [one for one in judged(TO_APPROVE, judges, {}) if not one.holds]
    assert closed == [Finding(gate, holds=False, why="nothing judges it yet")]


def test_all_that_fail_are_told_and_in_order() -> None:
    judges = {Gate.POLICY: lambda _: "no policy", Gate.BUDGET: lambda _: "no budget"}
    found = judged((Gate.POLICY, Gate.INCIDENTS, Gate.BUDGET), judges, {})
    assert [(one.gate, one.why) for one in found if not one.holds] == [
        (Gate.POLICY, "no policy"),
        (Gate.INCIDENTS, "nothing judges it yet"),
        (Gate.BUDGET, "no budget"),
    ]


def test_a_gate_that_holds_may_say_how_and_by_what() -> None:
    (found,) = judged((Gate.EVALUATION,), {Gate.EVALUATION: lambda _: Passed("of note", {"by": "evl_1"})}, {})
    assert found == Finding(Gate.EVALUATION, holds=True, why="of note", proof={"by": "evl_1"})


def test_a_judge_that_cannot_read_does_not_pass() -> None:
    def fails(_version: Any) -> str:
        raise DependencyUnavailable("down")

    (found,) = judged((Gate.INCIDENTS,), {Gate.INCIDENTS: fails}, {})
    assert not found.holds


def test_a_judge_sees_the_version() -> None:
    seen: list[Any] = []

    def look(version: Any) -> str:
        seen.append(version)
        return ""

    judged((Gate.POLICY,), {Gate.POLICY: look}, {"versionId": "ver_1"})
    assert seen == [{"versionId": "ver_1"}]
