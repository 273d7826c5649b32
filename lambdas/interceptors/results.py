"""Reading what a target answered: what an agent may be given of it, and how the call went."""

import json
from collections.abc import Mapping
from typing import Any, Final

from enforcement.actions import Outcome
from enforcement.rpc import failed
from governance.toolbox.custom import CustomTool
from lambdas.interceptors.models import GatewayResponse

TOOL_ERROR: Final = "TOOL_ERROR"
UNREADABLE: Final = "TOOL_UNREACHABLE"
_FINE: Final = range(200, 300)
_MOST_VERSION: Final = 32


class Unusable(Exception):
    """An answer of which the agent is given nothing; the message says why, in words of ours."""


def result_in(message: Mapping[str, Any], response: GatewayResponse) -> dict[str, Any]:
    """The result of a message; Unusable when the answer is none to it, is an error, or comes as a stream."""
    body = response.body
    if response.is_streaming_response:
        # Of a stream the gateway forwards progress and log messages without asking anybody.
        raise Unusable("The gateway streams its answers, which nobody can look at.")
    if response.status_code is not None and response.status_code not in _FINE:
        raise Unusable("The target did not answer as it must.")
    if not isinstance(body, dict) or not same_id(message, body) or not isinstance(body.get("result"), dict):
        raise Unusable("The target answered with an error.")
    return dict(body["result"])


def same_id(message: Mapping[str, Any], body: Mapping[str, Any]) -> bool:
    """Whether a response is one to this message."""
    asked, told = message.get("id"), body.get("id")
    return type(asked) is type(told) and asked == told


def outcome_of(tool: CustomTool, result: Mapping[str, Any]) -> Outcome:
    """How a call went that has this result; Unusable when it has what guardrails cannot read, or does not fit."""
    content = _texts(result.get("content", []))
    structured = result.get("structuredContent")
    given: dict[str, Any] = {"content": content} | ({} if structured is None else {"structuredContent": structured})
    told: dict[str, Any] = {"bytes": len(json.dumps(given))}
    if result.get("isError") is True:
        return Outcome("failed", result=given, told={**told, "code": TOOL_ERROR}, error=TOOL_ERROR)
    if tool.output_schema is not None and tool.bad_result(_value(content, structured)):
        raise Unusable("The tool's answer does not fit its schema.")
    return Outcome(result=given, told=told)


def shown(outcome: Outcome, cleaned: Any) -> dict[str, Any]:
    """The result as the agent is given it: what guardrails let pass, as content of text."""
    if not isinstance(cleaned, dict) or "content" not in cleaned:
        return failed("Without what the guardrails keep back, nothing is left of the result.")
    content = [{"type": "text", "text": str(text)} for text in cleaned["content"]]
    structured = {name: cleaned[name] for name in ("structuredContent",) if name in cleaned}
    return {"content": content, **structured, "isError": outcome.status != "succeeded"}


def lost(_why: Unusable) -> Outcome:
    """How a call went of which there is no result."""
    return Outcome("outage", told={"code": UNREADABLE}, error=UNREADABLE)


def initialized(result: Mapping[str, Any], version: str) -> dict[str, Any]:
    """The answer to `initialize`: the revision agreed on, and words of ours in place of the gateway's."""
    agreed = result.get("protocolVersion")
    if not isinstance(agreed, str) or len(agreed) > _MOST_VERSION:
        raise Unusable("The gateway agreed on no protocol version.")
    return {
        "protocolVersion": agreed,
        "capabilities": {"tools": {"listChanged": False}},
        "serverInfo": {"name": "ambit-agentcore-gateway", "version": version},
    }


def _texts(content: object) -> list[str]:
    """The texts of a result's content. Pictures, sounds and links cannot be looked at, so they do not pass."""
    if not isinstance(content, list):
        raise Unusable("The tool's answer has no content.")
    texts = [item.get("text") if isinstance(item, dict) and item.get("type") == "text" else None for item in content]
    if not all(isinstance(text, str) for text in texts):
        raise Unusable("The tool's answer has other content than text.")
    return [str(text) for text in texts]


def _value(texts: list[str], structured: object) -> object:
    """What the schema of the result is about: the structured content, or the JSON of the one text there is."""
    if structured is not None or len(texts) != 1:
        return structured
    try:
        return json.loads(texts[0])
    except (ValueError, RecursionError):
        raise Unusable("The tool's answer is not JSON.") from None
