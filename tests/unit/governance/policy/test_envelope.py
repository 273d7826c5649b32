import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from governance.policy.envelope import Envelope, EnvelopeError, Fault, Override, Tainted, json_schema, pico
from governance.policy.presets import PRESETS

LEAST = {"autonomyTier": 2, "maxCostPerRun": "0.50"}
FULL = LEAST | {
    "tools": [
        {
            "name": "files.*",
            "risk": "high",
            "actions": ["get"],
            "constraints": [{"argument": "/n", "min": 0, "max": 2.5, "oneOf": [1, "a", True]}],
            "maxCallsPerRun": 20,
            "unattended": True,
        }
    ],
    "dataScopes": ["files.*"],
    "models": ["small-*"],
    "egress": ["*.example.com"],
    "sideEffectsWhenTainted": "ask",
}


def faults(document: object, model: type[Envelope | Override] = Envelope) -> dict[str, str]:
    with pytest.raises(EnvelopeError) as error:
        model.parse(document)
    return dict(error.value.faults)


def test_what_is_left_out_is_not_allowed() -> None:
    envelope = Envelope.parse(LEAST)
    assert (envelope.tools, envelope.data_scopes, envelope.models, envelope.egress) == ((), (), (), ())
    assert envelope.side_effects_when_tainted is Tainted.DENY


def test_an_envelope_survives_being_stored_and_read() -> None:
    stored = json.loads(json.dumps(Envelope.parse(FULL).as_dict()))
    assert Envelope.parse(stored) == Envelope.parse(FULL)
    assert stored["tools"] == FULL["tools"]


def test_every_fault_is_named_with_its_place_at_once() -> None:
    assert faults({"autonomyTier": 6, "tools": [{"name": "a", "risk": "none"}, {"name": "B"}], "colour": "blue"}) == {
        "/autonomyTier": "Input should be less than or equal to 5",
        "/maxCostPerRun": "is missing",
        "/tools/0/risk": "Input should be 'low', 'medium', 'high' or 'critical'",
        "/tools/1/name": r"String should match pattern '^(\*|[a-z][a-z0-9_-]*(\.[a-z][a-z0-9_-]*)*(\.\*)?)$'",
        "/colour": "is no key of a policy envelope",
    }


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        ({"autonomyTier": "3"}, "/autonomyTier"),
        ({"autonomyTier": True}, "/autonomyTier"),
        ({"autonomyTier": -1}, "/autonomyTier"),
        ({"autonomy_tier": 1}, "/autonomy_tier"),
        ({"maxCostPerRun": 0.5}, "/maxCostPerRun"),
        ({"maxCostPerRun": "1e3"}, "/maxCostPerRun"),
        ({"maxCostPerRun": "-1"}, "/maxCostPerRun"),
        ({"maxCostPerRun": "NaN"}, "/maxCostPerRun"),
        ({"maxCostPerRun": "1000000"}, "/maxCostPerRun"),
        ({"maxCostPerRun": "0.0000000000001"}, "/maxCostPerRun"),
        ({"tools": {}}, "/tools"),
        ({"tools": [{"name": "a"}, {"name": "a"}]}, "/tools"),
        ({"tools": [{"name": f"t{n}"} for n in range(1_001)]}, "/tools"),
        ({"tools": [{}]}, "/tools/0/name"),
        ({"tools": [{"name": "files*"}]}, "/tools/0/name"),
        ({"tools": [{"name": "a.*.b"}]}, "/tools/0/name"),
        ({"tools": [{"name": "a\n"}]}, "/tools/0/name"),
        ({"tools": [{"name": "a", "maxCallsPerRun": -1}]}, "/tools/0/maxCallsPerRun"),
        ({"tools": [{"name": "a", "maxCallsPerRun": 1.0}]}, "/tools/0/maxCallsPerRun"),
        ({"tools": [{"name": "a", "unattended": "yes"}]}, "/tools/0/unattended"),
        ({"tools": [{"name": "a", "actions": "get"}]}, "/tools/0/actions"),
        ({"tools": [{"name": "a", "a/b": 1}]}, "/tools/0/a~1b"),
        ({"tools": [{"name": "a", "constraints": [{"argument": "/x"}]}]}, "/tools/0/constraints/0"),
        ({"tools": [{"name": "a", "constraints": [{"argument": "/x", "max": "9"}]}]}, "/tools/0/constraints/0/max"),
        ({"tools": [{"name": "a", "constraints": [{"argument": "/x", "max": 1}] * 2}]}, "/tools/0/constraints"),
        ({"egress": ["https://example.com"]}, "/egress/0"),
        ({"egress": ["Example.com"]}, "/egress/0"),
        ({"egress": ["example.com:443"]}, "/egress/0"),
        ({"egress": ["*example.com"]}, "/egress/0"),
        ({"egress": ["example.*"]}, "/egress/0"),
        ({"models": [""]}, "/models/0"),
        ({"models": ["a*b"]}, "/models/0"),
        ({"dataScopes": ["Files"]}, "/dataScopes/0"),
        ({"sideEffectsWhenTainted": "maybe"}, "/sideEffectsWhenTainted"),
    ],
)
def test_nonsense_is_refused_at_its_place(wrong: dict[str, Any], place: str) -> None:
    assert list(faults(LEAST | wrong)) == [place]


@pytest.mark.parametrize("document", [None, [], "{}", 7])
def test_what_is_no_object_is_no_envelope(document: object) -> None:
    assert list(faults(document)) == [""]


def test_an_error_says_all_its_faults_in_one_line() -> None:
    assert (
        str(EnvelopeError([Fault("/a", "is missing"), Fault("", "is no object")])) == "/a: is missing; /: is no object"
    )


def test_an_override_may_leave_out_everything_and_invent_nothing() -> None:
    assert Override.parse({}).as_dict() == {}
    assert list(faults({"autonomyTier": 9, "extra": 1}, Override)) == ["/autonomyTier", "/extra"]


def test_money_is_exact_pico_dollars() -> None:
    assert Envelope.parse(LEAST).max_cost == 500_000_000_000
    assert (pico("0"), pico("0.000000000001"), pico("999999.999999999999")) == (0, 1, 999_999_999_999_999_999)


def test_scopes_models_and_hosts_are_those_that_are_listed() -> None:
    envelope = Envelope.parse(FULL)
    assert envelope.allows_scope("files.read")
    assert not envelope.allows_scope("runs")
    assert envelope.allows_model("small-1")
    assert not envelope.allows_model("large-1")
    assert envelope.allows_host("api.example.com")
    assert not envelope.allows_host("example.com")


def test_the_json_schema_accepts_what_the_model_does_and_refuses_what_it_does_not() -> None:
    schema = json_schema()
    Draft202012Validator.check_schema(schema)
    check = Draft202012Validator(schema)
    for good in (LEAST, FULL, *(preset.as_dict() for preset in PRESETS.values())):
        assert check.is_valid(good)
    for wrong in ({}, LEAST | {"colour": 1}, LEAST | {"autonomyTier": 6}, LEAST | {"tools": [{"name": "B"}]}):
        assert not check.is_valid(wrong)
