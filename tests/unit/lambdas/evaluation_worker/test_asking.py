from collections.abc import Mapping
from typing import Any

import pytest

from evaluation.suites import CaseFile
from lambdas.evaluation_worker.asking import (
    AgentDidNot,
    Asker,
    CaseInProgress,
    Question,
    Refused,
    Throttled,
    VersionNotReady,
)
from lambdas.evaluation_worker.platform_api import Reply
from platform_kit.errors import DependencyUnavailable

RUN = "run_" + "1" * 32
DONE = {"runId": RUN, "output": "hi", "usage": {"durationMs": 12}, "cost": {"amount": "0.000150", "currency": "USD"}}
JOB = {"jobId": "job_1", "runId": RUN}


class Api:
    def __init__(self, *answers: Reply, **gets: list[Reply]) -> None:
        self.answers, self.gets = list(answers), gets
        self.asked: list[Any] = []
        self.cancelled: list[str] = []

    def invoke(self, agent: str, body: Mapping[str, Any], *, key: str, version: str | None, as_job: bool) -> Reply:
        self.asked.append((agent, dict(body), key, version, as_job))
        return self.answers.pop(0)

    def describe_file(self, body: Mapping[str, Any], *, key: str) -> Reply:
        self.asked.append((dict(body), key))
        return self.answers.pop(0)

    def upload(self, url: str, headers: Mapping[str, str], content: bytes) -> int:
        self.asked.append((url, dict(headers), content))
        return 403 if "refused" in url else 200

    def get(self, path: str) -> Reply:
        kind = "events" if "/events" in path else path.split("/")[2]
        return self.gets[kind].pop(0)

    def cancel(self, run_id: str) -> Reply:
        self.cancelled.append(run_id)
        return Reply(200, {})


def ask(api: Api, seconds: int = 20, **more: Any) -> Any:
    clock = iter(range(10_000))
    asker = Asker(api, monotonic=lambda: float(next(clock)), sleep=lambda _seconds: None)
    return asker.ask(Question("echo-agent", "hello", "evl:1:0", seconds, version="ver_1", **more))


def test_an_answer_is_what_the_platform_metered() -> None:
    api = Api(Reply(200, DONE))
    found = ask(api)
    assert (found.output, found.run_id, found.latency_ms, found.cost_pico) == ("hi", RUN, 12, 150_000_000)
    assert api.asked == [("echo-agent", {"input": "hello"}, "evl:1:0", "ver_1", False)]


TABLE = CaseFile(name="t.csv", content_type="text/csv", text="ä\n1\n")
PLACE = {"fileId": "fil_1", "uploadUrl": "https://store.test/x", "uploadHeaders": {"content-type": "text/csv"}}


def test_a_cases_files_are_uploaded_before_it_is_asked_and_once_for_each_question() -> None:
    api = Api(Reply(201, PLACE), Reply(200, DONE))
    ask(api, files=(TABLE,))
    about = {"name": "t.csv", "contentType": "text/csv", "bytes": 5, "uploadHeaders": True}
    assert api.asked[0] == (about, "evl:1:0:0")
    assert api.asked[1] == (PLACE["uploadUrl"], PLACE["uploadHeaders"], "ä\n1\n".encode())
    assert api.asked[2][1] == {"input": "hello", "files": ["fil_1"]}


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (Reply(429, {"code": "RATE_LIMITED"}), Throttled),
        (Reply(403, {"code": "FORBIDDEN"}), Refused),
        (Reply(201, {**PLACE, "uploadUrl": "https://store.test/refused"}), DependencyUnavailable),
    ],
)
def test_a_file_that_cannot_be_uploaded_leaves_the_question_unasked(reply: Reply, expected: type[Exception]) -> None:
    api = Api(reply)
    with pytest.raises(expected):
        ask(api, files=(TABLE,))
    assert not [one for one in api.asked if one[0] == "echo-agent"]


