"""A canary whose second version goes bad: seen by sessions, taken back by what is counted, told, and rolled back."""

import json
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from tests.e2e.test_push import ambit, pushed
from tests.e2e.test_runbooks import carry_out
from tests.local_stack import LocalStack, eventually

pytestmark = [pytest.mark.local_stack, pytest.mark.timeout(300)]
AGENT: Final = "made-canary"
CANARY: Final = f"/v1/instances/{AGENT}/canary"
INVOKE: Final = f"/v1/agents/{AGENT}/invoke"
BAD: Final = "the input on which the second version fails"
GOOD: Final = "It rains."
EFFECTIVE_SECONDS: Final = 60
"""Within which whatever is changed of versions is effective, by docs/delivery.md."""


@pytest.fixture(scope="module")
def versions(platform: LocalStack, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """An agent with two approved versions, of which the second fails on some input and is slow on another."""
    into = tmp_path_factory.mktemp("agents")
    ambit("init", AGENT, "--template", "basic", "--into", str(into))
    code = into / AGENT / "made_canary" / "agent.py"
    text = f"{code.read_text()}\n# {time.time_ns()}: what was pushed by earlier tests is another\n"
    code.write_text(text)
    first = pushed(into / AGENT)
    assert first["status"] == "approved", first
    code.write_text(re.sub(r"(def describe\(.*\n(?: +\"\"\".*\"\"\"\n)?)", rf"\1{BREAKS}", text))
    second = pushed(into / AGENT, "--no-approve")
    ambit("evaluate", AGENT, "--suite", f"{AGENT}-core", "--version", second["versionId"], "--watch")
    ambit("versions", "promote", second["versionId"], "approved", "--second")
    return first["versionId"], second["versionId"]


BREAKS: Final = (
    f"    if invocation.input == {BAD!r}:\n        raise ValueError('worse than before')\n"
    "    if invocation.input == 'slowly':\n        __import__('time').sleep(6)\n"
)


@pytest.fixture
def acme(platform: LocalStack) -> Iterator[httpx.Client]:
    with platform.client("acme-developer", patient=True) as client:
        yield client


def ask(client: httpx.Client, text: str = GOOD, session: str | None = None) -> dict[str, Any]:
    """The run that an input makes, however it ends."""
    body = {"input": text, **({"sessionId": session} if session else {})}
    answer = client.post(INVOKE, json=body).json()
    run_id = answer["runId"]
    return dict(client.get(f"/v1/runs/{run_id}").raise_for_status().json())


def several(client: httpx.Client, number: int, text: str = GOOD) -> list[dict[str, Any]]:
    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(lambda _: ask(client, text), range(number)))


def start(percent: int, version: str) -> dict[str, Any]:
    words = ("canary", "start", AGENT, "--percent", str(percent), "--version", version, "--reason", "a test")
    return dict(json.loads(ambit(*words, "--json").stdout))


def stop(client: httpx.Client) -> None:
    if client.get(CANARY).json()["status"] in {"on", "void"}:
        ambit("canary", "stop", AGENT)


def test_a_version_that_goes_bad_is_taken_back_by_itself(
    platform: LocalStack, operator: httpx.Client, acme: httpx.Client, versions: tuple[str, str]
) -> None:
    stable, candidate = versions
    ask(acme)
    stop(acme)
    canary_id = start(50, candidate)["canaryId"]
    eventually(lambda: candidate in {run["version"] for run in several(acme, 4)}, seconds=EFFECTIVE_SECONDS)

    first = several(acme, 12)
    assert {run["version"] for run in first} == {stable, candidate}
    assert {run["canary"]: run["version"] for run in first} == {"stable": stable, "candidate": candidate}
    for run in first[:8]:
        again = ask(acme, session=run["sessionId"])
        assert again["version"] == run["version"], "a session stays where it is"

    def gone_bad() -> bool:
        several(acme, 8, BAD)
        return bool(acme.get(CANARY).json()["status"] == "ended")

    eventually(gone_bad, seconds=120)
    found = acme.get(CANARY).json()
    assert (found["canaryId"], found["reason"], found["endedBy"]) == (canary_id, "error_rate", "svc:canary")
    assert (found["percent"], found["stable"]["failed"]) == (0, 0)
    assert found["candidate"]["failed"] >= 3
    incidents = acme.get("/v1/incidents", params={"status": "open"}).json()["items"]
    [incident] = [one for one in incidents if one["kind"] == "canary-rolled-back" and one["agent"] == AGENT]
    assert incident["severity"] == "S3"
    assert canary_id in acme.get(f"/v1/incidents/{incident['incidentId']}").text
    told = ambit("audit", "list", "--action", "canary", "--json").stdout
    assert "canary.started" in told
    assert "canary.rolled_back" in told

    eventually(lambda: {run["version"] for run in several(acme, 8, BAD)} == {stable}, seconds=EFFECTIVE_SECONDS)
    assert {run["status"] for run in several(acme, 12, BAD)} == {"succeeded"}
    in_candidate = next(run["sessionId"] for run in first if run["version"] == candidate)
    assert ask(acme, BAD, session=in_candidate)["version"] == stable


def test_a_version_that_is_rolled_back_gets_no_session_and_its_runs_end_on_it(
    operator: httpx.Client, acme: httpx.Client, versions: tuple[str, str]
) -> None:
    stable, candidate = versions
    ask(acme)
    stop(acme)
    start(100, candidate)
    eventually(lambda: ask(acme)["version"] == candidate, seconds=EFFECTIVE_SECONDS)
    with ThreadPoolExecutor(1) as pool:
        going = pool.submit(ask, acme, "slowly")
        eventually(lambda: slow_one(acme) is not None, seconds=30)
        ambit("versions", "rollback", AGENT, "--second", "--reason", "a test")
        rolled_back = time.monotonic()
        eventually(lambda: ask(acme)["version"] == stable, seconds=EFFECTIVE_SECONDS)
        assert time.monotonic() - rolled_back < EFFECTIVE_SECONDS
        ended = going.result()
    assert (ended["version"], ended["status"]) == (candidate, "succeeded")
    assert acme.get(CANARY).json()["status"] == "void"
    stop(acme)
    operator.post(f"/v1/versions/{candidate}/promote", json={"to": "candidate"}).raise_for_status()
    ambit("versions", "promote", candidate, "approved", "--second")


def slow_one(client: httpx.Client) -> dict[str, Any] | None:
    """The run that takes its time, once it goes on."""
    listed = client.get("/v1/runs", params={"agent": AGENT, "status": "running"}).json()["items"]
    return next(iter(listed), None)


def test_who_rolled_a_canary_back_and_why_is_found_and_the_next_is_begun_smaller(
    operator: httpx.Client, acme: httpx.Client, versions: tuple[str, str], tmp_path: Path
) -> None:
    ask(acme)
    stop(acme)
    start(50, versions[1])
    eventually(lambda: versions[1] in {run["version"] for run in several(acme, 4)}, seconds=EFFECTIVE_SECONDS)

    def gone_bad() -> bool:
        several(acme, 8, BAD)
        return bool(acme.get(CANARY).json()["status"] == "ended")

    eventually(gone_bad, seconds=120)
    told = carry_out("canary-rollback", tmp_path, TENANT="acme", AGENT=AGENT)
    assert re.search(r"inc_\w+ +S3 +open +canary-rolled-back", told), told[-3000:]
    assert "error_rate" in told
    assert operator.get(f"/v1/templates/{AGENT}").json().get("secondVersionId") is None
