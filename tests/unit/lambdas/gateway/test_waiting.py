"""A slice of waiting, on a clock of the test's own."""

from dataclasses import dataclass, field, replace
from typing import Any, cast

import pytest

from data_access_lib.errors import RunClosed
from lambdas.gateway.waiting import await_decision
from platform_kit.errors import NotFound
from tests.unit.lambdas.gateway.gateway_fakes import World, world


@dataclass
class Approvals:
    """One approval that is decided at its `turn`-th look."""

    turn: int = 10**6
    outcome: str = "approved"
    looks: int = 0
    waits: int = 0
    votes: list[dict[str, str]] = field(default_factory=list)

    def look(self, approval_id: str) -> dict[str, Any]:
        self.looks += 1
        status = self.outcome if self.looks >= self.turn else "pending"
        return {"approvalId": approval_id, "status": status, "expiresAt": 1_767_323_045_000, "votes": self.votes}

    def note_wait(self, _record: object) -> None:
        self.waits += 1


@dataclass
class Time:
    now: float = 0.0

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.now += seconds

    def monotonic(self) -> float:
        return self.now


def wait(found: World, approvals: Approvals | None, seconds: float, time: Time) -> Any:
    desk = replace(found.desk, approvals=cast("Any", approvals))
    return await_decision(desk, "apr_1", seconds, sleep=time.sleep, monotonic=time.monotonic)


def test_the_answer_comes_with_the_decision_and_not_before() -> None:
    approvals, time = Approvals(turn=4), Time()
    state = wait(world(), approvals, 25, time)
    assert (state.status, time.now, approvals.waits) == ("approved", 3.0, 0)


@pytest.mark.parametrize("seconds", [0, 1, 25])
def test_a_slice_ends_in_time_and_says_that_it_still_waits(seconds: int) -> None:
    approvals, time = Approvals(), Time()
    state = wait(world(), approvals, seconds, time)
    assert (state.status, time.now, approvals.waits) == ("pending", seconds, 1)
    assert state.expires_at == "2026-01-02T03:04:05.000Z"


def test_a_denial_says_why() -> None:
    votes = [{"choice": "approve", "reason": "fine"}, {"choice": "deny", "reason": "not this file"}]
    state = wait(world(), Approvals(1, "denied", votes=votes), 25, Time())
    assert (state.status, state.reason) == ("denied", "not this file")


def test_a_run_that_ends_stops_waiting() -> None:
    found, time = world(), Time()

    def cancel(seconds: float) -> None:
        found.runs.record["status"] = "cancelled"
        time.now += seconds

    desk = replace(found.desk, approvals=cast("Any", Approvals()))
    with pytest.raises(RunClosed):
        await_decision(desk, "apr_1", 25, sleep=cancel, monotonic=time.monotonic)
    assert time.now == 1.0


def test_a_desk_without_approvals_has_none() -> None:
    with pytest.raises(NotFound):
        wait(world(), None, 0, Time())