def test_what_may_take_long_is_a_job_that_is_waited_for() -> None:
    running = Reply(200, {"status": "running"})
    api = Api(Reply(202, JOB), jobs=[running, running, Reply(200, {"status": "succeeded", "result": DONE})])
    assert ask(api, seconds=90).output == "hi"
    assert api.asked[0][4] is True


def test_a_job_that_is_late_is_cancelled_and_has_failed() -> None:
    api = Api(Reply(202, JOB), jobs=[Reply(200, {"status": "running"})] * 100)
    with pytest.raises(AgentDidNot) as failed:
        ask(api, seconds=30)
    assert (failed.value.code, failed.value.run_id, api.cancelled) == ("CASE_TIMEOUT", RUN, [RUN])


def test_a_job_that_failed_says_why() -> None:
    ended = {"status": "halted", "runId": RUN, "error": {"code": "STAGNATION", "message": "It turns in circles."}}
    with pytest.raises(AgentDidNot) as failed:
        ask(Api(Reply(202, JOB), jobs=[Reply(200, ended)]), seconds=90)
    assert (failed.value.code, failed.value.message) == ("STAGNATION", "It turns in circles.")


def test_an_answer_after_the_cases_time_is_too_late() -> None:
    with pytest.raises(AgentDidNot, match="12 ms"):
        ask(Api(Reply(200, {**DONE, "usage": {"durationMs": 12}})), seconds=0)


def test_a_large_output_is_fetched() -> None:
    api = Api(Reply(200, {**DONE, "output": None, "outputOmitted": True}), runs=[Reply(200, {"output": "large"})])
    assert ask(api).output == "large"


def test_tools_are_those_of_the_runs_own_log_and_all_of_it_is_read() -> None:
    def event(stream: str, name: str, tool: str) -> dict[str, Any]:
        return {"stream": stream, "event": name, "payload": {"tool": tool}}

    first = [event("tool", "call", "a"), event("tool", "policy", "refused"), event("assistant", "call", "lie")]
    pages = [Reply(200, {"items": first, "nextAfter": 3}), Reply(200, {"items": [event("tool", "call", "b")]})]
    assert ask(Api(Reply(200, DONE), events=pages), with_tools=True).tools == ("a", "b")
    with pytest.raises(DependencyUnavailable):
        ask(Api(Reply(200, DONE), events=[Reply(503, {})]), with_tools=True)


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (429, {"code": "RATE_LIMITED"}, Throttled),
        (429, {"code": "TOO_MANY_RUNS"}, Throttled),
        (429, {"code": "BUDGET_EXHAUSTED"}, Refused),
        (409, {"code": "IDEMPOTENCY_IN_PROGRESS"}, CaseInProgress),
        (409, {"code": "CONFLICT"}, VersionNotReady),
        (409, {"code": "CONFLICT", "runId": RUN}, AgentDidNot),
        (409, {"code": "AGENT_QUARANTINED"}, Refused),
        (409, {"code": "IDEMPOTENCY_MISMATCH"}, Refused),
        (422, {"code": "GUARDRAIL_BLOCKED"}, AgentDidNot),
        (502, {"code": "AGENT_FAILED", "runId": RUN}, AgentDidNot),
        (504, {"code": "AGENT_TIMEOUT", "runId": RUN}, AgentDidNot),
        (503, {"code": "DEPENDENCY_UNAVAILABLE", "runId": RUN}, DependencyUnavailable),
        (503, {}, DependencyUnavailable),
        (500, {}, DependencyUnavailable),
        (401, {"code": "UNAUTHENTICATED"}, Refused),
        (403, {"code": "FORBIDDEN"}, Refused),
        (404, {"code": "NOT_FOUND"}, Refused),
    ],
)
def test_what_an_answer_that_is_none_means(status: int, body: dict[str, Any], expected: type[Exception]) -> None:
    with pytest.raises(expected):
        ask(Api(Reply(status, body)))
