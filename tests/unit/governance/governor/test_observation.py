from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.governor import Observation
from governance.governor.observation import POINTS, Risk, fingerprint


def test_a_graver_risk_has_more_points() -> None:
    assert [POINTS[risk] for risk in Risk] == sorted(POINTS.values())


@pytest.mark.parametrize(
    "fault",
    [
        {"cost": -1},
        {"cost": 1.5},
        {"tokens": True},
        {"milliseconds": None},
        {"guardrail_hits": -3},
        {"risk": "low"},
        {"outcome": "ok"},
        {"tool": ""},
        {"tool": None},
        {"arguments": b"a"},
        {"progress": 7},
    ],
)
def test_a_field_that_is_not_of_its_kind_is_seen(fault: dict[str, Any]) -> None:
    assert Observation("search", "a").well_formed()
    assert not Observation(**{"tool": "search", "arguments": "a", **fault}).well_formed()


def test_tool_and_arguments_make_a_call_and_outcome_error_and_result_an_answer() -> None:
    one = Observation("search", "a", "r")
    assert one.call() == Observation("search", "a", "other").call() != Observation("search", "b").call()
    assert one.answer() == Observation("other", "b", "r").answer() != Observation("search", "a", "s").answer()
    assert Observation("s", "a", error="x").answer() != Observation("s", "a", "x").answer()


@given(st.lists(st.text(st.characters(codec=None)), max_size=3), st.lists(st.text(), max_size=3))
def test_a_fingerprint_is_the_same_exactly_when_its_parts_are(one: list[str], other: list[str]) -> None:
    assert (fingerprint(*one) == fingerprint(*other)) == (one == other)
    assert len(fingerprint(*one)) == 16


def test_a_broken_surrogate_has_a_fingerprint_too() -> None:
    assert fingerprint("\ud800") != fingerprint("\ud801")
