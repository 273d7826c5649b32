import pytest

from governance.guardrails import DataClass
from governance.guardrails.detector import (
    Detector,
    continues_row,
    ends_here,
    ends_word,
    matches,
    stands_alone,
    starts_word,
)
from governance.guardrails.shapes import chars, digits, sequence, text


def everything(_data: bytes, start: int, end: int, _regions: tuple[str, ...]) -> tuple[int, int]:
    return start, end


NUMBER = Detector(DataClass.CARD, digits(3), everything)
NAMED = Detector(DataClass.EMAIL, sequence(text("n="), digits(3)), everything)
FREE = Detector(DataClass.IBAN, text("ab"), everything, free=True)


def found(data: bytes, *detectors: Detector) -> list[tuple[DataClass, bytes]]:
    return [(one.detector.name, data[one.start : one.end]) for one in matches(data, 0, detectors, ())]


def test_of_two_that_overlap_the_first_holds_and_scanning_goes_on_behind_it() -> None:
    assert found(b"n=123 456", NUMBER, NAMED) == [(DataClass.EMAIL, b"n=123"), (DataClass.CARD, b"456")]


def test_of_two_that_begin_together_the_former_detector_holds() -> None:
    other = Detector(DataClass.PHONE, digits(3, 6), everything)
    assert found(b"123456", NUMBER, other)[0] == (DataClass.CARD, b"123")
    assert found(b"123456", other, NUMBER) == [(DataClass.PHONE, b"123456")]


def test_a_candidate_inside_a_word_counts_only_where_it_may() -> None:
    assert found(b"x123 123", NUMBER) == [(DataClass.CARD, b"123")]
    assert found(b"xabab", FREE) == [(DataClass.IBAN, b"ab")] * 2


def test_a_candidate_that_is_refused_does_not_hide_what_begins_within_it() -> None:
    last = Detector(
        DataClass.CARD, sequence(digits(3), chars("[ 0-9]", 0, 8)), lambda d, s, e, _: (s, e) if d[s] == 0x39 else None
    )
    assert found(b"123 999", last) == [(DataClass.CARD, b"999")]


def test_nothing_is_searched_for_without_its_gate() -> None:
    gated = Detector(DataClass.EMAIL, text("@"), everything, gates=(b"@",))
    assert gated.possible(b"a@b")
    assert not gated.possible(b"ab")


@pytest.mark.parametrize(
    ("around", "alone"),
    [
        *(("{}", True), ("({})", True), ("a: {}.", True), ("a:{}", True), ("no.{}, x", True), ("请{}谢", True)),
        *(("1.{}", False), ("1-{}", False), ("a-{}", False), ("{}-b", False), ("{}.5", False), ("{}/24", False)),
        *(("x{}", False), ("{}x", False), ("{}_", False), ("{}@x", False), ("1:{}", False), ("{},000", False)),
    ],
)
def test_a_number_stands_alone_unless_a_sign_or_a_letter_makes_it_part_of_something(around: str, alone: bool) -> None:  # noqa: FBT001 - a table's column
    data = around.format("4111").encode("latin-1", "replace")
    start = data.index(b"4111")
    assert stands_alone(data, start, start + 4) == alone


def test_words_and_rows_have_their_ends() -> None:
    data = b"ab12 34 x"
    assert (starts_word(data, 0), starts_word(data, 2), ends_word(data, 0), ends_here(data, 4)) == (
        True,
        False,
        4,
        True,
    )
    assert (continues_row(data, 5), continues_row(data, 8), continues_row(b"12", 0)) == (True, True, False)
