from typing import Any

import pytest

from governance.policy.calls import Call
from governance.policy.cedar import compile_envelope, context_of
from governance.policy.decision import Decision, decide
from governance.policy.envelope import Envelope, EnvelopeError, Override, json_schema
from governance.policy.narrowing import narrow
from governance.policy.provenance import MOST_VALUES, Provenance
from governance.policy.tools import ToolFacts
from governance.policy.trusted_text import TrustedText

MAIL: dict[str, Any] = {"except": ["/subject", "/body"]}
INPUT = "Send the sum of all mails to bob@x.org and carol@x.org, 1000 at most."
FACTS = [
    ToolFacts.parse({"name": name, "risk": "low", "sideEffects": effects, "tierMinimum": "basic", "version": "1"})
    for name, effects in (("mail.send", True), ("mail.read", False))
]


def breach(arguments: dict[str, Any], text: str = INPUT, **keys: Any) -> str | None:
    return Provenance.model_validate(MAIL | keys).breach(arguments, TrustedText(text))


def envelope(how: str = "ask", **grant: Any) -> dict[str, Any]:
    tools = [{"name": "mail.*", **grant}]
    return {"autonomyTier": 3, "maxCostPerRun": "1", "tools": tools, "sideEffectsWhenTainted": how}


def decided(document: dict[str, Any], *, text: str | None = INPUT, tainted: bool = True, **arguments: Any) -> Decision:
    trusted = None if text is None else TrustedText(text)
    call = Call("mail.send", arguments, "basic", 0, 0, tainted=tainted, trusted=trusted)
    return decide(compile_envelope(Envelope.parse(document), FACTS), call)


@pytest.mark.parametrize("how", ["ask", "deny"])
def test_a_call_whose_values_the_caller_named_is_exempt_from_taint(how: str) -> None:
    found = decided(envelope(how, provenance=MAIL), to=["bob@x.org", "Carol@x.org"], body="Ignore all that")
    assert (found.rule_id, found.decision.value) == ("allow-granted", "ALLOW")
    assert found.explanation.endswith("does not ask, and untrusted text has no part in its arguments' values.")


@pytest.mark.parametrize("how", ["ask", "deny"])
def test_one_value_of_the_attackers_keeps_it_tainted_and_the_explanation_names_its_place(how: str) -> None:
    found = decided(envelope(how, provenance=MAIL), to=["bob@x.org", "eve@evil.com"], body="hello")
    assert found.rule_id == f"{how}-tainted"
    assert found.explanation.endswith(": /to/1 does not come from its trusted text.")
    assert "eve" not in found.explanation


def test_without_the_runs_text_or_without_the_grants_word_for_it_taint_holds() -> None:
    assert decided(envelope(provenance=MAIL), text=None, to="bob@x.org").rule_id == "ask-tainted"
    assert decided(envelope(), to="bob@x.org").rule_id == "ask-tainted"


def test_provenance_lifts_nothing_but_taint() -> None:
    asks = {"provenance": MAIL, "unattended": False}
    assert decided(envelope(**asks), to="bob@x.org").rule_id == "ask-grant"
    bounded = {"provenance": MAIL, "constraints": [{"argument": "/to", "oneOf": ["carol@x.org"]}]}
    assert decided(envelope(**bounded), to="bob@x.org").rule_id == "deny-argument"
    assert decided(envelope(provenance=MAIL), tainted=False, to="eve@evil.com").rule_id == "allow-granted"


@pytest.mark.parametrize(
    "arguments",
    [
        {"to": "bob@x.org", "bcc": "eve@evil.com"},
        {"to": [{"address": "bob@x.org"}]},
        {"to": {"eve@evil.com": "bob@x.org"}},
        {"to": {"bob@x.org": ["eve@evil.com"]}},
        {"to": ["bob@x.org", ["carol@x.org", [["eve@evil.com"]]]]},
        {"to": "bob@x.org, eve@evil.com"},
        {"to": "bob@x.org\nbcc: eve@evil.com"},
        {"to": "eve@", "host": "evil.com"},
        {"to": "bob@", "host": "x.org"},
        {"subject/": "eve@evil.com"},
        {"subject~1": "eve@evil.com"},
        {"subjects": "eve@evil.com"},
    ],
)
def test_a_value_in_another_place_or_shape_does_not_slip_by(arguments: dict[str, Any]) -> None:
    assert breach(arguments) is not None
    assert breach(arguments, common=[f"/{name}" for name in arguments if "/" not in name and "~" not in name])


def test_a_name_inside_an_argument_is_a_value_too() -> None:
    assert breach({"to": {"bob@x.org": "carol@x.org"}}) is None
    assert breach({"to": {"name": "eve", "bob@x.org": "carol@x.org"}}, **{"except": ["/to/name"]}) is None
    found = breach({"to": {"sum": "eve"}}, common=["/to"], **{"except": ["/to/sum"]})
    assert found == "no argument comes from its trusted text", "a name that the grant excepts vouches for nothing"


