"""Sums as people write them, computed in decimal: `0.1 + 0.2` is 0.3.

Python's own grammar is parsed, and of its tree only numbers, operators, parentheses and six functions are known: no
name, no attribute, no text. Numbers are read from what was written, so that none passes through binary. Length, depth
and magnitude are bounded, so no sum takes longer than a few milliseconds.
"""

import ast
import re
from collections.abc import Callable, Mapping
from decimal import (
    ROUND_HALF_EVEN,
    Context,
    Decimal,
    DecimalException,
    DivisionByZero,
    Inexact,
    InvalidOperation,
    Overflow,
)
from types import MappingProxyType
from typing import Final, NamedTuple

MOST_CHARACTERS: Final = 500
DEEPEST: Final = 50
DIGITS: Final = 100
"""How many digits a number in between may have before it is rounded."""
SHOWN_DIGITS: Final = 34
"""How many digits of a rounded result are told: as many as IEEE 754's decimal128."""
MOST_MAGNITUDE: Final = 999
"""Numbers are below 10 to the power of 1 000, and those that are not 0 above its inverse."""
MOST_POWER: Final = 1_000
MOST_ARGUMENTS: Final = 50
_PLAIN: Final = DIGITS
_CHARACTERS: Final = re.compile(r"[0-9A-Za-z+\-*/%(),. \t]*", re.ASCII)
_NUMBER: Final = re.compile(r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,4})?", re.ASCII)

Number = Decimal


class BadExpression(ValueError):
    """What is no sum, or one beyond the bounds; the message says why, without the text."""


class Value(NamedTuple):
    """A result in decimal notation, and whether it is the exact one."""

    text: str
    exact: bool


def evaluate(expression: str) -> Value:
    """What a sum comes to. BadExpression for what is none, what has no result, and what is beyond the bounds."""
    if len(expression) > MOST_CHARACTERS:
        raise BadExpression(f"longer than {MOST_CHARACTERS} characters")
    if not _CHARACTERS.fullmatch(expression):
        raise BadExpression("holds a character that no sum has")
    written = " ".join(expression.split())
    context = Context(prec=DIGITS, rounding=ROUND_HALF_EVEN, Emin=-MOST_MAGNITUDE, Emax=MOST_MAGNITUDE)
    context.traps.update(dict.fromkeys((InvalidOperation, DivisionByZero, Overflow), True))
    try:
        found = _Sum(written, context).value(_tree(written), 0)
        exact = not context.flags[Inexact]
        return Value(_shown(found, context, exact=exact), exact)
    except DecimalException as error:
        raise BadExpression(_WORDS.get(type(error), "has no result")) from None


def _tree(written: str) -> ast.expr:
    try:
        return ast.parse(written, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise BadExpression("is no sum") from None


class _Sum:
    """One expression on its way: what was written, and the rules of computing."""

    def __init__(self, written: str, context: Context) -> None:
        self._written = written
        self._context = context

    def value(self, node: ast.expr, depth: int) -> Number:
        if depth > DEEPEST:
            raise BadExpression(f"is nested more than {DEEPEST} deep")
        match node:
            case ast.Constant():
                return self._number(node)
            case ast.UnaryOp(op=ast.USub() | ast.UAdd() as sign, operand=operand):
                found = self.value(operand, depth + 1)
                return self._context.minus(found) if isinstance(sign, ast.USub) else found
            case ast.BinOp(op=operator) if type(operator) in _OPERATORS:
                one, two = self.value(node.left, depth + 1), self.value(node.right, depth + 1)
                return _OPERATORS[type(operator)](self._context, one, two)
            case ast.Call(func=ast.Name(id=name), keywords=[]) if name in _FUNCTIONS:
                return self._called(name, node.args, depth)
        raise BadExpression("holds something other than numbers, + - * / // % **, parentheses and known functions")

    def _number(self, node: ast.Constant) -> Number:
        text = ast.get_source_segment(self._written, node) or ""
        if not _NUMBER.fullmatch(text):
            raise BadExpression("holds something that is no decimal number")
        return self._context.create_decimal(text)

    def _called(self, name: str, arguments: list[ast.expr], depth: int) -> Number:
        least, most, function = _FUNCTIONS[name]
        if not least <= len(arguments) <= most:
            raise BadExpression(f"gives {name} {len(arguments)} arguments")
        return function(self._context, *(self.value(argument, depth + 1) for argument in arguments))


def _floor_divide(context: Context, one: Number, two: Number) -> Number:
    """Rounded down, as Python divides whole numbers; decimal's own division rounds towards zero."""
    whole = context.divide_int(one, two)
    return context.subtract(whole, Decimal(1)) if _leans(context, one, two) else whole


def _remainder(context: Context, one: Number, two: Number) -> Number:
    """With the sign of the divisor, so that `a == b * (a // b) + a % b`."""
    rest = context.remainder(one, two)
    return context.add(rest, two) if _leans(context, one, two) else rest


def _leans(context: Context, one: Number, two: Number) -> bool:
    rest = context.remainder(one, two)
    return bool(rest) and (rest < 0) != (two < 0)


def _power(context: Context, one: Number, two: Number) -> Number:
    if abs(two) > MOST_POWER:
        raise BadExpression(f"raises to a power beyond {MOST_POWER}")
    if not one and two < 0:
        raise BadExpression("divides by zero")  # decimal calls it infinite
    return context.power(one, two)


def _rounded(context: Context, number: Number, places: Number = Decimal(0)) -> Number:
    """To so many decimals, half to even."""
    if places != places.to_integral_value() or abs(places) > DIGITS:
        raise BadExpression(f"rounds to a number of decimals that is not whole, or beyond {DIGITS}")
    step = Decimal(1).scaleb(-int(places))
    inexact = context.flags[Inexact]
    found = context.quantize(number, step)
    context.flags[Inexact] = inexact  # rounding was asked for
    return found


_OPERATORS: Final[Mapping[type[ast.operator], Callable[[Context, Number, Number], Number]]] = MappingProxyType(
    {
        ast.Add: Context.add,
        ast.Sub: Context.subtract,
        ast.Mult: Context.multiply,
        ast.Div: Context.divide,
        ast.FloorDiv: _floor_divide,
        ast.Mod: _remainder,
        ast.Pow: _power,
    }
)
_FUNCTIONS: Final[Mapping[str, tuple[int, int, Callable[..., Number]]]] = MappingProxyType(
    {
        "abs": (1, 1, Context.abs),
        "max": (1, MOST_ARGUMENTS, lambda _context, *numbers: max(numbers)),
        "min": (1, MOST_ARGUMENTS, lambda _context, *numbers: min(numbers)),
        "round": (1, 2, _rounded),
        "sqrt": (1, 1, Context.sqrt),
    }
)
"""How many arguments each function takes, at least and at most, and what it does."""
FUNCTIONS: Final = tuple(_FUNCTIONS)
_WORDS: Final[Mapping[type[BaseException], str]] = {
    DivisionByZero: "divides by zero",
    Overflow: f"comes to more than 10 to the power of {MOST_MAGNITUDE + 1}",
}


def _shown(found: Number, context: Context, *, exact: bool) -> str:
    if not exact:
        found = Context(prec=SHOWN_DIGITS, Emin=-MOST_MAGNITUDE, Emax=MOST_MAGNITUDE).plus(found)
    if not found:
        return "0"
    plain = found.normalize(context)
    return format(plain, "f") if abs(plain.adjusted()) <= _PLAIN else format(plain, "E")
