"""Patterns that know their own beginnings: what makes it possible to scan a stream.

RE2 says whether a pattern matches, not whether it could with more text. A shape is built of parts, so that beside the
pattern of the whole there is one of everything that might still become a whole: its beginnings, the whole included.
Matching is on Latin-1 bytes, a byte a character (`folding.py`).
"""

import re
from dataclasses import dataclass
from functools import reduce


@dataclass(frozen=True, slots=True)
class Shape:
    """`whole` and `beginning` are sources of RE2 patterns; no beginning is empty."""

    whole: str
    beginning: str


def word(shape: Shape) -> Shape:
    """The shape where no letter, digit or underscore stands before it, or where the search begins."""
    return Shape(rf"\b(?:{shape.whole})", rf"\b(?:{shape.beginning})")


def text(words: str) -> Shape:
    """Exactly this, in upper or lower case as given."""
    letters = [re.escape(letter) for letter in words]
    beginning = reduce(lambda rest, letter: f"{letter}(?:{rest})?", reversed(letters[:-1]), letters[-1])
    return Shape("".join(letters), beginning)


def caseless(words: str) -> Shape:
    """This in any case; a space stands for one to three blanks."""
    shape = sequence(*(sequence(*_spaced(n), text(word)) for n, word in enumerate(words.split(" "))))
    return Shape(f"(?i:{shape.whole})", f"(?i:{shape.beginning})")


def chars(allowed: str, least: int = 1, most: int | None = None) -> Shape:
    """From `least` to `most` characters of a class such as `[0-9]`; `most` None is any number."""
    if most is None:
        return Shape(f"{allowed}{{{least},}}", f"{allowed}+")
    return Shape(f"{allowed}{{{least},{most}}}", f"{allowed}{{1,{most}}}")


def digits(least: int, most: int | None = None) -> Shape:
    """From `least` to `most` digits, exactly `least` without `most`."""
    return chars("[0-9]", least, most or least)


def sequence(*parts: Shape) -> Shape:
    """One part after the other."""
    *before, last = parts
    beginning = reduce(
        lambda rest, part: f"(?:{part.beginning}|{part.whole}(?:{rest}))", reversed(before), last.beginning
    )
    return Shape("".join(part.whole for part in parts), beginning)


def either(*parts: Shape) -> Shape:
    """One of the parts, the first that matches."""
    return Shape(f"(?:{'|'.join(part.whole for part in parts)})", f"(?:{'|'.join(part.beginning for part in parts)})")


def maybe(part: Shape) -> Shape:
    """The part, or nothing."""
    return Shape(f"(?:{part.whole})?", part.beginning)


def times(part: Shape, least: int, most: int) -> Shape:
    """The part, from `least` to `most` times."""
    return Shape(f"(?:{part.whole}){{{least},{most}}}", f"(?:{part.whole}){{0,{most - 1}}}(?:{part.beginning})")


def grouped(separator: str, *lengths: int) -> Shape:
    """Digits in groups of these lengths with a separator between them."""
    rest = (part for length in lengths[1:] for part in (text(separator), digits(length)))
    return sequence(digits(lengths[0]), *rest)


def _spaced(number: int) -> tuple[Shape, ...]:
    return (chars(r"[ \t\n\r]", 1, 3),) if number else ()
