"""One question to an agent, by way of the bridge, and what its answer means.

An agent that fails, is halted or takes too long has failed its case. What is the platform's own to cure leaves as one
of the errors that the workflow tries again by; anything else is an error of the case, told in the API's words.

    DependencyUnavailable  the platform does not answer
    Throttled              too many calls or runs at the moment
    CaseInProgress         an earlier attempt at the same question is still running
    VersionNotReady        the bridge has not seen the version as a candidate yet
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from evaluation.answers import Answer
from evaluation.suites import CaseFile
from lambdas.evaluation_worker.platform_api import Api, Reply
from platform_kit.errors import DependencyUnavailable

LONGEST_SYNC_SECONDS: Final = 24
"""What asks for more becomes a job, whatever the agent's mode."""
TIMED_OUT: Final = "CASE_TIMEOUT"
_POLL_SECONDS: Final = (0.25, 0.5, 1.0, 2.0)
_PICO: Final = 10**12
_OK, _CREATED, _ACCEPTED, _CONFLICT, _TOO_MANY = 200, 201, 202, 409, 429
_UNAVAILABLE: Final = 503
_SERVER_FAILED: Final = 500
_ENDED: Final = frozenset({"succeeded", "failed", "halted", "cancelled", "timed_out"})
_SPENT: Final = "BUDGET_EXHAUSTED"
_BLOCKED: Final = "GUARDRAIL_BLOCKED"
_MOST_PAGES: Final = 50


class Throttled(Exception):
    """Too many calls or runs at the moment."""


class CaseInProgress(Exception):
    """An earlier attempt at the same question is still running."""


class VersionNotReady(Exception):
    """The bridge keeps records for some seconds, and does not see the version as a candidate yet."""


