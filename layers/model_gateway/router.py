"""From a route (an alias's targets in their order) to an answer: circuits, retries, the next target on an outage."""

import contextlib
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from model_gateway.breaker import Breaker
from model_gateway.completions import Chunk, Completion
from model_gateway.errors import ModelError, ModelNotConfigured, ModelUnavailable
from model_gateway.providers import Provider
from model_gateway.requests import ChatRequest
from model_gateway.retries import Retries, jitter
from model_gateway.targets import Target
from platform_kit.observability import count

T = TypeVar("T")


class Providers(Protocol):
    """Adapters with the credentials of one tenant's route."""

    def of(self, target: Target) -> Provider:
        """The adapter for a target; ModelNotConfigured when there is no credential."""
        ...


@dataclass(frozen=True)
class Whole:
    """A whole answer and who gave it."""

    target: Target
    completion: Completion


@dataclass(frozen=True)
class Streamed:
    """An answer that has begun and who gives it. Closing `chunks` closes the connection."""

    target: Target
    chunks: Generator[Chunk]


class Router:
    """Leads requests along routes. Safe to share between threads."""

    def __init__(
        self,
        breaker: Breaker,
        retries: Retries | None = None,
        *,
        sleep: Callable[[float], None] = time.sleep,
        uniform: Callable[[float, float], float] = jitter,
    ) -> None:
        self._breaker = breaker
        self._retries = retries or Retries()
        self._sleep = sleep
        self._uniform = uniform

    def complete(self, request: ChatRequest, route: Sequence[Target], providers: Providers) -> Whole:
        """A whole answer; ModelError of the last target when none gave one."""

        def ask(target: Target) -> Whole:
            whole = Whole(target, providers.of(target).complete(request, target.model))
            self._breaker.succeeded(target.name)
            return whole

        return self._along(route, ask)

    def stream(self, request: ChatRequest, route: Sequence[Target], providers: Providers) -> Streamed:
        """An answer whose first piece has come. What fails later is raised by its iterator and not tried again."""

        def ask(target: Target) -> Streamed:
            chunks = providers.of(target).stream(request, target.model)
            first = next(chunks, None)
            return Streamed(target, self._watched(target, first, chunks))

        return self._along(route, ask)

    def _watched(self, target: Target, first: Chunk | None, chunks: Generator[Chunk]) -> Generator[Chunk]:
        try:
            with contextlib.closing(chunks):
                if first is not None:
                    yield first
                yield from chunks
        except ModelError as failure:
            self._note(target, failure)
            raise
        self._breaker.succeeded(target.name)

    def _along(self, route: Sequence[Target], ask: Callable[[Target], T]) -> T:
        last: ModelError = ModelUnavailable("No provider serves this model.")
        for target in route:
            try:
                self._breaker.let(target.name)
                return self._tried(target, ask)
            except ModelError as failure:
                if not failure.falls_back:
                    raise
                # That a target is not set up says least of why nobody answers.
                last = last if isinstance(failure, ModelNotConfigured) and target is not route[0] else failure
                count("ModelFellBack", model=target.name, code=failure.code)
        raise last

    def _tried(self, target: Target, ask: Callable[[Target], T]) -> T:
        attempt = 0
        while True:
            attempt += 1
            try:
                return ask(target)
            except ModelError as failure:
                self._note(target, failure)
                pause = self._retries.pause(failure, attempt, self._uniform)
                if pause is None:
                    raise
            self._sleep(pause)

    def _note(self, target: Target, failure: ModelError) -> None:
        if failure.outage:
            count("ModelError", model=target.name, code=failure.code)
            self._breaker.failed(target.name)
        else:
            count("ModelRefused", model=target.name, code=failure.code)
