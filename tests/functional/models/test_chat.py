"""Calls of models through the whole function: what the agent gets, what record and log keep, what it costs."""

from typing import Any

import pytest

from governance.model_prices import price_of
from model_gateway.completions import CallDelta, Chunk, Tokens
from model_gateway.errors import ModelTimeout, StreamCut
from tests.functional.models.conftest import Made, ModelWorld, cost, events_of, text_of
from tests.functional.moto_platform import put_switch

KEY = "AKIAIOSFODNN7EXAMPLE"
BLOCKING = {"tools": ["model.chat"], "policy": "balanced"}


def used(world: ModelWorld, run: dict[str, Any]) -> dict[str, int]:
    record = world.runs.record(run)
    names = ("toolCalls", "inputTokens", "outputTokens", "pricedPico", "heldPico")
    return {name: int(record.get(name) or 0) for name in names}


def test_a_whole_answer_is_in_openais_shape_and_settled_at_the_models_price(world: ModelWorld) -> None:
    run = world.start()

    answer = world.ask(run, "echo: hello there")

    body = answer.json()
    assert answer.status_code == 200
    assert (body["object"], body["model"]) == ("chat.completion", "local")
    assert body["choices"][0]["message"]["content"] == "hello there"
    assert body["choices"][0]["finish_reason"] == "stop"
    assert body["usage"] == {"prompt_tokens": 10, "completion_tokens": 4, "total_tokens": 14}
    assert used(world, run) == {
        "toolCalls": 1,
        "inputTokens": 10,
        "outputTokens": 4,
        "pricedPico": cost(Tokens(10, 4)),
        "heldPico": 0,
    }


def test_the_log_says_what_was_asked_and_what_it_used_and_not_what_was_said(world: ModelWorld) -> None:
    run = world.start()

    world.ask(run, "echo: hello there", max_tokens=9)

    (call,), (result,) = world.told(run, "call"), world.told(run, "result")
    assert call["arguments"] == {"model": "local", "messages": 1, "promptTokens": 10, "maxTokens": 9, "stream": False}
    assert (result["model"], result["inputTokens"], result["outputTokens"]) == ("local/deterministic", 10, 4)
    assert result["price"] == price_of("local").key
    assert "hello" not in str(world.runs.events(run))


def test_a_stream_comes_in_pieces_and_ends_with_done(world: ModelWorld) -> None:
    run = world.start()

    events = events_of(world.ask(run, "echo: one two three", stream=True, stream_options={"include_usage": True}))

    assert events[-1] == "[DONE]"
    assert events[0]["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    assert text_of(events) == "one two three"
    assert sum(bool(event["choices"] and event["choices"][0]["delta"].get("content")) for event in events[:-1]) == 3
    assert events[-3]["choices"][0]["finish_reason"] == "stop"
    assert events[-2]["usage"]["completion_tokens"] == 4
    assert len({event["id"] for event in events[:-1]}) == 1
    assert used(world, run)["outputTokens"] == 4


def test_the_usage_chunk_comes_only_when_it_is_asked_for(world: ModelWorld) -> None:
    events = events_of(world.ask(world.start(), stream=True))

    assert [event for event in events[:-1] if event.get("usage")] == []


def test_what_the_provider_says_of_tokens_is_what_is_charged(world: ModelWorld) -> None:
    world.provider, run = Made(["hello"], tokens=Tokens(1_000, 200)), world.start()

    world.ask(run)

    assert used(world, run)["pricedPico"] == cost(Tokens(1_000, 200))


@pytest.mark.parametrize("stream", [False, True])
def test_tokens_are_counted_here_when_the_provider_does_not_say(world: ModelWorld, *, stream: bool) -> None:
    world.provider, run = Made(["hello"], tokens=None), world.start()

    world.ask(run, stream=stream).read()

    (result,) = world.told(run, "result")
    assert (result["outputTokens"], result["counted"]) == (2, True)


@pytest.mark.parametrize(
    ("more", "param"),
    [({"logprobs": True}, "logprobs"), ({"n": 3}, "n"), ({"messages": []}, "messages")],
    ids=["unknown", "bad", "empty"],
)
def test_what_is_not_served_is_named_and_nothing_is_done(world: ModelWorld, more: dict[str, Any], param: str) -> None:
    run = world.start()

    answer = world.ask(run, **more)

    error = answer.json()["error"]
    assert (answer.status_code, error["param"], error["type"]) == (400, param, "invalid_request_error")
    assert used(world, run)["toolCalls"] == 0


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"a": 1e999}'])
def test_a_body_that_is_no_object_is_refused_in_openais_shape(world: ModelWorld, body: bytes) -> None:
    headers = {**world.headers(world.start()), "content-type": "application/json"}

    answer = world.client.post("/v1/gateway/openai/v1/chat/completions", content=body, headers=headers)

    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "INVALID_BODY"