class AgentDidNot(Exception):
    """The agent did not answer as it should: it failed, was halted, or took too long."""

    def __init__(self, code: str, message: str, run_id: str | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.run_id = code, message, run_id


class Refused(Exception):
    """The platform refused the question, and will refuse it again."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


_CONFLICTS: Final[Mapping[str, type[Exception]]] = {
    "IDEMPOTENCY_IN_PROGRESS": CaseInProgress,
    "CONFLICT": VersionNotReady,
}


@dataclass(frozen=True)
class Question:
    """What is asked. `key` is the same for the same question, so that no run is made twice; times in seconds."""

    agent: str
    input: str
    key: str
    seconds: int
    context: Mapping[str, Any] | None = None
    files: tuple[CaseFile, ...] = ()
    version: str | None = None
    with_tools: bool = False


@dataclass(frozen=True)
class Asker:
    """Asks agents through the public API."""

    api: Api
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep

    def ask(self, question: Question) -> Answer:
        """The agent's answer; the errors of this module, or DependencyUnavailable."""
        body: dict[str, Any] = {"input": question.input}
        body |= {"context": dict(question.context)} if question.context is not None else {}
        if question.files:
            body["files"] = [self._uploaded(question, place) for place in range(len(question.files))]
        as_job = question.seconds > LONGEST_SYNC_SECONDS
        until = self.monotonic() + question.seconds
        given = self.api.invoke(question.agent, body, key=question.key, version=question.version, as_job=as_job)
        result = self._waited_for(given.body, until) if given.status == _ACCEPTED else _result(given)
        return self._answer(question, result)

    def _uploaded(self, question: Question, place: int) -> str:
        """The id of a file that the question brings along: asked again, it is the same file."""
        file = question.files[place]
        content = file.text.encode()
        about = {"name": file.name, "contentType": file.content_type, "bytes": len(content), "uploadHeaders": True}
        made = self.api.describe_file(about, key=f"{question.key}:{place}")
        if made.status != _CREATED:
            raise _failure(made)
        status = self.api.upload(str(made.body["uploadUrl"]), made.body["uploadHeaders"], content)
        if status != _OK:
            raise DependencyUnavailable(f"The file {file.name} cannot be uploaded: {status}.")
        return str(made.body["fileId"])

    def _waited_for(self, accepted: Mapping[str, Any], until: float) -> Mapping[str, Any]:
        """The result of a job; AgentDidNot when it has none in time, and then its run is cancelled."""
        turn = 0
        while True:
            job = self.api.get(f"/v1/jobs/{accepted['jobId']}")
            if job.status != _OK:
                raise _failure(job)
            if job.body.get("status") in _ENDED:
                return _job_result(job.body)
            if self.monotonic() >= until:
                self.api.cancel(str(accepted["runId"]))
                raise AgentDidNot(TIMED_OUT, "The agent did not finish in the case's time.", str(accepted["runId"]))
            self.sleep(min(_POLL_SECONDS[min(turn, len(_POLL_SECONDS) - 1)], max(0.0, until - self.monotonic())))
            turn += 1

    def _answer(self, question: Question, result: Mapping[str, Any]) -> Answer:
        run_id, spent = str(result["runId"]), int(result["usage"]["durationMs"])
        if spent > question.seconds * 1000:
            raise AgentDidNot(TIMED_OUT, f"The agent took {spent} ms, more than the case's time.", run_id)
        whole = self.api.get(f"/v1/runs/{run_id}").body if result.get("outputOmitted") else result
        return Answer(
            output=whole.get("output"),
            run_id=run_id,
            latency_ms=spent,
            cost_pico=int(Decimal(str(result["cost"]["amount"])) * _PICO),
            tools=self._tools(run_id) if question.with_tools else (),
        )

    def _tools(self, run_id: str) -> tuple[str, ...]:
        """The tools whose calls were carried out, in order; DependencyUnavailable when the log cannot be read whole."""
        called: list[str] = []
        after = 0
        for _ in range(_MOST_PAGES):
            page = self.api.get(f"/v1/runs/{run_id}/events?after={after}&limit=100")
            if page.status != _OK:
                raise DependencyUnavailable("The run's events cannot be read.")
            events = page.body.get("items", [])
            called += [str(one["payload"]["tool"]) for one in events if _is_call(one)]
            if page.body.get("nextAfter") is None:
                return tuple(called)
            after = int(page.body["nextAfter"])
        raise DependencyUnavailable("The run has more events than are looked at.")


def _is_call(event: Mapping[str, Any]) -> bool:
    return event.get("stream") == "tool" and event.get("event") == "call" and "tool" in event.get("payload", {})


def _result(given: Reply) -> Mapping[str, Any]:
    if given.status == _OK:
        return given.body
    raise _failure(given)


def _job_result(job: Mapping[str, Any]) -> Mapping[str, Any]:
    if job["status"] == "succeeded" and job.get("result"):
        result: Mapping[str, Any] = job["result"]
        return result
    error = job.get("error") or {}
    code = str(error.get("code") or job["status"]).upper()
    raise AgentDidNot(code, str(error.get("message") or f"The run {job['status']}."), str(job.get("runId") or ""))


def _failure(given: Reply) -> Exception:
    """What an answer that is none means. A problem that names a run is about what the agent did."""
    code, detail = str(given.body.get("code") or given.status), str(given.body.get("detail") or "")
    run_id = str(given.body.get("runId") or "")
    if given.status != _UNAVAILABLE and (run_id or code == _BLOCKED):
        return AgentDidNot(code, detail, run_id or None)
    curable = _curable(given.status, code, detail or f"The platform answered {given.status}.")
    return curable or Refused(code, detail)


def _curable(status: int, code: str, detail: str) -> Exception | None:
    """What another attempt may cure; None for what it will not."""
    if status == _TOO_MANY and code != _SPENT:
        return Throttled(detail)
    if status == _CONFLICT and code in _CONFLICTS:
        return _CONFLICTS[code](detail)
    return DependencyUnavailable(detail) if status >= _SERVER_FAILED else None
