from pathlib import Path

import pytest

from bench.agentdojo.points import CHOSEN, ENVELOPES, POINTS, Point, host_of, load
from governance.policy.calls import Call
from governance.policy.decision import decide
from governance.policy.envelope import Tainted
from governance.policy.rules import Answer
from tests.unit.bench.agentdojo.suites import policy

SUITES = sorted(path.stem for path in ENVELOPES.glob("*.json"))


def decided(point: Point, tool: str, *, tainted: bool = False, hosts: tuple[str, ...] = (), **arguments: str) -> Answer:
    return decide(policy().at(point), Call(tool, dict(arguments), "standard", 0, 0, tainted, hosts=hosts)).decision


def test_the_curve_has_every_combination_once_and_the_chosen_point_is_one_of_them() -> None:
    assert len(set(POINTS)) == len(POINTS) == 3 * 4 * 2
    assert CHOSEN in POINTS


def test_a_point_sets_the_tier() -> None:
    assert decided(Point(Tainted.ALLOW, 0, bounded=True), "clock") is Answer.NEEDS_APPROVAL
    assert decided(Point(Tainted.ALLOW, 1, bounded=True), "clock") is Answer.ALLOW


@pytest.mark.parametrize(
    ("tainted", "answer"),
    [(Tainted.DENY, Answer.DENY), (Tainted.ASK, Answer.NEEDS_APPROVAL), (Tainted.ALLOW, Answer.ALLOW)],
)
def test_a_point_sets_what_becomes_of_side_effects_once_tainted(tainted: Tainted, answer: Answer) -> None:
    assert decided(Point(tainted, 2, bounded=True), "send", tainted=True, to="bob") is answer


def test_without_bounds_neither_arguments_nor_hosts_are_compared_and_no_grant_is_unattended() -> None:
    free = Point(Tainted.ALLOW, 3, bounded=False)
    bounded = free._replace(bounded=True)
    assert decided(bounded, "send", to="mallory") is Answer.DENY
    assert decided(free, "send", to="mallory") is Answer.ALLOW
    assert decided(bounded, "page", hosts=("other.example",)) is Answer.DENY
    assert decided(free, "page", hosts=("other.example",)) is Answer.ALLOW
    assert decided(free._replace(tier=2), "send", to="bob") is Answer.NEEDS_APPROVAL


@pytest.mark.parametrize("url", ["www.A.example/x", "https://www.a.example:8443/x", "www.a.example"])
def test_a_host_is_found_with_and_without_a_scheme(url: str) -> None:
    assert host_of(url) == "www.a.example"


def test_what_is_no_url_has_no_host() -> None:
    assert host_of("") == ""


@pytest.mark.parametrize("suite", SUITES)
def test_the_envelope_of_a_suite_is_one_and_grants_each_of_its_tools_by_name(suite: str) -> None:
    found = load(suite)
    found.at(CHOSEN)
    assert {grant["name"] for grant in found.envelope["tools"]} == set(found.entries)


@pytest.mark.parametrize("suite", SUITES)
def test_the_chosen_point_is_the_envelope_as_it_was_written(suite: str) -> None:
    written = load(suite)
    assert written.at(CHOSEN).envelope.as_dict()["autonomyTier"] == written.envelope["autonomyTier"]
    assert written.envelope["sideEffectsWhenTainted"] == CHOSEN.tainted


def test_there_is_one_envelope_for_each_of_the_four_suites() -> None:
    assert SUITES == ["banking", "slack", "travel", "workspace"]
    assert Path(ENVELOPES / "README.md").is_file()
