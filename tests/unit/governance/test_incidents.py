from datetime import UTC, datetime, timedelta

import pytest

from governance.governor import HaltKind
from governance.incidents import (
    CASCADE_SECONDS,
    SEVERITIES,
    Fact,
    Kind,
    Severity,
    Status,
    cascade_among,
    kind_of_halt,
    may_become,
    severity_of,
)
from platform_kit.ids import is_id

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
NOW = int(NOON.timestamp() * 1000)


def fact(at: datetime = NOON, kind: Kind = Kind.RUN_HALTED, about: str = "agent:a") -> Fact:
    return Fact(kind, about, "run_1", at, "t")


def test_facts_of_one_kind_about_one_thing_within_the_hour_are_one_incident() -> None:
    first = fact().incident_id("acme")
    assert is_id(first, "inc")
    assert fact(NOON + timedelta(minutes=59, seconds=59)).incident_id("acme") == first
    others = {
        fact(NOON + timedelta(hours=1)).incident_id("acme"),
        fact(kind=Kind.CASCADE).incident_id("acme"),
        fact(about="agent:b").incident_id("acme"),
        fact().incident_id("globex"),
    }
    assert first not in others
    assert len(others) == 4


@pytest.mark.parametrize(
    ("kind", "halt", "severity"),
    [
        (Kind.ACCESS_VIOLATION, None, "S1"),
        (Kind.AUDIT_FAILURE, None, "S1"),
        (Kind.CASCADE, HaltKind.SAFETY, "S1"),
        (Kind.CASCADE, HaltKind.EXTERNAL, "S2"),
        (Kind.REPEATED_DENIALS, HaltKind.SAFETY, "S2"),
        (Kind.RUN_HALTED, HaltKind.OVERRISK, "S2"),
        (Kind.RUN_HALTED, HaltKind.STAGNATION, "S3"),
        (Kind.RUN_HALTED, HaltKind.EXHAUSTION, "S4"),
        (Kind.RUN_HALTED, None, "S2"),
    ],
)
def test_the_rules_say_how_grave_it_is(kind: Kind, halt: HaltKind | None, severity: str) -> None:
    assert severity_of(kind, halt) is Severity(severity)


def test_every_kind_has_a_rule() -> None:
    assert {rule.kind for rule in SEVERITIES} == set(Kind)


def test_what_a_halt_adds_up_is_its_kind_of_incident() -> None:
    assert kind_of_halt("denials") is Kind.REPEATED_DENIALS
    assert kind_of_halt("guardrail-hits") is Kind.GUARDRAIL_HITS
    assert kind_of_halt("repetition") is Kind.RUN_HALTED


@pytest.mark.parametrize(
    ("now", "wanted", "possible"),
    [
        ("open", "mitigated", True),
        ("open", "open", True),
        ("mitigated", "open", True),
        ("resolved", "open", True),
        ("resolved", "mitigated", False),
    ],
)
def test_only_what_makes_sense_becomes_of_an_incident(now: Status, wanted: Status, *, possible: bool) -> None:
    assert may_become(now, wanted) is possible


def incident(agent: str, at: int, *, touched: str = "tool:files.read", **more: object) -> dict[str, object]:
    run = f"run_{agent}"
    return {
        "kind": "run-halted",
        "halt": "SAFETY",
        "agent": agent,
        "firstRun": run,
        "lastRun": run,
        "firstAt": at,
        "lastAt": at,
        "touched": touched,
        **more,
    }


def test_three_agents_that_share_a_tool_are_a_cascade_from_the_first() -> None:
    found = cascade_among([incident(agent, NOW - 1000 * n) for n, agent in enumerate("cba")], NOW)
    assert found is not None
    assert (found.origin.agent, found.agents) == ("a", ("a", "b", "c"))


def test_what_is_too_old_shares_nothing_or_is_a_cascade_itself_is_none() -> None:
    agents = [incident(agent, NOW) for agent in "ab"]
    assert cascade_among([*agents, incident("c", NOW - CASCADE_SECONDS * 1000)], NOW) is None
    assert cascade_among([*agents, incident("c", NOW, touched="tool:other")], NOW) is None
    assert cascade_among([*agents, incident("c", NOW, kind="cascade")], NOW) is None
    assert cascade_among([*agents, {"kind": "kill-switch"}], NOW) is None


def test_an_incident_that_began_before_and_goes_on_takes_part_by_its_last_halt() -> None:
    old = incident("c", NOW - 3_000_000, lastAt=NOW)
    found = cascade_among([incident("a", NOW), incident("b", NOW), old], NOW)
    assert found is not None
    assert set(found.agents) == {"a", "b", "c"}
