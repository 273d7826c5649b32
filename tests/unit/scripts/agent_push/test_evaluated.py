from typing import Any, cast

import pytest

from scripts.agent_push.errors import PushError
from scripts.agent_push.evaluated import BEGIN_SECONDS, MOST_SECONDS, wait_until_evaluated
from scripts.agent_push.registry import Pending, Registry


class Suites:
    """A registry whose evaluations go as a test says, and the time that passes with each look."""

    def __init__(self, *looks: list[Pending], each: float = 1.0) -> None:
        self.looks, self.each, self.now = list(looks), each, 0.0
        self.asked: list[str] = []
        self.told: list[str] = []

    def required_suites(self, _version_id: str) -> list[str]:
        return ["golden"]

    def pending_suites(self, _agent: str, _version_id: str, required: list[str]) -> list[Pending]:
        assert required == ["golden"]
        return self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]

    def evaluate(self, _version_id: str, suite: str) -> None:
        self.asked.append(suite)

    def sleep(self, _seconds: float) -> None:
        self.now += self.each

    def wait(self, *, at_once: bool = False) -> str:
        how: dict[str, Any] = {"sleep": self.sleep, "monotonic": lambda: self.now, "tell": self.told.append}
        return wait_until_evaluated(cast("Registry", self), "a", "ver_1", at_once=at_once, **how)


def going(decided: int = 0, *, begun: bool = True) -> list[Pending]:
    return [Pending("golden", decided, 3, begun)]


def test_nothing_is_waited_for_where_nothing_is_required() -> None:
    assert Suites([]).wait() == "nothing to wait for"


def test_it_stays_and_tells_what_changes_once() -> None:
    suites = Suites(going(), going(), going(2), [])
    assert suites.wait() == "through: golden"
    assert suites.told == ["    golden: 0 of 3 cases", "    golden: 2 of 3 cases"]
    assert suites.asked == []


def test_what_does_not_begin_by_itself_is_asked_for_once() -> None:
    suites = Suites(*[going(begun=False)] * 40, [], each=1.0)
    suites.wait()
    assert (suites.asked, suites.now > BEGIN_SECONDS) == (["golden"], True)


def test_of_a_version_that_was_a_candidate_before_it_is_asked_for_at_once() -> None:
    suites = Suites(going(begun=False), going(), [])
    suites.wait(at_once=True)
    assert (suites.asked, suites.now < BEGIN_SECONDS) == (["golden"], True)


def test_it_does_not_stay_for_ever() -> None:
    with pytest.raises(PushError, match="golden did not end"):
        Suites(going(), each=MOST_SECONDS / 3).wait()


def test_what_stopped_before_is_begun_again_at_once_and_waited_for() -> None:
    stopped = [Pending("golden", 0, 3, begun=True, stopped=1)]
    suites = Suites(stopped, stopped, going(), [])
    assert suites.wait() == "through: golden"
    assert (suites.asked, suites.told[0]) == (["golden"], "    golden: stopped before, begins again")


def test_what_stops_again_is_told() -> None:
    once, twice = ([Pending("golden", 0, 3, begun=True, stopped=number)] for number in (1, 2))
    suites = Suites(once, going(), twice)
    with pytest.raises(PushError, match="golden stopped again"):
        suites.wait()
    assert suites.asked == ["golden"]
