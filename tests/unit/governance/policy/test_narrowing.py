"""Whatever an override says, the narrowed envelope allows nothing that its base does not."""

from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from governance.policy.calls import Call
from governance.policy.cedar import compile_envelope
from governance.policy.decision import decide
from governance.policy.envelope import Envelope, Override
from governance.policy.narrowing import narrow
from governance.policy.tools import ToolFacts
from tests.unit.governance.policy import cases

BASE: dict[str, Any] = {
    "autonomyTier": 2,
    "maxCostPerRun": "1.00",
    "tools": [
        {"name": "files.*", "maxCallsPerRun": 20},
        {
            "name": "pay.out",
            "risk": "high",
            "actions": ["get", "send"],
            "unattended": True,
            "constraints": [{"argument": "/amount", "max": 100}],
        },
    ],
    "models": ["small-*"],
    "egress": ["*.example.com"],
    "sideEffectsWhenTainted": "ask",
}
SEEDS = st.integers(0, 2**32)


def narrowed(override: dict[str, Any], base: dict[str, Any] = BASE) -> tuple[dict[str, Any], list[str]]:
    found = narrow(Envelope.parse(base), Override.parse(override))
    return found.envelope.as_dict(), [fault.pointer for fault in found.widenings]


def tool(override: dict[str, Any], name: str = "pay.out") -> tuple[dict[str, Any], list[str]]:
    envelope, widenings = narrowed({"tools": [{"name": name, **override}]})
    return next(grant for grant in envelope["tools"] if grant["name"] == name), widenings


@pytest.mark.proof
@settings(max_examples=150, deadline=None)
@given(SEEDS)
def test_nothing_is_allowed_that_the_base_does_not_allow(seed: int) -> None:
    random = Random(seed)  # noqa: S311  # cases, not secrets
    base, override = Envelope.parse(cases.envelope(random)), Override.parse(cases.override(random))
    tools = [ToolFacts.parse(entry) for entry in cases.tools(random)]
    before, after = compile_envelope(base, tools), compile_envelope(narrow(base, override).envelope, tools)
    for call in (Call(**cases.call(random)) for _ in range(40)):
        assert decide(after, call).decision.strictness >= decide(before, call).decision.strictness, call


@pytest.mark.proof
@settings(max_examples=60, deadline=None)
@given(SEEDS)
def test_nothing_is_allowed_that_the_override_denies_as_an_envelope(seed: int) -> None:
    random = Random(seed)  # noqa: S311
    base, document = Envelope.parse(cases.envelope(random)), cases.envelope(random)
    document = {"tools": [], "dataScopes": [], "models": [], "egress": [], "sideEffectsWhenTainted": "deny"} | document
    tools = [ToolFacts.parse(entry) for entry in cases.tools(random)]
    after = compile_envelope(narrow(base, Override.parse(document)).envelope, tools)
    alone = compile_envelope(Envelope.parse(document), tools)
    for call in (Call(**cases.call(random)) for _ in range(40)):
        denied = decide(alone, call).decision.value == "DENY"
        assert not denied or decide(after, call).decision.value == "DENY", call


@pytest.mark.proof
@settings(max_examples=300, deadline=None)
@given(SEEDS)
def test_a_narrowed_envelope_can_be_stored_and_narrowed_again_to_the_same(seed: int) -> None:
    random = Random(seed)  # noqa: S311
    base, override = Envelope.parse(cases.envelope(random)), Override.parse(cases.override(random))
    once = narrow(base, override).envelope
    assert Envelope.parse(once.as_dict()) == once
    assert narrow(once, override).envelope == once
    assert narrow(once, Override.parse(once.as_dict())).widenings == ()


def test_an_override_that_says_nothing_changes_nothing() -> None:
    assert narrowed({}) == (Envelope.parse(BASE).as_dict(), [])


@pytest.mark.parametrize(
    "override",
    [
        {"autonomyTier": 1},
        {"maxCostPerRun": "0.5"},
        {"sideEffectsWhenTainted": "deny"},
        {"models": ["small-1"]},
        {"egress": []},
        {"egress": ["a.example.com"]},
        {"dataScopes": []},
    ],
)
def test_what_narrows_is_taken(override: dict[str, Any]) -> None:
    assert narrowed(override) == (Envelope.parse(BASE).as_dict() | override, [])


