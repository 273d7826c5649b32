import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.replays.calls import EVENTS, TOOL, Call, Heard, Recorded, expected, hash_of, match


def asked(name: str, position: int, over: int, kind: str = TOOL) -> Recorded:
    return Recorded(kind, name, hash_of(name), position, over)


def call(name: str) -> Call:
    return Call(TOOL, name, hash_of(name))


ONE_BY_ONE = [asked("a", 1, 1), asked("b", 2, 2), asked("a", 3, 3)]
AT_ONCE = [asked("a", 1, 2), asked("b", 2, 2), asked("c", 3, 3)]


def test_a_call_is_answered_by_the_first_like_it_that_was_not_taken() -> None:
    assert match(ONE_BY_ONE, {}, call("a")) == ONE_BY_ONE[0]
    assert match(ONE_BY_ONE, {1, 2}, call("a")) == ONE_BY_ONE[2]
    assert match(ONE_BY_ONE, {1, 2, 3}, call("a")) is None


def test_no_call_comes_before_one_that_was_over_when_it_began() -> None:
    assert match(ONE_BY_ONE, {}, call("b")) is None
    assert expected(ONE_BY_ONE, {1}) == ONE_BY_ONE[1]


def test_what_ran_at_the_same_time_may_come_in_any_order() -> None:
    assert match(AT_ONCE, {}, call("b")) == AT_ONCE[1]
    assert match(AT_ONCE, {2}, call("a")) == AT_ONCE[0]
    assert match(AT_ONCE, {2}, call("c")) is None


@pytest.mark.parametrize("other", [Call(TOOL, "a", hash_of("b")), Call("model", "a", hash_of("a"))])
def test_another_argument_or_another_kind_is_another_call(other: Call) -> None:
    assert match(ONE_BY_ONE, {}, other) is None


def test_what_an_agent_says_answers_no_question() -> None:
    plan = [asked("events", 1, 1, EVENTS), asked("a", 2, 2)]
    assert expected(plan, {}) == plan[1]
    assert match(plan, {}, Call(EVENTS, "events", hash_of("events"))) is None


def test_a_hash_is_of_the_document_and_not_of_its_spelling() -> None:
    assert hash_of({"a": 1.0, "b": [2]}) == hash_of({"b": [2], "a": 1})
    assert hash_of({"a": 1}) != hash_of({"a": 2})


@given(st.integers(min_value=2**53 + 2))
def test_what_has_no_exact_spelling_has_a_hash_all_the_same(number: int) -> None:
    assert len({hash_of([number]), hash_of([number + 1]), hash_of(["\ud800"])}) == 3


def test_calls_come_back_from_json() -> None:
    heard = Heard(TOOL, "a", "h", 1, same=False, asked="text")
    assert Recorded.unpacked(json.loads(json.dumps(ONE_BY_ONE[0].packed()))) == ONE_BY_ONE[0]
    assert Heard.unpacked(json.loads(json.dumps(heard.packed()))) == heard
