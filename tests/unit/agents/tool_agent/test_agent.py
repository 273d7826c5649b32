from typing import Any

from ambit_agent import GatewayError, Invocation
from tool_agent.agent import MOST_CALLS, call_tools


class FakeGateway:
    """A gateway whose calculator is refused."""

    @property
    def tools(self) -> "FakeGateway":
        return self

    def call(self, name: str, /, **arguments: Any) -> dict[str, Any]:
        if name == "calculator":
            raise GatewayError(200, "TOOL_FAILED", "Refused by policy (deny-tier)")
        return {"given": arguments}


def answer(context: dict[str, Any]) -> Any:
    invocation = Invocation("go", context, (), {}, "run_1", "ses_1", "tool-agent", "ver_1", "sync", "", "", 0.0)
    return call_tools(invocation, FakeGateway())


def test_each_call_is_told_with_what_it_gave_or_why_it_did_not() -> None:
    calls = [{"tool": "time", "arguments": {"zone": "UTC"}}, {"tool": "calculator"}]
    first, second = answer({"calls": calls})
    assert first == {"tool": "time", "result": {"given": {"zone": "UTC"}}}
    assert (second["tool"], "deny-tier" in second["refused"]) == ("calculator", True)


def test_calls_are_bounded_and_without_any_there_is_nothing_to_tell() -> None:
    assert len(answer({"calls": [{"tool": "time"}] * 99})) == MOST_CALLS
    assert answer({}) == answer({"calls": "time"}) == []
