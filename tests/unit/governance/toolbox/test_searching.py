import pytest
from pydantic import ValidationError

from governance.toolbox.searching import SNIPPET, Hit, Hits, Search, is_text, lines_with


def test_a_line_has_to_hold_every_word_whatever_its_case() -> None:
    text = "Invoice 17 is paid\ninvoice 18 is open\nNothing here\nOPEN INVOICE"
    assert list(lines_with(text, ["Invoice", "open"])) == [(2, "invoice 18 is open"), (4, "OPEN INVOICE")]


@pytest.mark.parametrize("line", ["x" * 5_000 + "needle" + "y" * 5_000, "needle" + "y" * 5_000, "x" * 5_000 + "needle"])
def test_of_a_long_line_a_part_around_the_word_is_given(line: str) -> None:
    [found] = lines_with(line, ["needle"])
    assert "needle" in found.text
    assert len(found.text) <= SNIPPET + 2


def test_words_are_looked_for_as_they_are_written() -> None:
    assert list(lines_with("aaaa\na.a", ["a.a"])) == [(2, "a.a")]


@pytest.mark.parametrize("query", ["", "   ", "a " * 9, "x" * 201])
def test_a_question_has_one_to_eight_words(query: str) -> None:
    with pytest.raises(ValidationError):
        Search(query=query)


def test_the_log_is_told_neither_words_nor_lines() -> None:
    hits = Hits(hits=[Hit(file_id="fil_1", name="a.txt", line=3, text="salary")], files=1, complete=False)
    assert "salary" not in str(Search(query="salary").told()) + str(hits.told())
    assert hits.summary() == "a.txt:3: salary\nThere may be more: a bound was reached."


def test_nothing_found_says_so() -> None:
    assert Hits(hits=[], files=2, complete=True).summary() == "Nothing was found."


@pytest.mark.parametrize(
    ("media", "text"),
    [
        ("text/csv", True),
        ("TEXT/PLAIN; charset=utf-8", True),
        ("application/json", True),
        ("application/problem+json", True),
        ("image/svg+xml", False),
        ("application/octet-stream", False),
        ("application/zip", False),
        ("", False),
    ],
)
def test_text_is_told_by_its_media_type(media: str, text: bool) -> None:  # noqa: FBT001 - a case
    assert is_text(media) is text
