"""OpenAI's own client inside an agent, against a gateway that says what a test wants."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from ambit_agent import Gateway, Invocation
from chat_agent.agent import chat
from openai import PermissionDeniedError

from tests.model_provider import SimulatedProvider, as_json, sse
from tests.unit.agents.kit.test_invocation import payload

if TYPE_CHECKING:
    from collections.abc import Iterator

LATER = 9_999_999_999
CALL = {"id": "c1", "type": "function", "function": {"name": "add", "arguments": '{"a": 2, "b": 40}'}}


@pytest.fixture
def gateway() -> Iterator[SimulatedProvider]:
    with SimulatedProvider().serving() as served:
        yield served


def said(message: dict[str, Any]) -> Any:
    choice = {"index": 0, "message": {"role": "assistant", "content": None, **message}, "finish_reason": "stop"}
    usage = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}
    return as_json(
        {"id": "x", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice], "usage": usage}
    )


def run(gateway: SimulatedProvider, text: str, **context: str) -> list[dict[str, Any]]:
    given = payload(input=text, context=context)
    given["ambit"] |= {"gatewayUrl": f"{gateway.origin}/v1/gateway", "runTokenExpiresAt": LATER}
    return list(chat(Invocation.parse(given)))


def test_it_says_a_stream_word_by_word(gateway: SimulatedProvider) -> None:
    head = {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    choices = ({"index": 0, "delta": {"content": text}, "finish_reason": None} for text in ("one ", "two"))
    pieces = [{**head, "choices": [choice]} for choice in choices]
    gateway.will(sse(*pieces, "[DONE]"))

    events = run(gateway, "hi")

    assert [event["text"] for event in events] == ["one ", "two"]
    (asked,) = gateway.asked
    assert asked.path == "/v1/gateway/openai/v1/chat/completions"
    assert asked.headers["authorization"].startswith("Bearer ")
    assert asked.body["stream"] is True


def test_it_says_a_whole_answer_with_what_it_used(gateway: SimulatedProvider) -> None:
    gateway.will(said({"content": "hello"}))

    (event,) = run(gateway, "hi", how="whole", model="small")

    assert event["output"] == {"text": "hello", "prompt_tokens": 1, "completion_tokens": 2}
    assert gateway.asked[0].body["model"] == "small"


def test_a_call_that_is_held_is_made_again_as_it_was_once_people_have_decided(gateway: SimulatedProvider) -> None:
    held = {"message": "held", "code": "NEEDS_APPROVAL", "approvalId": "apr_1"}
    state = {"approvalId": "apr_1", "status": "approved", "expiresAt": "2026-01-02T03:04:05Z"}
    gateway.will(as_json({"error": held}, 403), as_json(state), said({"content": "hello"}))

    (event,) = run(gateway, "hi", how="whole")

    assert event["output"]["text"] == "hello"
    first, waited, again = gateway.asked
    assert (waited.path, first.path) == ("/v1/gateway/approvals/apr_1", again.path)
    assert first.body == again.body


def test_a_call_that_is_refused_is_not_asked_again(gateway: SimulatedProvider) -> None:
    gateway.will(as_json({"error": {"message": "no", "code": "APPROVAL_DENIED", "approvalId": "apr_1"}}, 403))

    with pytest.raises(PermissionDeniedError):
        run(gateway, "hi", how="whole")
    assert len(gateway.asked) == 1


def test_it_carries_out_the_calls_that_the_model_makes(gateway: SimulatedProvider) -> None:
    gateway.will(said({"tool_calls": [CALL]}), said({"content": "42"}))

    (event,) = run(gateway, "add", how="tools")

    assert event["output"] == {"text": "42"}
    assert gateway.asked[1].body["messages"][-1] == {"role": "tool", "tool_call_id": "c1", "content": "42"}


def test_a_model_that_never_stops_calling_is_stopped(gateway: SimulatedProvider) -> None:
    gateway.will(said({"tool_calls": [CALL]}))

    with pytest.raises(RuntimeError, match="does not stop"):
        run(gateway, "add", how="tools")


def test_the_key_is_a_token_that_is_fresh_enough() -> None:
    given = payload()
    given["ambit"]["runTokenExpiresAt"] = LATER
    with Gateway(Invocation.parse(given)) as opened:
        assert opened.run_token() == given["ambit"]["runToken"]
        assert opened.openai_url == f"{given['ambit']['gatewayUrl'].rstrip('/')}/openai/v1"
