"""Recorded runs are replayed on the running platform, by the public API and by the command line."""

import json
import subprocess
import sys
from typing import Any

import httpx
import pytest

from tests.clearance import push_cleared
from tests.local_stack import LocalStack

pytestmark = pytest.mark.local_stack
TOOL_AGENT = "tool-agent"


def run_of(developer: httpx.Client, agent: str, body: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = developer.post(f"/v1/agents/{agent}/invoke", json=body).raise_for_status().json()
    return answer


def replay_of(developer: httpx.Client, run_id: str) -> dict[str, Any]:
    found: dict[str, Any] = developer.post(f"/v1/runs/{run_id}/replays", json={}).raise_for_status().json()
    return found


def test_a_recorded_run_is_replayed_exactly_and_twice_alike(platform: LocalStack) -> None:
    with platform.client("acme-developer") as developer:
        ran = run_of(developer, "echo-agent", {"input": "once"})
        shown = developer.get(f"/v1/runs/{ran['runId']}").json()
        first, second = (replay_of(developer, ran["runId"]) for _ in range(2))
    assert shown["recorded"] is True
    assert (first["identical"], first["replayed"], first["recorded"]) == (True, second["replayed"], first["recorded"])


def test_what_tools_answered_is_answered_again_and_nothing_is_called(platform: LocalStack) -> None:
    push_cleared(platform, TOOL_AGENT)
    called = [
        {"tool": "time", "arguments": {"zone": "Europe/Berlin"}},
        {"tool": "calculator", "arguments": {"expression": "6 * 7"}},
        {"tool": "calculator", "arguments": {"expression": "1 / 0"}},
        {"tool": "files.write", "arguments": {"name": "kept.txt", "contentType": "text/plain", "text": "once"}},
    ]
    with platform.client("acme-developer") as developer:
        ran = run_of(developer, TOOL_AGENT, {"input": "go", "context": {"calls": called}})
        before = developer.get(f"/v1/runs/{ran['runId']}/events").text
        first, second = (replay_of(developer, ran["runId"]) for _ in range(2))
        after = developer.get(f"/v1/runs/{ran['runId']}/events").text
    assert [(call["name"], call["result"]) for call in first["calls"]] == [(one["tool"], "same") for one in called]
    assert first["identical"] is True
    assert first["replayed"] == first["recorded"] == second["replayed"]
    assert after == before


def test_the_command_line_leaves_with_0_for_an_identical_replay(platform: LocalStack) -> None:
    with platform.client("acme-developer") as developer:
        ran = run_of(developer, "echo-agent", {"input": "twice"})
    command = [sys.executable, "-m", "scripts.ambit_cli.main", "replay", ran["runId"], "--tenant", "acme", "--json"]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    assert json.loads(told.stdout)["identical"] is True
