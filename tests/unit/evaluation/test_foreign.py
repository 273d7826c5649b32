import time
from typing import Any

import pytest

from evaluation import foreign
from evaluation.answers import Answer
from evaluation.scorers import Autoevals, Plugin


@pytest.mark.parametrize(
    ("name", "output", "expected", "passed"),
    [
        ("Levenshtein", "hello world", "hello word", True),
        ("Levenshtein", "abc", "xyz", False),
        ("ExactMatch", {"a": 1}, {"a": 1}, True),
        ("JSONDiff", {"a": 1, "b": "x"}, {"a": 1, "b": "y"}, False),
        ("JSONDiff", {"a": 1, "b": "x"}, {"a": 1, "b": "x"}, True),
        ("NumericDiff", 10, 11, True),
        ("NumericDiff", 10, 100, False),
        ("ValidJSON", '{"a": 1}', None, True),
        ("ValidJSON", "{", None, False),
    ],
)
def test_the_scorers_of_autoevals(name: Any, output: Any, expected: Any, *, passed: bool) -> None:
    scorer = Autoevals(type="autoevals", scorer=name, expected=expected, threshold=0.9)
    assert foreign.autoevals(scorer, Answer(output, "r", 1, 0)).passed is passed


class Entry:
    def __init__(self, run: Any) -> None:
        self.load = lambda: run


def test_a_plug_in_is_found_by_its_entry_point_and_given_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, Any] = {}

    def run(**found: Any) -> tuple[bool, float, str]:
        given.update(found)
        return True, 7.0, "fine"

    monkeypatch.setattr(foreign, "entry_points", lambda **_named: [Entry(run)])
    answer = Answer("x", "r", 1, 0)
    found = foreign.plugin(Plugin(type="plugin", name="own", options={"a": 1}), "asked", answer)
    assert (found.passed, found.value) == (True, 1.0)
    assert given == {"asked": "asked", "answer": answer, "options": {"a": 1}}


def test_a_plug_in_that_is_not_there_is_an_error_and_no_pass() -> None:
    with pytest.raises(foreign.NoSuchScorer):
        foreign.plugin(Plugin(type="plugin", name="nobody"), "asked", Answer("x", "r", 1, 0))


@pytest.mark.parametrize("scorer", ["Levenshtein", "JSONDiff"])
def test_what_is_longer_than_is_compared_has_not_passed_and_takes_no_time(scorer: Any) -> None:
    """Distances take the product of two lengths: an agent must not keep the worker busy with a long answer."""
    began = time.monotonic()
    given = foreign.autoevals(
        Autoevals(type="autoevals", scorer=scorer, expected=["ab" * 5_000] * 4),
        Answer("xyz" * 1_000_000, "run_1", 5, 7),
    )
    assert (given.passed, "longer" in given.reason) == (False, True)
    assert time.monotonic() - began < 2
