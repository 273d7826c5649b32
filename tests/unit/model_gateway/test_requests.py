from typing import Any

import pytest

from model_gateway.errors import BadModelRequest
from model_gateway.requests import DEFAULT_OUTPUT_TOKENS, parse_request

HELLO = {"role": "user", "content": "hi"}


def asking(**more: Any) -> dict[str, Any]:
    return {"model": "local", "messages": [HELLO], **more}


@pytest.mark.parametrize(
    ("document", "param"),
    [
        ([], None),
        ({"messages": [HELLO]}, "model"),
        ({"model": "local"}, "messages"),
        (asking(messages=[]), "messages"),
        (asking(messages=[{"role": "pirate", "content": "x"}]), "messages.0.role"),
        (asking(messages=[{"role": "user", "content": [{"type": "image_url", "image_url": {}}]}]), None),
        (asking(logprobs=True), "logprobs"),
        (asking(n=2), "n"),
        (asking(temperature=3), "temperature"),
        (asking(max_tokens=0), "max_tokens"),
        (asking(max_completion_tokens=10**9), "max_completion_tokens"),
        (asking(seed=4), "seed"),
        (asking(store=True), "store"),
        (asking(tools=[{"type": "web_search"}]), "tools.0.type"),
        (asking(stop=["a"] * 5), "stop"),
        (asking(response_format={"type": "grammar"}), "response_format.type"),
        (asking(metadata={"a": "b"}), "metadata"),
    ],
    ids=str,
)
def test_what_is_not_served_is_refused_by_its_name(document: object, param: str | None) -> None:
    with pytest.raises(BadModelRequest) as refused:
        parse_request(document)
    assert param is None or refused.value.param == param
    assert refused.value.status == 400


def test_a_value_is_never_repeated_in_a_refusal() -> None:
    with pytest.raises(BadModelRequest) as refused:
        parse_request(asking(messages=[{"role": "user", "content": {"secret": "sk-live-1"}}]))
    assert "sk-live-1" not in str(refused.value)


def test_null_is_the_same_as_leaving_out() -> None:
    said: dict[str, Any] = {
        "role": "assistant",
        "content": "x",
        "refusal": None,
        "function_call": None,
        "audio": None,
        "annotations": [],
    }

    request = parse_request(asking(messages=[HELLO, said], temperature=None, tools=None, stream=None))

    assert request.messages[1].text == "x"
    assert request.temperature is None


def test_the_length_of_an_answer_is_bounded_when_nothing_is_said() -> None:
    assert parse_request(asking()).most_output == DEFAULT_OUTPUT_TOKENS
    assert parse_request(asking(max_tokens=5)).most_output == 5
    assert parse_request(asking(max_tokens=5, max_completion_tokens=6)).most_output == 6


def test_a_content_in_parts_is_one_text() -> None:
    parts = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]

    assert parse_request(asking(messages=[{"role": "user", "content": parts}])).messages[0].text == "ab"
