"""Calls of the three modes that go on until they are told to stop, and what came back of each."""

from __future__ import annotations

import json
import threading
import time
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import httpx

if TYPE_CHECKING:
    from collections.abc import Callable

PATHS: Final = {
    "sync": "/v1/agents/echo-agent/invoke",
    "stream": "/v1/agents/echo-stream/stream",
    "async": "/v1/agents/echo-async/invoke",
}
_STEPS: Final = {"steps": 10, "stepMs": 200}
_BETWEEN_SECONDS: Final = 0.3


@dataclass(frozen=True)
class Call:
    """One call: its Idempotency-Key, the run that it was told of ("" when it was told of none), and how it went.

    `phase` is where agents ran when it began, as far as the drill knew.
    """

    mode: str
    key: str
    body: dict[str, Any]
    phase: str
    status: int
    run_id: str
    code: str
    seconds: float

    @property
    def acknowledged(self) -> bool:
        """Whether the caller was told of a run."""
        return bool(self.run_id)


@dataclass
class Traffic:
    """One thread a mode, as a tenant's developer. `api` makes a client for each; `phase` is set by the drill."""

    api: Callable[[], httpx.Client]
    phase: str = "home"
    calls: list[Call] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        """Begin."""
        self._threads = [threading.Thread(target=self._go_on, args=(mode,), daemon=True) for mode in PATHS]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End, with the answers to what is under way."""
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def succeeded(self, phase: str, mode: str = "sync") -> int:
        """How many calls of a mode went well in a phase."""
        return sum(call.phase == phase and call.mode == mode and call.acknowledged for call in self.calls)

    def _go_on(self, mode: str) -> None:
        with self.api() as api:
            while not self._stop.wait(_BETWEEN_SECONDS):
                self.calls.append(self._call(api, mode))

    def _call(self, api: httpx.Client, mode: str) -> Call:
        key, phase, began = f"drill-{uuid.uuid4().hex}", self.phase, time.monotonic()
        body: dict[str, Any] = {"input": key, **({"context": _STEPS} if mode == "async" else {})}
        status, run_id, code = ask(api, mode, key, body)
        return Call(mode, key, body, phase, status, run_id, code, time.monotonic() - began)


def ask(api: httpx.Client, mode: str, key: str, body: dict[str, Any]) -> tuple[int, str, str]:
    """The status, the run that the answer tells of, and the problem's code; 0 when there was no answer."""
    headers = {"idempotency-key": key, "accept": "text/event-stream" if mode == "stream" else "application/json"}
    try:
        with api.stream("POST", PATHS[mode], json=body, headers=headers) as answer:
            text = answer.read().decode()
    except httpx.HTTPError as error:
        return 0, "", type(error).__name__
    return answer.status_code, run_of(answer, text), "" if answer.is_success else problem_of(text)


def run_of(answer: httpx.Response, text: str) -> str:
    """The run that an answer tells of: a result, a job, the first event of a stream, or a failed run's problem."""
    lines = [line.removeprefix("data:") for line in text.splitlines() if line.startswith("data:")]
    try:
        told = json.loads(lines[0] if lines else text)
    except (ValueError, IndexError):
        return ""
    return str(told.get("runId") or "") if answer.is_success or told.get("runId") else ""


def problem_of(text: str) -> str:
    """The code of a problem document."""
    try:
        return str(json.loads(text).get("code", ""))
    except ValueError:
        return ""
