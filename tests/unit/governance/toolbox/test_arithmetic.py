"""The calculator, attacks first: what must not run, what must not take long, and what must come out exactly."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.toolbox.arithmetic import DEEPEST, MOST_CHARACTERS, SHOWN_DIGITS, BadExpression, evaluate

NO_SUM = {
    "an import": "__import__('os').system('id')",
    "a name": "x",
    "a known function without a call": "max",
    "an attribute": "(1).real",
    "a private attribute": "().__class__",
    "an unknown function": "pow(2, 3)",
    "eval": "eval(1)",
    "a function of a function": "max(min)(1)",
    "a keyword": "round(1.5, ndigits=0)",
    "unpacking": "max(*(1, 2))",
    "text": "'a' * 9",
    "bytes": "b1",
    "a list": "[1]",
    "a tuple": "(1, 2)",
    "nothing": "",
    "blanks": "   ",
    "a comparison": "1 < 2",
    "logic": "1 and 2",
    "a choice": "1 if 2 else 3",
    "a lambda": "lambda: 1",
    "an assignment": "(x := 1)",
    "two lines": "1\n+1",
    "two statements": "1; 2",
    "a comment": "1 # 2",
    "bits": "1 << 2",
    "an inversion": "~1",
    "a matrix product": "1 @ 2",
    "a complex number": "1j",
    "a hexadecimal number": "0x10",
    "an octal number": "0o7",
    "a binary number": "0b1",
    "a number with underscores": "1_000",
    "a number with a leading zero": "007",
    "true": "True",
    "none": "None",
    "an ellipsis": "...",
    "not a number": "nan",
    "infinity": "1e99999",
    "digits of another script": "\u0663 + \u0661",
    "a full-width digit": "１",  # noqa: RUF001 - the attack
    "an unclosed parenthesis": "(1",
    "a NUL": "1\x00",
}
BOMBS = {
    "a tower of powers": "9**9**9**9",
    "a power": "9**1001",
    "a negative power": "9**-1001",
    "a fractional power too far": "9**1000.5",
    "a product of powers": "9**999*9**999",
    "a magnitude": "1e999*10",
    "many parentheses": "(" * 240 + "1" + ")" * 240,
    "many signs": "-" * 499 + "1",
    "a long sum": "1" + "+1" * 240,
    "many arguments": "max(" + "1," * 60 + "1)",
    "nested calls": "abs(" * 90 + "1" + ")" * 90,
    "length": "1" * (MOST_CHARACTERS + 1),
    "rounding": "round(1, 101)",
    "rounding a little": "round(1, 0.5)",
}


@pytest.mark.parametrize("expression", NO_SUM.values(), ids=list(NO_SUM))
def test_what_is_no_sum_is_refused(expression: str) -> None:
    with pytest.raises(BadExpression):
        evaluate(expression)


@pytest.mark.parametrize("expression", BOMBS.values(), ids=list(BOMBS))
def test_what_would_take_long_is_refused(expression: str) -> None:
    with pytest.raises(BadExpression):
        evaluate(expression)


@pytest.mark.parametrize("expression", ["1/0", "1//0", "1%0", "0**-1", "sqrt(-1)", "(-8)**0.5", "0**0 + 1/0"])
def test_what_has_no_result_is_refused(expression: str) -> None:
    with pytest.raises(BadExpression):
        evaluate(expression)


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("0.1 + 0.2", "0.3"),
        ("1.10", "1.1"),
        ("2 ** 200", str(2**200)),
        ("1e3", "1000"),
        (".5 + 5.", "5.5"),
        ("2 + 3 * 4 - -(5)", "19"),
        ("-7 // 2", "-4"),
        ("-7 % 3", "2"),
        ("7 % -3", "-2"),
        ("-6 % 3", "0"),
        ("2 ** -2", "0.25"),
        ("2 ** 3 ** 2", "512"),
        ("round(2.5)", "2"),
        ("round(1234.5 * 0.19, 2)", "234.56"),
        ("round(1250, -2)", "1200"),
        ("max(1, 2.5, -3) + min(4, 5) + abs(-6)", "12.5"),
        ("sqrt(144)", "12"),
        ("1e120", "1E+120"),
        ("-0", "0"),
    ],
)
def test_a_sum_is_exact(expression: str, result: str) -> None:
    assert evaluate(expression) == (result, True)


def test_a_result_that_had_to_be_rounded_says_so() -> None:
    text, exact = evaluate("1/3")
    assert (text, exact) == ("0." + "3" * SHOWN_DIGITS, False)
    assert evaluate("1/3*3") == ("1", False)


def test_depth_is_bounded_and_what_is_below_the_bound_works() -> None:
    assert evaluate("-" * DEEPEST + "1").text == "1"


NUMBERS = st.decimals(min_value=-(10**6), max_value=10**6, places=4).filter(lambda number: number.adjusted() > -9)


@given(NUMBERS, NUMBERS, st.sampled_from("+-*"))
def test_sums_agree_with_fractions(one: Decimal, two: Decimal, operator: str) -> None:
    found = evaluate(f"({one:f}) {operator} ({two:f})")
    fractions = {"+": Fraction.__add__, "-": Fraction.__sub__, "*": Fraction.__mul__}
    assert found.exact
    assert Fraction(found.text) == fractions[operator](Fraction(one), Fraction(two))


@given(NUMBERS, NUMBERS.filter(bool))
def test_whole_division_and_remainder_belong_together(one: Decimal, two: Decimal) -> None:
    whole, rest = (Fraction(evaluate(f"({one:f}) {sign} ({two:f})").text) for sign in ("//", "%"))
    assert whole == Fraction(one) // Fraction(two)
    assert rest == Fraction(one) % Fraction(two)


@given(st.text(max_size=60))
def test_no_text_does_anything_else_than_compute_or_refuse(text: str) -> None:
    try:
        found = evaluate(text)
    except BadExpression:
        return
    assert Decimal(found.text).is_finite()
