from typing import Any

import pytest

from governance.gates import TO_APPROVE, Finding, Gate, judged
from platform_kit.errors import DependencyUnavailable


def passes(_version: Any) -> str:
    return ""


@pytest.mark.parametrize("gate", TO_APPROVE)
def test_a_gate_without_a_judge_is_closed(gate: Gate) -> None:
    judges = {other: passes for other in TO_APPROVE if other is not gate}
    closed = [one for one in judged(TO_APPROVE, judges, {}, waive_unjudged=False) if not one.holds]
    assert closed == [Finding(gate, holds=False, why="nothing judges it yet")]


def test_all_that_fail_are_told_and_in_order() -> None:
    judges = {Gate.POLICY: lambda _: "no policy", Gate.BUDGET: lambda _: "no budget"}
    found = judged((Gate.POLICY, Gate.INCIDENTS, Gate.BUDGET), judges, {}, waive_unjudged=False)
    assert [(one.gate, one.why) for one in found if not one.holds] == [
        (Gate.POLICY, "no policy"),
        (Gate.INCIDENTS, "nothing judges it yet"),
        (Gate.BUDGET, "no budget"),
    ]


def test_a_stage_may_waive_what_nothing_judges_and_no_verdict() -> None:
    found = judged((Gate.POLICY, Gate.EVALUATION), {Gate.POLICY: lambda _: "no policy"}, {}, waive_unjudged=True)
    assert [(one.gate, one.holds) for one in found] == [(Gate.POLICY, False), (Gate.EVALUATION, True)]
    assert "waived" in found[1].why


def test_a_judge_that_cannot_read_does_not_pass() -> None:
    def fails(_version: Any) -> str:
        raise DependencyUnavailable("down")

    (found,) = judged((Gate.INCIDENTS,), {Gate.INCIDENTS: fails}, {}, waive_unjudged=True)
    assert not found.holds


def test_a_judge_sees_the_version() -> None:
    seen: list[Any] = []

    def look(version: Any) -> str:
        seen.append(version)
        return ""

    judged((Gate.POLICY,), {Gate.POLICY: look}, {"versionId": "ver_1"}, waive_unjudged=False)
    assert seen == [{"versionId": "ver_1"}]
