from collections.abc import Generator, Sequence
from dataclasses import dataclass, field

import pytest

from model_gateway.breaker import FAILURES, Breaker
from model_gateway.completions import Chunk, Completion
from model_gateway.errors import (
    ModelError,
    ModelNotConfigured,
    ModelRateLimited,
    ModelTimeout,
    ModelUnavailable,
    PromptRejected,
    StreamCut,
)
from model_gateway.providers import Provider
from model_gateway.requests import ChatRequest, parse_request
from model_gateway.router import Router
from model_gateway.targets import ProviderName, Target
from tests.unit.model_gateway.test_breaker import Shared

ASKED = parse_request({"model": "small", "messages": [{"role": "user", "content": "hi"}]})
ONE = Target(ProviderName.OPENAI, "one", "local")
TWO = Target(ProviderName.ANTHROPIC, "two", "local")
ROUTE = (ONE, TWO)
Step = ModelError | str


@dataclass
class Scripted:
    """A provider that fails and answers as it was told; a text that ends in `…` is cut after it."""

    steps: list[Step]
    asked: int = 0
    closed: int = 0

    def complete(self, request: ChatRequest, model: str) -> Completion:
        return Completion(self._next())

    def stream(self, request: ChatRequest, model: str) -> Generator[Chunk]:
        try:
            text = self._next()
            yield Chunk(text)
            yield Chunk("more")
            if text.endswith("…"):
                raise StreamCut("cut")
        finally:
            self.closed += 1

    def _next(self) -> str:
        self.asked += 1
        step = self.steps.pop(0) if len(self.steps) > 1 else self.steps[0]
        if isinstance(step, ModelError):
            raise step
        return step


@dataclass
class World:
    """A router, its providers by target, and how long it waited."""

    providers: dict[str, Scripted]
    waited: list[float] = field(default_factory=list)
    shared: Shared = field(default_factory=Shared)

    def __post_init__(self) -> None:
        self.router = Router(Breaker(self.shared), sleep=self.waited.append, uniform=lambda _low, high: high)

    def of(self, target: Target) -> Provider:
        found = self.providers.get(target.model)
        if found is None:
            raise ModelNotConfigured("none")
        return found

    def complete(self, route: Sequence[Target] = ROUTE) -> str:
        whole = self.router.complete(ASKED, route, self)
        return f"{whole.target.model}: {whole.completion.text}"

    def stream(self, route: Sequence[Target] = ROUTE) -> list[str]:
        return [chunk.text for chunk in self.router.stream(ASKED, route, self).chunks]


def world(**providers: list[Step]) -> World:
    return World({name: Scripted(steps) for name, steps in providers.items()})


def test_the_first_target_answers_when_it_can() -> None:
    made = world(one=["hello"], two=["other"])

    assert made.complete() == "one: hello"
    assert made.providers["two"].asked == 0


def test_an_outage_is_tried_again_with_longer_and_longer_jitter() -> None:
    made = world(one=[ModelUnavailable("x"), ModelUnavailable("x"), "hello"])

    assert made.complete() == "one: hello"
    assert made.waited == [0.25, 0.5]


def test_a_rate_limit_is_waited_for_as_long_as_it_says() -> None:
    made = world(one=[ModelRateLimited("x", retry_after=2), "hello"])

    assert made.complete() == "one: hello"
    assert made.waited == [2.25]


def test_a_rate_limit_that_is_too_long_is_not_waited_for() -> None:
    made = world(one=[ModelRateLimited("x", retry_after=60)], two=["other"])

    assert made.complete() == "two: other"
    assert made.waited == []


@pytest.mark.parametrize("failure", [ModelUnavailable("x"), ModelTimeout("x"), ModelNotConfigured("x")], ids=type)
def test_what_one_target_cannot_do_the_next_does(failure: ModelError) -> None:
    made = world(one=[failure], two=["other"])

    assert made.complete() == "two: other"


@pytest.mark.chaos("upstreams")
def test_a_timeout_is_not_tried_again() -> None:
    made = world(one=[ModelTimeout("x")], two=["other"])

    made.complete()

    assert made.providers["one"].asked == 1


def test_a_request_that_is_rejected_goes_to_nobody_else() -> None:
    made = world(one=[PromptRejected("x")], two=["other"])

    with pytest.raises(PromptRejected):
        made.complete()
    assert made.providers["two"].asked == 0


def test_when_nobody_answers_the_last_failure_is_told() -> None:
    made = world(one=[ModelUnavailable("x")], two=[ModelTimeout("y")])

    with pytest.raises(ModelTimeout):
        made.complete()
    assert made.providers["one"].asked == 3


def test_a_route_without_credentials_is_not_configured() -> None:
    with pytest.raises(ModelNotConfigured):
        world().complete()


def test_a_stream_falls_back_before_its_first_piece() -> None:
    made = world(one=[ModelUnavailable("x")], two=["other"])

    assert made.stream() == ["other", "more"]
    assert made.providers["two"].closed == 1


@pytest.mark.chaos("upstreams")
def test_a_stream_that_is_cut_is_not_begun_again_anywhere() -> None:
    made = world(one=["begun…"], two=["other"])
    streamed = made.router.stream(ASKED, ROUTE, made)

    assert next(streamed.chunks).text == "begun…"
    with pytest.raises(StreamCut):
        list(streamed.chunks)
    assert (made.providers["one"].asked, made.providers["two"].asked) == (1, 0)
    assert made.shared.circuits[ONE.name].failures == 1, "a cut is an outage"


def test_who_stops_early_closes_the_connection() -> None:
    made = world(one=["hello"])
    streamed = made.router.stream(ASKED, ROUTE, made)
    next(streamed.chunks)

    streamed.chunks.close()

    assert made.providers["one"].closed == 1


@pytest.mark.chaos("upstreams")
def test_an_open_circuit_is_not_asked_at_all() -> None:
    made = world(one=[ModelTimeout("x")], two=["other"])
    for _ in range(FAILURES):
        made.complete()
    asked = made.providers["one"].asked

    assert made.complete() == "two: other"
    assert made.providers["one"].asked == asked == FAILURES


def test_a_rate_limit_does_not_open_the_circuit() -> None:
    made = world(one=[ModelRateLimited("x", retry_after=60)], two=["other"])
    for _ in range(2 * FAILURES):
        made.complete()

    assert made.providers["one"].asked == 2 * FAILURES
    assert made.shared.writes == 0
