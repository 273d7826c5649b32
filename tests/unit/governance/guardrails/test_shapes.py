"""A shape's beginnings are exactly the texts that more text can make whole."""

import re

import pytest

from governance.guardrails.shapes import (
    Shape,
    caseless,
    chars,
    digits,
    either,
    grouped,
    maybe,
    sequence,
    text,
    times,
    word,
)

WHOLES: list[tuple[Shape, list[str]]] = [
    (text("AKIA"), ["AKIA"]),
    (caseless("you are"), ["you are", "YOU \n are"]),
    (chars("[a-z]", 2, 4), ["ab", "abcd"]),
    (chars("[a-z]", 2), ["abcdefgh"]),
    (digits(3), ["123"]),
    (sequence(text("a"), maybe(text("b")), text("c")), ["abc", "ac"]),
    (either(text("cat"), text("car"), text("do")), ["cat", "car", "do"]),
    (times(sequence(maybe(text(" ")), digits(1)), 2, 4), ["12", "1 2 3 4"]),
    (grouped("-", 3, 2, 4), ["536-90-4399"]),
    (word(text("ip")), ["ip"]),
]
PAIRS = [(shape, whole) for shape, wholes in WHOLES for whole in wholes]


@pytest.mark.parametrize(("shape", "whole"), PAIRS, ids=[whole for _, whole in PAIRS])
def test_a_whole_matches_and_each_of_its_beginnings_is_one(shape: Shape, whole: str) -> None:
    assert re.fullmatch(shape.whole, whole)
    assert all(re.fullmatch(shape.beginning, whole[:end]) for end in range(1, len(whole) + 1))


@pytest.mark.parametrize(
    ("shape", "other"),
    [(text("AKIA"), "AKB"), (digits(3), "1234"), (grouped("-", 3, 2), "12-"), (sequence(text("a"), text("b")), "b")],
)
def test_what_cannot_become_whole_is_no_beginning(shape: Shape, other: str) -> None:
    assert not re.fullmatch(shape.beginning, other)


@pytest.mark.parametrize("shape", [shape for shape, _ in WHOLES], ids=lambda shape: shape.whole)
def test_no_beginning_is_empty(shape: Shape) -> None:
    assert not re.fullmatch(shape.beginning, "")


def test_signs_with_a_meaning_in_patterns_stand_for_themselves() -> None:
    assert re.fullmatch(text("<|a.b|>[x]").whole, "<|a.b|>[x]")
    assert not re.fullmatch(text("a.b").whole, "axb")
