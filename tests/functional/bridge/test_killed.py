"""The bridge is killed at each of its writes, before and after it: the run is whole, or ends cleanly, and runs once."""

import contextlib
import json
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from lambdas.bridge.models import InvokeRequest
from lambdas.bridge.service import Ask, LiveRun
from platform_kit.identity import Identity
from platform_kit.tracing import continue_trace
from run_lifecycle.conduct import Audience
from tests.functional.fake_runtime import FakeRuntime
from tests.functional.killing import Fault, Killed
from tests.functional.moto_platform import Answer, person, table
from tests.functional.run_platform import budget, stored_run

pytestmark = pytest.mark.chaos("kills")
TERMINAL = {"succeeded", "failed", "halted", "cancelled", "timed_out"}
WORDS = {"act": "words"}
WAYS = ("sync", "streaming", "job")


class Caller:
    """Somebody who asks with a key until there is an answer, by one of the ways there are; what they were shown."""

    def __init__(self, invoke: Any, key: str) -> None:
        self._invoke, self._key = invoke, key
        self.shown: list[dict[str, Any]] = []

    def sync(self) -> dict[str, Any] | None:
        return self._answered(self._invoke({"input": "one two"}, idempotency_key=self._key), 200)

    def job(self) -> dict[str, Any] | None:
        headers = {"prefer": "respond-async", "idempotency_key": self._key}
        return self._answered(self._invoke({"input": "one two"}, **headers), 202)

    def _answered(self, answer: Answer, status: int) -> dict[str, Any] | None:
        """The run that was answered, whole or failed; None: ask again."""
        if answer.status == 409:
            assert answer.json["code"] == "IDEMPOTENCY_IN_PROGRESS"
            return None
        run = stored_run("acme", answer.json["runId"])
        assert answer.status == (502 if run["status"] == "failed" and status == 200 else status), answer.json
        return run

    def streaming(self) -> dict[str, Any] | None:
        from lambdas.bridge import handler
        from platform_kit.errors import IdempotencyInProgress

        service = handler.build()
        body = InvokeRequest.model_validate({"input": "one two", "context": WORDS})
        ask = Ask(Identity.from_context(person("acme")), "echo-stream", body, continue_trace(None), self._key)
        try:
            begun = service.begin_stream(ask)
        except IdempotencyInProgress:
            return None
        if not isinstance(begun, LiveRun):
            return stored_run("acme", begun)
        self.shown += begun.started.events
        service.lead_stream(begun, Audience(show=self.shown.extend))
        return stored_run("acme", begun.started.run["runId"])


@pytest.fixture
def reap(runtime: FakeRuntime) -> Iterator[Any]:
    """What happens once the leases of all runs are over."""
    from lambdas.jobs import handler

    handler.build.cache_clear()

    def step() -> None:
        for item in stored("runs", "#RUN#"):
            place = {name: item[name] for name in ("pk", "sk")}
            given: dict[str, Any] = {":x": 1}
            table("runs").update_item(
                Key=place, UpdateExpression="SET leaseUntil = :x", ExpressionAttributeValues=given
            )
        handler.handle({"step": "reap", "tenantId": "acme"}, None)

    yield step
    handler.build.cache_clear()


def stored(name: str, kind: str) -> list[dict[str, Any]]:
    found = table(name).scan()["Items"]
    return [item for item in found if kind in item["pk"] and ("status" in item or item["sk"] == "META")]


def begin_anew() -> None:
    """A process that has read nothing yet, and a tenant that has not used the agent: all that can be written is."""
    from lambdas.bridge import handler

    handler.build.cache_clear()
    for name, kind in (("control", "#INSTANCE"), ("ops", "#RATE")):
        for item in table(name).scan()["Items"]:
            if kind in item["pk"]:
                table(name).delete_item(Key={part: item[part] for part in ("pk", "sk")})


def wait_for_keys() -> None:
    """Twenty minutes go by for who holds a key: longer than anybody holds one who may lose it."""
    for item in stored("ops", "#IDEM"):
        if item["status"] == "in_progress":
            place = {name: item[name] for name in ("pk", "sk")}
            given: dict[str, Any] = {":x": 20 * 60_000}
            later = "SET leaseUntil = leaseUntil - :x"
            table("ops").update_item(Key=place, UpdateExpression=later, ExpressionAttributeValues=given)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("way", WAYS)
def test_killed_at_any_write_a_run_is_whole_or_ends_cleanly_and_is_made_once(
    way: str,
    when: str,
    invoke: Any,
    reap: Any,
    executions: Any,
    runtime: FakeRuntime,
    monkeypatch: pytest.MonkeyPatch,
    record_property: Any,
) -> None:
    """Every persisted step, one after the other; each time a request of its own."""
    for number in count(1):
        begin_anew()
        caller = Caller(invoke, f"key-{number}")
        ask, fault = getattr(caller, way), Fault(number, after=when == "after")
        known, asked = {run["runId"] for run in stored("runs", "#RUN#")}, len(runtime.calls)
        with fault.lurking(monkeypatch), contextlib.suppress(Killed):
            ask()
        if not fault.struck:
            break
        made = [run for run in stored("runs", "#RUN#") if run["runId"] not in known]
        reap()
        wait_for_keys()
        again = ask()
        assert again is not None, f"write {number}: the key of a run that is over is answered"
        found = {run["runId"] for run in stored("runs", "#RUN#")} - known
        assert found == {again["runId"]}, f"write {number}: one request made one run"
        assert len(runtime.calls) - asked <= 1, f"write {number}: an agent that may have acted was asked again"
        assert budget("acme")["reserved"] == (again["reservedPico"] if again["status"] == "queued" else 0)
        if made and made[0]["status"] in TERMINAL:
            assert again["status"] == made[0]["status"]
        _check_what_was_shown(caller, again)
        reap()
    assert number > (3 if way == "job" else 4), "its instance, its rate, its start and its end are written"
    record_property("cases", number - 1)


def _check_what_was_shown(caller: Caller, run: dict[str, Any]) -> None:
    """Everything that somebody saw is in the log, and the end that they saw is the end."""
    from lambdas.bridge import handler

    service = handler.build()
    events, status = service.events(Identity.from_context(person("acme")), run["runId"], after=0, limit=100)
    of_it = [event for event in caller.shown if event["runId"] == run["runId"]]
    assert of_it == caller.shown
    assert [event for event in events if event["seq"] in {one["seq"] for one in of_it}] == of_it
    ends = [event["event"] for event in events if event["stream"] == "lifecycle" and event["event"] in TERMINAL]
    assert ends == ([status] if status != "queued" else [])
    assert run["status"] == status
    assert status in {"succeeded", "queued"} or json.loads(run["error"])["code"]
