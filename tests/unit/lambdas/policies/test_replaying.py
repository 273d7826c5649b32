"""Bounds of a simulation: how much is read of how many runs, whatever there is."""

from typing import Any

import pytest

from data_access_lib.repositories.pages import IdPage
from governance.policy.cedar import compile_envelope
from governance.policy.presets import PERMISSIVE
from governance.policy.registry import FACTS
from lambdas.policies import replaying
from lambdas.policies.replaying import Replay
from platform_kit.identity import Identity

WHO = Identity("usr:1:ada", "acme", frozenset({"Tenant.Admin"}), "premium", "jwt")
COMPILED = compile_envelope(PERMISSIVE, FACTS)
BASIS = {"cost": 0, "calls": 0, "tainted": False}


def event(run_id: str, seq: int) -> dict[str, Any]:
    told = {"tool": "time", "policy": {"ruleId": "deny-cost"}, "basis": BASIS}
    return {"runId": run_id, "seq": seq, "event": "call", "payload": told}


class FakeRuns:
    """More runs of one agent than anybody reads, one a page, each with `calls` calls."""

    def __init__(self, calls: int, agent: str = "echo-agent") -> None:
        self.calls, self.agent, self.pages, self.read_events = calls, agent, 0, 0
        self.log = self

    def read(self, run_id: str, *, after: int, limit: int) -> list[dict[str, Any]]:
        found = [event(run_id, seq) for seq in range(after + 1, min(self.calls, after + limit) + 1)]
        self.read_events += len(found)
        return found

    def list(self, *, limit: int, after: str | None, agent: str) -> IdPage:
        assert limit <= 100
        self.pages += 1
        items = [{"runId": f"run_{self.pages}", "agent": agent}] if agent == self.agent else []
        return IdPage(items, f"run_{self.pages}")


def replay(runs: FakeRuns, most: int = 100) -> dict[str, Any]:
    return Replay(runs, WHO, "echo-agent", most).under(COMPILED)  # type: ignore[arg-type]  # the part that is used


def test_no_more_runs_are_read_than_were_asked_for() -> None:
    runs = FakeRuns(calls=1)
    found = replay(runs, most=3)
    assert (found["runs"], found["total"], runs.pages) == (3, 3, 3)


def test_the_search_for_an_agents_runs_ends() -> None:
    runs = FakeRuns(calls=1, agent="other-agent")
    assert replay(runs)["runs"] == 0
    assert runs.pages == replaying._MOST_PAGES


def test_no_more_calls_are_decided_than_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replaying, "MOST_CALLS", 7)
    found = replay(FakeRuns(calls=5))
    assert (found["total"], found["changed"]) == (7, 7)


def test_no_more_events_are_read_than_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replaying, "_MOST_EVENTS", 12)
    monkeypatch.setattr(replaying, "_EVENTS", 5)
    runs = FakeRuns(calls=100)
    assert replay(runs)["total"] == 12
    assert runs.read_events == 15


def test_a_change_says_which_call_of_which_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replaying, "MOST_TOLD", 3)
    found = replay(FakeRuns(calls=2), most=4)
    assert found["changed"] == 8
    assert [(change["runId"], change["event"]) for change in found["changes"]] == [
        ("run_1", 1),
        ("run_1", 2),
        ("run_2", 1),
    ]
