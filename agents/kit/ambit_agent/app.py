"""The agent's application: bedrock-agentcore's, whose handlers get an Invocation instead of a dict."""

from __future__ import annotations

import inspect
import threading
from typing import TYPE_CHECKING, Any

from bedrock_agentcore.runtime import BedrockAgentCoreApp

from ambit_agent.gateway import Gateway
from ambit_agent.invocation import Invocation
from ambit_agent.job import Job

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class AgentApp(BedrockAgentCoreApp):
    """Declare one of: an entry point (a function answers, a generator streams) or a job (async).

    A handler takes the invocation, or the invocation and a `Gateway`. A payload that is not the platform's
    fails the call before the handler runs.
    """

    def entrypoint(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Register a function (sync) or a generator function (streaming)."""
        super().entrypoint(_streaming(func) if inspect.isgeneratorfunction(func) else _answering(func))
        return func

    def job(self, func: Callable[[Job], Any]) -> Callable[[Job], Any]:
        """Register the work of an async agent: its return value is the run's output."""

        def accept(payload: dict[str, Any]) -> dict[str, Any]:
            invocation = Invocation.parse(payload)
            job = Job(invocation, Gateway(invocation))
            task = self.add_async_task("job", {"runId": invocation.run_id})
            threading.Thread(target=self._work, args=(job, func, task), name="job", daemon=True).start()
            return {"accepted": True}

        super().entrypoint(accept)
        return func

    def _work(self, job: Job, func: Callable[[Job], Any], task: int) -> None:
        """`/ping` says HealthyBusy until the work is done: the host must not reap a busy session."""
        try:
            job.run(func)
        finally:
            job.gateway.close()
            self.complete_async_task(task)


def _arguments(func: Callable[..., Any], invocation: Invocation, gateway: Gateway) -> tuple[Any, ...]:
    wants_gateway = len(inspect.signature(func).parameters) > 1
    return (invocation, gateway) if wants_gateway else (invocation,)


def _answering(func: Callable[..., Any]) -> Callable[[dict[str, Any]], Any]:
    def handler(payload: dict[str, Any]) -> Any:
        invocation = Invocation.parse(payload)
        with Gateway(invocation) as gateway:
            return func(*_arguments(func, invocation, gateway))

    return handler


def _streaming(func: Callable[..., Iterator[Any]]) -> Callable[[dict[str, Any]], Any]:
    def handler(payload: dict[str, Any]) -> Iterator[Any]:
        # Parsed here, not in the generator: a payload that is wrong fails the call, not its stream.
        return _stream(func, Invocation.parse(payload))

    return handler


def _stream(func: Callable[..., Iterator[Any]], invocation: Invocation) -> Iterator[Any]:
    with Gateway(invocation) as gateway:
        yield from func(*_arguments(func, invocation, gateway))
