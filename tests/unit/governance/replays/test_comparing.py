from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.replays.calls import APPROVAL, EVENTS, TOOL, Heard, Recorded, hash_of
from governance.replays.comparing import MOST_DIFFERENCES, MOST_TEXT, Compared, Told, compare, joined, shown

DONE = {"status": "succeeded", "output": 42}
PLAN = [
    Recorded(TOOL, "a", hash_of("a"), 1, 1),
    Recorded(EVENTS, "events", hash_of("said"), 2, 2),
    Recorded(TOOL, "b", hash_of("b"), 3, 4),
    Recorded(TOOL, "c", hash_of("c"), 4, 4),
]


def heard(of: Recorded, *, same: bool = True, asked: str | None = None) -> Heard:
    position = of.position if of.kind == TOOL else None
    return Heard(of.kind, of.name, of.hash, position, same=same, asked=asked)


def compared(calls: list[Heard], ours: Told | None = None, theirs: Told | None = None) -> Compared:
    told = Told([], DONE)
    return compare(PLAN, calls, ours or told, theirs or told, lambda place: f"asked {place}")


def results(found: Compared) -> list[str]:
    return [row["result"] for row in found.calls]


def test_the_same_story_has_the_same_hash() -> None:
    found = compared(list(map(heard, PLAN)))
    assert (found.identical, found.differences, results(found)) == (True, [], ["same"] * 4)


def test_what_ran_at_the_same_time_may_change_places() -> None:
    first, second = compared(list(map(heard, PLAN))), compared([heard(PLAN[place]) for place in (0, 1, 3, 2)])
    assert second.identical
    assert first.replayed_hash == second.replayed_hash


@pytest.mark.parametrize("order", sorted(set(permutations(range(4))) - {(0, 1, 2, 3), (0, 1, 3, 2)}))
def test_any_other_order_is_a_difference(order: tuple[int, ...]) -> None:
    found = compared([heard(PLAN[place]) for place in order])
    assert not found.identical
    assert "moved" in results(found)


@given(st.lists(st.sampled_from(range(4)), unique=True, max_size=3))
def test_whatever_is_missing_is_named(kept: list[int]) -> None:
    found = compared([heard(PLAN[place]) for place in sorted(kept)])
    assert not found.identical
    assert [at for at, result in enumerate(results(found)) if result == "missing"] == sorted(set(range(4)) - set(kept))
    assert {one.expected for one in found.differences} >= {f"asked {at + 1}" for at in set(range(4)) - set(kept)}


def test_a_call_that_differs_shows_both_sides() -> None:
    other = Heard(TOOL, "a", hash_of("x"), 1, same=False, asked="asked otherwise")
    found = compared([other, *map(heard, PLAN[1:])])
    assert results(found) == ["diverged", "same", "same", "same"]
    assert [one.as_dict() for one in found.differences] == [
        {"what": "call", "position": 1, "expected": "asked 1", "got": "asked otherwise"}
    ]


def test_a_call_that_the_record_does_not_have_comes_last() -> None:
    extra = Heard(TOOL, "d", hash_of("d"), None, same=False, asked="more")
    found = compared([*map(heard, PLAN), extra])
    assert (results(found)[-1], found.calls[-1]["position"]) == ("added", None)
    assert (found.differences[0].expected, found.differences[0].got) == (None, "more")


def test_what_is_said_more_shifts_nothing_else() -> None:
    extra = Heard(EVENTS, "events", hash_of("also"), 2, same=False, asked="also")
    found = compared([heard(PLAN[0]), extra, *map(heard, PLAN[1:])])
    assert results(found) == ["same", "same", "same", "same", "added"]


def test_how_a_text_is_cut_is_chance() -> None:
    one = Told([{"type": "delta", "text": "ab"}, {"type": "x"}, {"type": "delta", "text": "c"}], DONE)
    other = Told([{"type": "delta", "text": t} for t in "ab"] + [{"type": "x"}, {"type": "delta", "text": "c"}], DONE)
    found = compared(list(map(heard, PLAN)), one, other)
    assert (found.identical, found.events) == (True, (3, 3))
    assert joined(other.events) == list(one.events)


@pytest.mark.parametrize(
    ("theirs", "what"),
    [
        (Told([{"type": "delta", "text": "b"}], DONE), "event"),
        (Told([], DONE), "event"),
        (Told([{"type": "delta", "text": "a"}, {"type": "x"}], DONE), "event"),
        (Told([{"type": "delta", "text": "a"}], {**DONE, "output": 43}), "outcome"),
        (Told([{"type": "delta", "text": "a"}], {"status": "failed", "error": {}}), "outcome"),
    ],
)
def test_another_answer_is_a_difference(theirs: Told, what: str) -> None:
    found = compared(list(map(heard, PLAN)), Told([{"type": "delta", "text": "a"}], DONE), theirs)
    assert (found.identical, [one.what for one in found.differences]) == (False, [what])


def test_of_a_run_that_was_broken_off_the_calls_alone_are_compared() -> None:
    found = compared(list(map(heard, PLAN)), Told([{"type": "x"}], None), Told([], DONE))
    assert (found.identical, found.differences) == (True, [])


def test_what_people_decided_is_no_call_of_the_agents() -> None:
    plan = [Recorded(APPROVAL, "approval", "h", 1, 1)]
    assert compare(plan, [], Told([], DONE), Told([], DONE), lambda _place: None).identical


def test_there_is_an_end_to_what_is_shown() -> None:
    many: list[dict[str, Any]] = [{"type": str(number)} for number in range(MOST_DIFFERENCES + 5)]
    found = compared(list(map(heard, PLAN)), Told(many, DONE), Told([], DONE))
    assert (len(found.differences), found.omitted) == (MOST_DIFFERENCES, 5)
    assert len(shown("x" * 10 * MOST_TEXT)) < MOST_TEXT + 40