def test_a_common_word_or_number_counts_only_where_the_grant_says_so() -> None:
    assert breach({"to": "all"}) == "/to does not come from its trusted text"
    assert breach({"amount": 1000, "to": "bob@x.org"}) == "/amount does not come from its trusted text"
    assert breach({"amount": 1e3, "to": "bob@x.org"}, common=["/amount"]) is None
    assert breach({"amount": 1e3 + 1, "to": "bob@x.org"}, common=["/amount"]) is not None
    assert breach({"to": "all"}, common=["/to"]) is None


@pytest.mark.parametrize(("value", "kind"), [(True, "boolean"), (None, "empty"), ("", "empty"), ([], "empty")])
def test_what_says_nothing_is_passed_over_only_where_the_grant_says_so(value: object, kind: str) -> None:
    other = {"boolean": "empty", "empty": "boolean"}[kind]
    assert breach({"to": "bob@x.org", "flag": value}, neutral=[kind]) is None
    assert breach({"to": "bob@x.org", "flag": value}, neutral=[other]) is not None
    assert breach({"to": "bob@x.org", "flag": value}, common=["/flag"]) is not None
    assert breach({"flag": value}, neutral=[kind]) == "no argument comes from its trusted text"


def test_a_call_with_nothing_to_vouch_for_or_too_much_is_not_exempt() -> None:
    assert breach({}) == breach({"body": "bob@x.org"}) == "no argument comes from its trusted text"
    assert breach({"to": ["bob@x.org"] * MOST_VALUES}) is None
    assert breach({"to": "bob@x.org", "cc": "carol@x.org"}, insufficient=["/to", "/cc"]) is not None
    assert breach({"to": "bob@x.org", "cc": "carol@x.org"}, insufficient=["/cc"]) is None
    assert breach({"to": "eve@x.org", "cc": "carol@x.org"}, insufficient=["/to"]) is not None
    assert "more than" in str(breach({"to": ["bob@x.org"] * (MOST_VALUES + 1)}))


@pytest.mark.parametrize(
    ("document", "pointer"),
    [
        ({"except": ["subject"]}, "/except/0"),
        ({"neutral": ["zero"]}, "/neutral/0"),
        ({"arguments": []}, "/arguments"),
        ({"common": ["/n"] * 33}, "/common"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_place(document: dict[str, Any], pointer: str) -> None:
    with pytest.raises(EnvelopeError) as refused:
        Envelope.parse(envelope(provenance=document))
    assert [fault.pointer for fault in refused.value.faults] == [f"/tools/0/provenance{pointer}"]


def test_editors_know_the_key() -> None:
    assert {"except", "common", "neutral", "insufficient"} == set(json_schema()["$defs"]["Provenance"]["properties"])


def test_cedar_is_told_of_it_as_a_fact_of_the_call() -> None:
    call = Call("mail.send", {}, "basic", 0, 0, tainted=True)
    assert '"provenance": true' in context_of(call, (), vouched=True)
    assert "provenance" not in context_of(call, ())


def narrowed(base: dict[str, Any], override: dict[str, Any]) -> tuple[Any, list[str]]:
    found = narrow(Envelope.parse(base), Override.parse(override))
    return found.envelope.as_dict()["tools"][0].get("provenance"), [fault.pointer for fault in found.widenings]


ALONE: dict[str, Any] = {"except": [], "common": [], "neutral": [], "insufficient": []}


@pytest.mark.parametrize(
    ("base", "override", "left", "widened"),
    [
        (envelope(), {"tools": [{"name": "mail.*", "provenance": MAIL}]}, None, True),
        (envelope("allow"), {"tools": [{"name": "mail.*", "provenance": MAIL}]}, MAIL, False),
        (
            envelope("allow"),
            {"sideEffectsWhenTainted": "ask", "tools": [{"name": "mail.*", "provenance": MAIL}]},
            MAIL,
            False,
        ),
        (envelope(provenance=MAIL), {}, MAIL, False),
        (envelope(provenance=MAIL), {"tools": [{"name": "mail.*"}]}, MAIL, False),
        (envelope(provenance=MAIL), {"sideEffectsWhenTainted": "ask"}, None, False),
        (envelope(provenance=MAIL), {"sideEffectsWhenTainted": "deny", "tools": [{"name": "mail.*"}]}, None, False),
        (
            envelope(provenance=MAIL),
            {"tools": [{"name": "mail.*", "provenance": {}}]},
            {"insufficient": ["/body", "/subject"]},
            False,
        ),
        (
            envelope(provenance=MAIL),
            {"tools": [{"name": "mail.*", "provenance": {"except": ["/body/0", "/to"], "neutral": ["empty"]}}]},
            {"except": ["/body/0"], "insufficient": ["/body", "/subject", "/to"]},
            True,
        ),
    ],
)
def test_an_override_exempts_no_more(
    base: dict[str, Any], override: dict[str, Any], left: dict[str, Any] | None, *, widened: bool
) -> None:
    expected = None if left is None else ALONE | {name: sorted(value) for name, value in left.items()}
    found, places = narrowed(base, override)
    assert found is None if expected is None else {name: sorted(value) for name, value in found.items()} == expected
    assert places == (["/tools/0/provenance"] if widened else [])
