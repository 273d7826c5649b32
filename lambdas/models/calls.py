"""One call of a model on its way through the pipeline: begun, and settled for what it used, however it ends."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from enforcement.actions import Action, Outcome, Status
from enforcement.pipeline import Begun, finish
from enforcement.policies import InForce
from enforcement.run_desk import RunDesk
from governance.guardrails import GuardrailPolicy
from governance.model_prices import ModelPrice, price_of
from governance.pricing import Usage
from model_gateway.completions import CalledTool, Completion, Tokens
from model_gateway.errors import ModelError
from model_gateway.requests import ChatRequest
from model_gateway.targets import Target
from model_gateway.tokens import answer_tokens, prompt_tokens
from platform_kit.errors import AmbitError
from run_lifecycle.guarding import Guarded

TOOL: Final = "model.chat"
FAILED: Final = "MODEL_CALL_FAILED"
CLIENT_GONE: Final = "CLIENT_GONE"
_OUTAGE: Final = 500
_TOO_MANY: Final = 429


def action_of(request: ChatRequest, document: dict[str, Any], route: Sequence[Target]) -> Action:
    """The call as the pipeline decides on it: the most it may cost is held, whichever target answers."""
    prompt, most = prompt_tokens(request), request.most_output
    prices = [price_of(target.price).cost(prompt, most) for target in route]
    told = {"model": request.model, "messages": len(request.messages), "promptTokens": prompt, "maxTokens": most}
    return Action(
        tool=TOOL,
        arguments=document,
        told={**told, "stream": request.stream, **_tools(request)},
        estimate=Usage(input_tokens=prompt, output_tokens=most),
        price=max(prices),
        models=(request.model,),
    )


def _tools(request: ChatRequest) -> dict[str, Any]:
    return {"tools": [tool.function.name for tool in request.tools]} if request.tools else {}


@dataclass(frozen=True)
class Used:
    """What a call used of which model, and what that costs."""

    target: Target
    tokens: Tokens
    price: ModelPrice
    counted: bool

    @property
    def cost(self) -> int:
        """In pico-dollars."""
        return self.price.cost(self.tokens.input, self.tokens.output)

    def told(self) -> dict[str, Any]:
        """What the event log keeps. `counted`: the provider did not say, so the platform counted."""
        return {
            "model": self.target.name,
            "inputTokens": self.tokens.input,
            "outputTokens": self.tokens.output,
            "price": self.price.key,
            "costPico": self.cost,
            **({"counted": True} if self.counted else {}),
        }


def used(request: ChatRequest, target: Target, answer: Completion) -> Used:
    """What an answer, or the part of it that came, used: as the provider says, or else as the platform counts."""
    tokens = answer.tokens or Tokens(prompt_tokens(request), answer_tokens(answer))
    return Used(target, tokens, price_of(target.price), counted=answer.tokens is None)


@dataclass(frozen=True)
class ModelCall:
    """A call whose intent is written: from here on it is settled, whatever happens."""

    desk: RunDesk
    in_force: InForce
    begun: Begun
    request: ChatRequest
    route: tuple[Target, ...]
    policy: GuardrailPolicy

    def settle(self, answer: Completion, used: Used, *, changed: int = 0) -> Completion:
        """Complete the intent with an answer; the answer as the agent may have it. Raises as `finish` does."""
        told = {**used.told(), "finish": answer.finish.value, **({"masked": changed} if changed else {})}
        calls = [{"id": call.id, "name": call.name, "arguments": call.arguments} for call in answer.calls]
        given = self._finish("succeeded", told, used, result={"text": answer.text, "calls": calls})
        return _cleaned(answer, given.value)

    def fail(self, failure: BaseException, used: Used | None = None) -> None:
        """Complete the intent with a failure, and with what was used until then."""
        code = failure.code if isinstance(failure, AmbitError) else FAILED
        code = CLIENT_GONE if isinstance(failure, GeneratorExit) else code
        told = {"code": code, **(used.told() if used else {})}
        self._finish(_status(failure), told, used, error=code)

    def _finish(
        self, status: Status, told: dict[str, Any], used: Used | None, *, result: Any = None, error: str = ""
    ) -> Guarded:
        usage = Usage(input_tokens=used.tokens.input, output_tokens=used.tokens.output) if used else Usage()
        price = used.cost if used else 0
        outcome = Outcome(status, result=result, told=told, usage=usage, price=price, error=error)
        return finish(self.desk, self.in_force, self.begun, outcome)


def _status(failure: BaseException) -> Status:
    outage = isinstance(failure, ModelError) and failure.status >= _OUTAGE
    return "outage" if outage or (isinstance(failure, ModelError) and failure.status == _TOO_MANY) else "failed"


def _cleaned(answer: Completion, value: Any) -> Completion:
    calls = tuple(CalledTool(call["id"], call["name"], call["arguments"]) for call in value["calls"])
    return Completion(value["text"], calls, answer.finish, answer.tokens)