@pytest.mark.parametrize(
    ("override", "places"),
    [
        ({"autonomyTier": 3}, ["/autonomyTier"]),
        ({"maxCostPerRun": "1.01"}, ["/maxCostPerRun"]),
        ({"sideEffectsWhenTainted": "allow"}, ["/sideEffectsWhenTainted"]),
        ({"autonomyTier": 5, "maxCostPerRun": "9"}, ["/autonomyTier", "/maxCostPerRun"]),
    ],
)
def test_what_widens_is_reported_and_without_effect(override: dict[str, Any], places: list[str]) -> None:
    assert narrowed(override) == (Envelope.parse(BASE).as_dict(), places)


def test_an_amount_written_otherwise_is_no_widening() -> None:
    assert narrowed({"maxCostPerRun": "1"})[1] == []


def test_of_a_list_that_asks_for_more_the_part_that_is_allowed_is_left() -> None:
    envelope, widenings = narrowed({"models": ["small-1", "large-1", "*"], "egress": ["*"]})
    assert (envelope["models"], envelope["egress"]) == (["small-*"], ["*.example.com"])
    assert widenings == ["/models/1", "/models/2", "/egress/0"]


def test_tools_that_an_override_does_not_list_are_gone_and_those_it_invents_do_not_come() -> None:
    envelope, widenings = narrowed({"tools": [{"name": "mail.send"}, {"name": "files.read"}]})
    assert envelope["tools"] == [{"name": "files.read", "maxCallsPerRun": 20, "constraints": []}]
    assert widenings == ["/tools/0/name"]


def test_a_wider_pattern_gets_what_is_granted_below_it() -> None:
    envelope, widenings = narrowed({"tools": [{"name": "*", "maxCallsPerRun": 7}]})
    assert [(grant["name"], grant["maxCallsPerRun"]) for grant in envelope["tools"]] == [("files.*", 7), ("pay.out", 7)]
    assert widenings == ["/tools/0/name"]


def test_leaving_out_a_condition_of_a_grant_keeps_the_bases() -> None:
    grant, widenings = tool({})
    assert grant == Envelope.parse(BASE).as_dict()["tools"][1]
    assert widenings == []


@pytest.mark.parametrize(
    "condition",
    [
        {"risk": "critical"},
        {"actions": ["get"]},
        {"actions": []},
        {"maxCallsPerRun": 1},
        {"unattended": False},
        {"constraints": [{"argument": "/amount", "max": 10}]},
    ],
)
def test_a_stricter_condition_is_taken(condition: dict[str, Any]) -> None:
    grant, widenings = tool(condition)
    assert condition.items() <= grant.items()
    assert widenings == []


@pytest.mark.parametrize(
    ("condition", "place"),
    [
        ({"risk": "low"}, "/tools/0/risk"),
        ({"actions": ["get", "put"]}, "/tools/0/actions"),
        ({"constraints": [{"argument": "/amount", "max": 101}]}, "/tools/0/constraints/0/max"),
    ],
)
def test_a_looser_condition_is_reported_and_without_effect(condition: dict[str, Any], place: str) -> None:
    grant, widenings = tool(condition)
    assert widenings == [place]
    assert not condition.items() <= grant.items()


@pytest.mark.parametrize(
    ("condition", "place"), [({"maxCallsPerRun": 21}, "maxCallsPerRun"), ({"unattended": True}, "unattended")]
)
def test_more_calls_and_less_asking_are_widenings(condition: dict[str, Any], place: str) -> None:
    grant, widenings = tool(condition, "files.*")
    assert grant == {"name": "files.*", "maxCallsPerRun": 20, "constraints": []}
    assert widenings == [f"/tools/0/{place}"]


def test_constraints_on_other_arguments_are_added() -> None:
    grant, widenings = tool({"constraints": [{"argument": "/to", "prefix": "DE"}]})
    assert grant["constraints"] == [{"argument": "/amount", "max": 100}, {"argument": "/to", "prefix": "DE"}]
    assert widenings == []


def test_bounds_that_cannot_both_be_kept_let_nothing_through() -> None:
    grant, widenings = tool({"constraints": [{"argument": "/amount", "min": 200}]})
    assert grant["constraints"] == [{"argument": "/amount", "oneOf": []}]
    assert widenings == ["/tools/0/constraints/0/min"]