def test_policy_decides_which_models_may_be_asked(world: ModelWorld) -> None:
    world.runs.override({"models": ["small"]})
    run = world.start()

    answer = world.ask(run)

    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["type"]) == (403, "POLICY_DENIED", "permission_error")
    assert error["policy"]["ruleId"] == "deny-model"
    assert answer.headers["x-should-retry"] == "false"
    assert used(world, run)["inputTokens"] == 0
    assert world.names(run) == ["small"]


def test_an_agent_that_does_not_say_that_it_uses_models_may_not(world: ModelWorld) -> None:
    assert world.ask(world.start(manifest={"tools": ["files.read"]})).status_code == 403


def test_more_than_the_run_may_cost_is_not_begun(world: ModelWorld) -> None:
    world.runs.override({"maxCostPerRun": "0.00001"})
    run = world.start()

    answer = world.ask(run)

    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "POLICY_DENIED")


def test_a_model_that_there_is_not_is_not_found(world: ModelWorld) -> None:
    answer = world.ask(world.start(), model="gpt-99")

    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "model_not_found")


def test_a_run_that_has_ended_asks_nothing(world: ModelWorld) -> None:
    run = world.start()
    world.runs.end(run, "cancelled")

    answer = world.ask(run)

    assert (answer.status_code, answer.headers["x-should-retry"]) == (409, "false")


@pytest.mark.parametrize(("scope", "target"), [("tool", "model.chat"), ("agent", "echo-agent"), ("tenant", "acme")])
def test_operators_can_stop_it(world: ModelWorld, scope: str, target: str) -> None:
    run = world.start()
    put_switch(scope, target)

    answer = world.ask(run)

    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "KILL_SWITCH")


@pytest.mark.parametrize("owner", ["platform", "acme"])
def test_a_run_that_is_stopped_asks_nothing_and_its_neighbour_goes_on(world: ModelWorld, owner: str) -> None:
    stopped, neighbour = world.start(), world.start()
    put_switch("run", f"acme/{stopped['runId']}", owner)

    assert world.ask(stopped).json()["error"]["code"] == "KILL_SWITCH"
    assert world.ask(neighbour).status_code == 200


@pytest.mark.parametrize("stream", [False, True])
def test_a_secret_does_not_leave_for_a_provider(world: ModelWorld, *, stream: bool) -> None:
    world.provider = Made(["fine"])

    world.ask(world.start(), f"my key is {KEY}", stream=stream).read()

    (asked,) = world.provider.asked
    assert asked.messages[0].text == "my key is [AWS_KEY]"


def test_a_secret_in_an_answer_is_masked(world: ModelWorld) -> None:
    world.provider = Made([f"the key is {KEY}, keep it"])

    answer = world.ask(world.start()).json()

    assert answer["choices"][0]["message"]["content"] == "the key is [AWS_KEY], keep it"


def test_a_secret_that_is_split_over_two_pieces_is_masked(world: ModelWorld) -> None:
    world.provider = Made(["the key is AKIAIOSF", "ODNN7EXAMPLE", ", keep it"])

    events = events_of(world.ask(world.start(), stream=True))

    assert text_of(events) == "the key is [AWS_KEY], keep it"
    assert events[-1] == "[DONE]"


