from dataclasses import fields, replace

import pytest

from governance.governor import Halt, HaltKind, State, explain
from governance.governor.rules import RULES, elapsed, judge, repeats, rounds
from tests.governor_traces import NOW, fresh

A, B, C, D = (letter * 16 for letter in "abcd")


@pytest.mark.parametrize(("calls", "expected"), [((), 0), ((A,), 1), ((A, B, B), 2), ((B, B, A), 1), ((A,) * 32, 32)])
def test_repetition_counts_the_newest_call_in_a_row(calls: tuple[str, ...], expected: int) -> None:
    assert repeats(replace(fresh(), recent=calls)) == expected


@pytest.mark.parametrize(
    ("calls", "expected"),
    [
        ((), 0),
        ((A,) * 32, 0),
        ((A, B), 1),
        ((A, B) * 3, 3),
        ((A, B, C) * 4, 4),
        ((A, B, C, D) * 5, 5),
        ((D, *((A, B, C) * 2)), 2),
        ((A, A, B) * 3, 3),
        ((A, B, C, D, A, B, D), 1),
    ],
    ids=lambda value: str(len(value)) if isinstance(value, tuple) else str(value),
)
def test_a_cycle_of_two_to_four_calls_is_counted_in_rounds(calls: tuple[str, ...], expected: int) -> None:
    assert rounds(replace(fresh(), recent=calls)) == expected


@pytest.mark.parametrize(("now", "seconds"), [(NOW, 0), (NOW + 999, 0), (NOW + 61_000, 61), (NOW - 5_000, 0), (0, 0)])
def test_seconds_are_whole_and_never_negative(now: int, seconds: int) -> None:
    assert elapsed(fresh(), now) == seconds


def test_the_gravest_of_several_halts_is_told() -> None:
    state = replace(fresh(), denials=99, idle=99, risk=99)
    halt = judge(state, NOW)
    assert halt is not None
    assert halt.kind is HaltKind.SAFETY
    order = list(HaltKind)
    assert [order.index(rule.kind) for rule in RULES] == sorted(order.index(rule.kind) for rule in RULES)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_forgets_fields_that_a_state_has_and_explains_itself(rule: object) -> None:
    found = next(one for one in RULES if one is rule)
    assert set(found.clears) <= {field.name for field in fields(State)}
    told = explain(Halt(found.kind, found.name, threshold=17, observed=18, step=19))
    assert all(part in told for part in (found.kind, found.name, found.says, "17", "18", "19"))


def test_a_halt_for_what_cannot_be_read_is_explained_too() -> None:
    assert "cannot be understood" in explain(Halt(HaltKind.SAFETY, "malformed-state", 1, 1, 0))


def test_each_kind_of_halt_has_a_rule() -> None:
    assert {rule.kind for rule in RULES} == set(HaltKind)
