import json
import random
from dataclasses import replace
from typing import Any

import pytest

from governance.approvals.frozen import Frozen, shown, size_of
from governance.approvals.words import Kind

CALL = Frozen("acme", "run_1", "echo-agent", "ver_1", "files.write", {"name": "a.txt", "n": 1, "deep": {"x": [1, 2]}})


def with_arguments(**arguments: Any) -> str:
    return replace(CALL, arguments=arguments).digest()


def test_the_order_of_names_does_not_count_at_any_depth() -> None:
    one = with_arguments(a=1, b={"x": 1, "y": [1, {"p": 1, "q": 2}]})
    other = with_arguments(b={"y": [1, {"q": 2, "p": 1}], "x": 1}, a=1)
    assert one == other


def test_a_whole_number_is_the_same_however_it_is_written() -> None:
    assert with_arguments(n=1) == with_arguments(n=1.0) == with_arguments(n=json.loads("10e-1"))
    assert with_arguments(n=0) == with_arguments(n=-0.0)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, "1"),
        (1, True),
        (0, False),
        (0, None),
        (None, "null"),
        (1, 1.0000000000000002),
        (2**53, 2**53 + 1),
        (float(2**53), 2**53 + 1),
        (2**60, float(2**60)),
        (10**400, 10**400 + 1),
        ([1, 2], [2, 1]),
        ([1, [2]], [[1], 2]),
        ({}, []),
        ("a", "A"),
        ("é", "e\u0301"),
        ("a", "\u0430"),
        ("a", "a\u200b"),
        ("", " "),
        ("\ud800", "\ufffd"),
        ('a","b":"c', "a"),
        ({"x": {"y": 1}}, {"x.y": 1}),
    ],
    ids=repr,
)
def test_what_differs_has_another_digest(one: Any, other: Any) -> None:
    assert with_arguments(v=one) != with_arguments(v=other)


@pytest.mark.parametrize("name", ["tenant", "run_id", "agent", "version_id", "tool"])
def test_every_part_of_the_call_counts(name: str) -> None:
    assert replace(CALL, **{name: "other"}).digest() != CALL.digest()  # type: ignore[arg-type]  # they are all texts
    assert replace(CALL, kind=Kind.PROMOTION).digest() != CALL.digest()


def test_parts_do_not_run_into_each_other() -> None:
    assert (
        replace(CALL, tenant="acmer", run_id="un_1").digest() != replace(CALL, tenant="acme", run_id="run_1").digest()
    )
    assert with_arguments(tool="x") != replace(CALL, tool="x", arguments={}).digest()


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {1: "x"}, {"a": {None: 1}}], ids=repr)
def test_what_is_no_json_has_no_digest(value: Any) -> None:
    with pytest.raises(ValueError, match=r"."):
        with_arguments(v=value)


def test_shuffled_documents_agree_and_changed_ones_do_not() -> None:
    dice = random.Random(7)  # noqa: S311 - a test's cases
    for _ in range(300):
        document = _document(dice, 3)
        assert with_arguments(v=_shuffled(dice, document)) == with_arguments(v=document)
        assert with_arguments(v=[document, 0]) != with_arguments(v=[document, 1])


def _document(dice: random.Random, depth: int) -> Any:
    if depth == 0:
        return dice.choice([None, True, 0, 1.5, "x", "\u202e"])
    if dice.random() < 0.5:
        return [_document(dice, depth - 1) for _ in range(dice.randrange(3))]
    return {f"k{n}": _document(dice, depth - 1) for n in range(dice.randrange(4))}


def _shuffled(dice: random.Random, value: Any) -> Any:
    if isinstance(value, list):
        return [_shuffled(dice, one) for one in value]
    if not isinstance(value, dict):
        return value
    names = list(value)
    dice.shuffle(names)
    return {name: _shuffled(dice, value[name]) for name in names}


def test_the_size_is_that_of_the_bytes() -> None:
    assert size_of({"a": "é"}) == len('{"a":"é"}'.encode())
    assert size_of({"a": "\ud800"}) > 0


@pytest.mark.parametrize(
    "mark", ["\u202e", "\u200b", "\u2066", "\ufeff", "\x9b", "\x7f", "\u00ad", "\u2028", "\U000e0041", "\xa0"]
)
def test_nothing_invisible_is_shown_as_nothing(mark: str) -> None:
    text = shown({"t": f"a{mark}b"})
    assert mark not in text
    assert json.loads(text) == {"t": f"a{mark}b"}


def test_numbers_are_shown_to_the_digit_and_letters_as_they_are() -> None:
    assert shown({"n": 2**53 + 1, "t": "Grüße 日本 🙂"}) == f'{{\n  "n": {2**53 + 1},\n  "t": "Grüße 日本 🙂"\n}}'