def test_a_secret_in_the_arguments_of_a_call_is_masked(world: ModelWorld) -> None:
    begun = Chunk(calls=(CallDelta(0, "c1", "send", '{"key": "AKIAIOSF'),))
    world.provider = Made([begun, Chunk(calls=(CallDelta(0, arguments='ODNN7EXAMPLE"}'),))])

    events = events_of(world.ask(world.start(), stream=True))

    pieces = [event["choices"][0]["delta"].get("tool_calls") for event in events[:-1] if event["choices"]]
    arguments = "".join(call["function"]["arguments"] for calls in pieces if calls for call in calls)
    assert arguments == '{"key": "[AWS_KEY]"}'


def test_an_answer_that_must_not_pass_ends_with_an_error_and_is_settled(world: ModelWorld) -> None:
    world.runs.override({"guardrails": {"actions": {"aws_key": "block"}}})
    world.provider, run = Made(["so far so good. ", f"the key is {KEY} and more", " and more"]), world.start()

    events = events_of(world.ask(run, stream=True))

    assert events[-1]["error"]["code"] == "content_filter"
    assert "[DONE]" not in events
    assert KEY not in str(events)
    assert text_of(events[:-1]).startswith("so far so good.")
    (result,) = world.told(run, "result")
    assert (result["status"], result["code"]) == ("failed", "CONTENT_BLOCKED")
    assert used(world, run)["outputTokens"] > 0
    assert used(world, run)["heldPico"] == 0
    assert world.provider.closed == 1


def test_a_prompt_that_must_not_pass_is_not_sent(world: ModelWorld) -> None:
    world.runs.override({"guardrails": {"actions": {"aws_key": "block"}}})
    world.provider = Made(["fine"])

    answer = world.ask(world.start(), f"my key is {KEY}")

    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "GUARDRAIL_BLOCKED")
    assert world.provider.asked == []


def test_an_answer_that_is_cut_ends_with_an_error_and_what_came_is_settled(world: ModelWorld) -> None:
    world.provider, run = Made(["one ", "two "], StreamCut("cut")), world.start()

    events = events_of(world.ask(run, stream=True))

    assert text_of(events[:-1]) == "one two "
    assert events[-1]["error"]["code"] == "stream_cut"
    assert "[DONE]" not in events
    (result,) = world.told(run, "result")
    assert (result["status"], result["outputTokens"]) == ("outage", 2)
    assert used(world, run)["pricedPico"] == result["costPico"] > 0


@pytest.mark.parametrize("stream", [False, True])
def test_a_provider_that_fails_before_it_begins_is_told_by_its_status_and_costs_nothing(
    world: ModelWorld, *, stream: bool
) -> None:
    world.provider, run = Made([], ModelTimeout("late")), world.start()

    answer = world.ask(run, stream=stream)

    assert (answer.status_code, answer.json()["error"]["code"]) == (504, "model_timeout")
    assert used(world, run) == {"toolCalls": 1, "inputTokens": 0, "outputTokens": 0, "pricedPico": 0, "heldPico": 0}


def test_nobody_but_a_running_agent_is_answered(world: ModelWorld) -> None:
    answer = world.client.post("/v1/gateway/openai/v1/chat/completions", json={})

    assert answer.status_code == 401
    assert answer.json()["error"]["type"] == "authentication_error"


def test_it_says_that_it_is_alive(world: ModelWorld) -> None:
    assert world.client.get("/healthz").status_code == 204


def test_a_failure_nobody_foresaw_says_nothing_of_itself(world: ModelWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    run = world.start()
    monkeypatch.setattr(Made, "complete", lambda *_: 1 / 0)
    world.provider = Made(["x"])

    answer = world.ask(run)

    assert answer.status_code == 500
    assert "division" not in answer.text
    assert used(world, run)["heldPico"] == 0
