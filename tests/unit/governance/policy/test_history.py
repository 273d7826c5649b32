import json
from dataclasses import replace
from typing import Any

import pytest

from governance.policy.calls import Call
from governance.policy.cedar import Compiled, compile_envelope
from governance.policy.decision import Decision, decide
from governance.policy.envelope import Envelope
from governance.policy.history import MOST_CHANGES, Direction, Record, shadow, simulate
from governance.policy.rules import Answer
from governance.policy.tools import ToolFacts

TOOLS = ["files.read", "files.write", "mail.send"]
RISKS = dict(zip(TOOLS, ["low", "high", "critical"], strict=True))
BEFORE: dict[str, Any] = {"autonomyTier": 2, "maxCostPerRun": "1", "tools": [{"name": "files.*"}]}
AFTER: dict[str, Any] = BEFORE | {"autonomyTier": 3, "tools": [{"name": "files.write"}, {"name": "mail.send"}]}


def compiled(envelope: dict[str, Any]) -> Compiled:
    entries = [
        {"name": name, "risk": risk, "sideEffects": True, "tierMinimum": "basic", "version": "1"}
        for name, risk in RISKS.items()
    ]
    return compile_envelope(Envelope.parse(envelope), map(ToolFacts.parse, entries))


def call(tool: str) -> Call:
    return Call(tool, {}, "basic", cost_so_far=0, calls_so_far=0, tainted=False)


def decision(tool: str, envelope: dict[str, Any]) -> Decision:
    return decide(compiled(envelope), call(tool))


RECORDS = [Record(call(tool), decision(tool, BEFORE)) for tool in [*TOOLS, "files.read"]]


def test_the_same_envelope_changes_nothing() -> None:
    found = simulate(RECORDS, compiled(BEFORE))
    assert (found.total, found.changed, found.changes) == (4, 0, ())


def test_a_new_version_is_counted_by_what_becomes_of_what() -> None:
    found = simulate(iter(RECORDS), compiled(AFTER))
    assert found.counts == {
        (Answer.ALLOW, Answer.DENY): 2,
        (Answer.NEEDS_APPROVAL, Answer.ALLOW): 1,
        (Answer.DENY, Answer.ALLOW): 1,
    }
    assert (found.total, found.changed) == (4, 4)


def test_what_changes_is_shown_with_both_reasons_and_which_way_it_goes() -> None:
    changes = simulate(RECORDS, compiled(AFTER)).changes
    assert [(change.index, change.direction.value) for change in changes] == [
        (0, "stricter"),
        (1, "looser"),
        (2, "looser"),
        (3, "stricter"),
    ]
    assert (changes[0].before.rule_id, changes[0].after.rule_id) == ("allow-granted", "deny-not-granted")


def test_a_simulation_can_be_sent() -> None:
    told = json.loads(json.dumps(simulate(RECORDS, compiled(AFTER)).as_dict()))
    assert told["counts"][0] == {"from": "ALLOW", "to": "DENY", "count": 2}
    assert told["changes"][1]["after"]["ruleId"] == "allow-granted"
    assert (told["total"], told["changed"]) == (4, 4)


def test_every_change_is_counted_and_the_first_thousand_are_shown() -> None:
    found = simulate([RECORDS[0]] * (MOST_CHANGES + 5), compiled(AFTER))
    assert (found.changed, len(found.changes)) == (MOST_CHANGES + 5, MOST_CHANGES)


def test_a_record_that_cannot_be_understood_any_more_is_denied_and_seen() -> None:
    found = simulate([Record(replace(call("files.read"), tier="gold"), RECORDS[0].decision)], compiled(BEFORE))
    assert found.changes[0].after.rule_id == "deny-malformed"


@pytest.mark.parametrize(
    ("tool", "direction"),
    [("files.read", Direction.STRICTER), ("mail.send", Direction.LOOSER), ("files.write", Direction.LOOSER)],
)
def test_a_candidate_in_the_shadow_is_compared_and_decides_nothing(tool: str, direction: Direction) -> None:
    enforced, candidate = decision(tool, BEFORE), decision(tool, AFTER)
    change = shadow(enforced, candidate)
    assert change is not None
    assert (change.before, change.after, change.direction) == (enforced, candidate, direction)


def test_a_candidate_that_answers_the_same_for_another_reason_is_no_change() -> None:
    enforced = decision("mail.send", BEFORE)
    assert shadow(enforced, replace(enforced, rule_id="deny-cost")) is None


BOUNDED: dict[str, Any] = BEFORE | {
    "tools": [{"name": "files.*", "constraints": [{"argument": "/to/0", "prefix": "a"}]}]
}


@pytest.mark.parametrize(
    ("arguments", "partial", "undecidable"), [({}, True, 1), ({}, False, 0), ({"to": ["b"]}, True, 0)]
)
def test_what_hangs_on_an_unknown_argument_is_not_guessed(
    arguments: dict[str, Any], *, partial: bool, undecidable: int
) -> None:
    made = replace(call("files.read"), arguments=arguments)
    found = simulate([Record(made, decision("files.read", BEFORE), partial=partial)], compiled(BOUNDED))
    assert (found.undecidable, found.total, found.changed) == (undecidable, 1 - undecidable, 1 - undecidable)


def test_a_call_that_is_denied_whatever_its_arguments_is_decided() -> None:
    found = simulate([Record(call("mail.send"), decision("mail.send", BEFORE), partial=True)], compiled(BOUNDED))
    assert (found.total, found.undecidable) == (1, 0)
