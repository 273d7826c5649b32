from typing import Any

import pytest

from governance.guardrails import Action, DataClass, Finding, Taint, ToolFact, read_taint
from governance.guardrails.taint import MOST_SOURCES

FETCH = ToolFact("http.fetch")
TRUSTED = ToolFact("ledger.read", trusted=True, side_effects=False)
SIGNAL = Finding(DataClass.INJECTION, Action.ALLOW, 0, 5, 0)
CLEAN = Taint()


def test_a_result_of_a_tool_nobody_vouches_for_marks_the_run() -> None:
    assert CLEAN.after(FETCH) == Taint(marked=True, sources=("http.fetch",))


def test_a_result_of_a_trusted_tool_does_not_unless_it_gives_orders() -> None:
    assert CLEAN.after(TRUSTED) == CLEAN
    assert CLEAN.after(TRUSTED, [SIGNAL]) == Taint(marked=True, sources=("ledger.read",), signals=1)


def test_nothing_takes_the_mark_away() -> None:
    marked = CLEAN.after(FETCH)
    assert marked.after(TRUSTED) == marked


def test_a_marked_run_needs_more_for_what_changes_things() -> None:
    marked = CLEAN.after(FETCH)
    assert marked.restricts(FETCH)
    assert not marked.restricts(TRUSTED)
    assert not CLEAN.restricts(FETCH)


def test_of_a_tool_of_which_nothing_is_known_the_worst_is_assumed() -> None:
    assert (ToolFact("x").trusted, ToolFact("x").side_effects) == (False, True)


def test_sources_are_kept_once_and_in_bounds() -> None:
    taint = CLEAN
    for number in range(30):
        taint = taint.after(ToolFact(f"tool-{number // 2}" * 99), [SIGNAL])
    assert (len(taint.sources), taint.signals) == (MOST_SOURCES, 30)
    assert max(map(len, taint.sources)) == 128


def test_a_taint_survives_being_stored() -> None:
    taint = CLEAN.after(FETCH, [SIGNAL])
    assert read_taint(taint.as_dict()) == taint
    assert read_taint(None) == CLEAN


@pytest.mark.parametrize(
    "value",
    [
        *({}, [], "x", {"marked": False}, {"marked": 0, "sources": [], "signals": 0}),
        *({"marked": False, "sources": [], "signals": -1}, {"marked": False, "sources": [1], "signals": 0}),
        {"marked": False, "sources": ["x"] * 9, "signals": 0},
    ],
    ids=repr,
)
def test_a_taint_that_cannot_be_read_is_marked(value: Any) -> None:
    assert read_taint(value).marked
