"""OpenAI's client as it is: its base URL is the gateway's, its API key the run token."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from ambit_agent import AgentApp, Gateway, Invocation, delta, output
from openai import OpenAI, PermissionDeniedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from openai.types.chat import ChatCompletionMessageParam

MODEL: Final = "local"
NEEDS_APPROVAL: Final = "NEEDS_APPROVAL"
MOST_ROUNDS: Final = 4
ADD: Final[Any] = {
    "type": "function",
    "function": {
        "name": "add",
        "description": "The sum of two whole numbers.",
        "parameters": {
            "type": "object",
            "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
            "required": ["a", "b"],
        },
    },
}
app = AgentApp()


@app.entrypoint
def chat(invocation: Invocation) -> Iterator[dict[str, Any]]:
    """Say what `context.model` (`local`) says to the input; `context.how` is `stream`, `whole` or `tools`."""
    how, model = invocation.context.get("how", "stream"), str(invocation.context.get("model", MODEL))
    with Gateway(invocation) as gateway, gateway_client(gateway) as client:
        ways = {"stream": streamed, "whole": whole, "tools": with_tools}
        yield from ways[str(how)](asks(gateway, client), model, invocation.input)


def asks(gateway: Gateway, client: OpenAI) -> Callable[..., Any]:
    """OpenAI's `create`. Where policy wants people to decide first, the same request is made again once they have."""

    def create(**request: Any) -> Any:
        while True:
            try:
                return client.chat.completions.create(**request)
            except PermissionDeniedError as refused:
                held = refused.body if isinstance(refused.body, dict) else {}
                if held.get("code") != NEEDS_APPROVAL:
                    raise
                gateway.await_approval(str(held["approvalId"]))

    return create


def gateway_client(gateway: Gateway) -> OpenAI:
    """OpenAI's client for this run. The key is asked for with each request: a run token lives five minutes."""
    return OpenAI(base_url=gateway.openai_url, api_key=gateway.run_token)


def streamed(create: Callable[..., Any], model: str, text: str) -> Iterator[dict[str, Any]]:
    """Word by word, as the model says it."""
    options: Any = {"include_usage": True}
    asked: list[ChatCompletionMessageParam] = [{"role": "user", "content": text}]
    for chunk in create(model=model, messages=asked, stream=True, stream_options=options):
        if chunk.choices and chunk.choices[0].delta.content:
            yield delta(chunk.choices[0].delta.content)


def whole(create: Callable[..., Any], model: str, text: str) -> Iterator[dict[str, Any]]:
    """The answer with what it used."""
    answer = create(model=model, messages=[{"role": "user", "content": text}])
    used = answer.usage.model_dump(include={"prompt_tokens", "completion_tokens"}) if answer.usage else {}
    yield output({"text": answer.choices[0].message.content, **used})


def with_tools(create: Callable[..., Any], model: str, text: str) -> Iterator[dict[str, Any]]:
    """As `whole`, with a tool that adds."""
    messages: list[Any] = [{"role": "user", "content": text}]
    for _ in range(MOST_ROUNDS):
        said = create(model=model, messages=messages, tools=[ADD]).choices[0].message
        if not said.tool_calls:
            yield output({"text": said.content})
            return
        messages += [said.model_dump(), *(answered(call) for call in said.tool_calls)]
    raise RuntimeError("the model does not stop calling tools")


def answered(call: Any) -> dict[str, Any]:
    """What the tool says to a call."""
    given = json.loads(call.function.arguments)
    return {"role": "tool", "tool_call_id": call.id, "content": str(given["a"] + given["b"])}
