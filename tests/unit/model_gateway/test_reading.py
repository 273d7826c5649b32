import pytest

from model_gateway.completions import Tokens
from model_gateway.errors import AnswerInvalid, StreamCut
from model_gateway.reading import text_of, tokens_of, understood


@pytest.mark.parametrize("stray", [KeyError, IndexError, TypeError, ValueError, AttributeError])
def test_whatever_an_answer_lacks_makes_it_invalid(stray: type[Exception]) -> None:
    @understood
    def read() -> None:
        raise stray("x")

    with pytest.raises(AnswerInvalid):
        read()


def test_what_was_understood_is_not_taken_for_something_else() -> None:
    @understood
    def read() -> None:
        raise StreamCut("x")

    with pytest.raises(StreamCut):
        read()


def test_a_text_may_be_missing_and_may_be_nothing_else() -> None:
    assert (text_of(None), text_of("x")) == ("", "x")
    with pytest.raises(TypeError):
        text_of(4)


def test_tokens_may_be_missing_and_are_never_negative() -> None:
    assert tokens_of(None, "a", "b") is None
    assert tokens_of({"a": 1, "b": None}, "a", "b") == Tokens(1, 0)
    with pytest.raises(AnswerInvalid):
        understood(tokens_of)({"a": 1, "b": -1}, "a", "b")
