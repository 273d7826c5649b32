import pytest

from model_gateway.completions import CalledTool, Completion
from model_gateway.requests import parse_request
from model_gateway.tokens import answer_tokens, count_tokens, first_tokens, prompt_tokens


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", 0),
        ("a", 1),
        ("abcd", 1),
        ("abcde", 2),
        ("a b", 2),
        ("a, b!", 4),
        ("日本語", 3),
        ("  \n", 0),
        ("snake_case", 3),
    ],
)
def test_a_token_is_up_to_four_word_characters_or_one_other(text: str, tokens: int) -> None:
    assert count_tokens(text) == tokens


@pytest.mark.parametrize("most", range(8))
def test_the_first_tokens_of_a_text_are_as_many(most: int) -> None:
    text = "one two, three four"

    assert count_tokens(first_tokens(text, most)) == min(most, count_tokens(text))
    assert text.startswith(first_tokens(text, most))


def test_a_short_text_stays_as_it_is() -> None:
    assert first_tokens("one two  ", 9) == "one two  "


def test_everything_that_is_given_to_a_model_counts() -> None:
    hello = {"role": "user", "content": "abcd"}
    call = {"id": "c", "function": {"name": "abcd", "arguments": "abcd"}}
    plain = prompt_tokens(parse_request({"model": "m", "messages": [hello]}))
    called = parse_request({"model": "m", "messages": [hello, {"role": "assistant", "tool_calls": [call]}]})
    tools = [{"type": "function", "function": {"name": "abcd", "description": "abcd " * 100}}]
    schema = {"type": "json_schema", "json_schema": {"name": "s", "schema": {"title": "abcd " * 50}}}

    assert plain == 5
    assert prompt_tokens(called) == plain + 4 + 2
    assert prompt_tokens(parse_request({"model": "m", "messages": [hello], "tools": tools})) > plain + 100
    assert prompt_tokens(parse_request({"model": "m", "messages": [hello], "response_format": schema})) > plain + 50


def test_calls_count_as_an_answer() -> None:
    assert answer_tokens(Completion("abcd", (CalledTool("c", "abcd", "abcd"),))) == 3
