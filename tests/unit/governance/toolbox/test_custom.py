from typing import Any

import pytest
from pydantic import ValidationError

from governance.toolbox.custom import CustomTool, parsed
from governance.toolbox.entries import TargetKind

SCHEMA = {"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"], "additionalProperties": False}
TOOL: dict[str, Any] = {
    "name": "crm.lookup",
    "description": "Look a customer up.",
    "inputSchema": SCHEMA,
    "outputSchema": {"type": "object", "required": ["found"]},
    "risk": "medium",
    "sideEffects": False,
    "tierMinimum": "standard",
    "timeoutSeconds": 5,
    "version": "2026-01",
    "target": {"http": "https://crm.test/lookup", "credential": {"secret": "crm", "scheme": "signature"}},
}
BAD: dict[str, dict[str, Any]] = {
    "a name of the platform": {"name": "calculator"},
    "a name below the files": {"name": "files.delete"},
    "a name below the requests": {"name": "http.anything"},
    "a name below the models": {"name": "model.chat"},
    "a name in capitals": {"name": "Crm.lookup"},
    "a name with a twin of a dot": {"name": "crm\uff0elookup"},
    "a name with a blank": {"name": "crm.lookup "},
    "a name too long": {"name": "x" * 65},
    "no place": {"target": {}},
    "two places": {"target": {"http": "https://a.test/", "function": "a"}},
    "a URL with a user": {"target": {"http": "https://u:p@a.test/"}},
    "a function by its ARN": {"target": {"function": "arn:aws:lambda:us-east-1:1:function:x"}},
    "a function elsewhere": {"target": {"function": "../ambit-local-bridge"}},
    "a function with a credential": {"target": {"function": "a", "credential": {"secret": "s", "scheme": "bearer"}}},
    "a function and a gateway": {"target": {"function": "a", "agentcore": "crm___lookup"}},
    "a gateway with a credential": {
        "target": {"agentcore": "crm___lookup", "credential": {"secret": "s", "scheme": "bearer"}}
    },
    "a name at the gateway without its target": {"target": {"agentcore": "lookup"}},
    "a name at the gateway with two lines": {"target": {"agentcore": "crm___lookup\n"}},
    "a target that is none": {"target": {"agentcore": "-crm___lookup"}},
    "a secret elsewhere": {
        "target": {"http": "https://a.test/", "credential": {"secret": "../bff", "scheme": "bearer"}}
    },
    "another scheme": {"target": {"http": "https://a.test/", "credential": {"secret": "s", "scheme": "basic"}}},
    "no schema": {"inputSchema": {"type": "array"}},
    "too long a time": {"timeoutSeconds": 26},
    "a time in text": {"timeoutSeconds": "5"},
    "an unknown risk": {"risk": "none"},
    "effects in text": {"sideEffects": "no"},
    "a version with a blank": {"version": "1 "},
    "a description in two lines": {"description": "a\nb"},
    "trust": {"trusted": True},
}


@pytest.mark.parametrize("change", BAD.values(), ids=list(BAD))
def test_what_is_no_tool_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        CustomTool.model_validate({**TOOL, **change})


def test_a_tool_is_to_policy_what_its_operators_said_and_nobody_vouches_for_it() -> None:
    registered = CustomTool.parse(TOOL).registered
    facts = registered.facts
    assert (facts.name, facts.risk, facts.side_effects, facts.tier_minimum) == (
        "crm.lookup",
        "medium",
        False,
        "standard",
    )
    assert (registered.trusted, registered.data_scopes) == (False, ())


def test_a_tool_at_a_url_reaches_its_host_and_a_function_none() -> None:
    assert CustomTool.parse(TOOL).target.hosts == ("crm.test",)
    assert CustomTool.parse({**TOOL, "target": {"function": "crm"}}).target.hosts == ()


def test_an_entry_names_its_credential_and_its_kind() -> None:
    entry = CustomTool.parse(TOOL).entry()
    assert (entry.credential, entry.target, entry.timeout_seconds) == ("crm", TargetKind.HTTP, 5)
    assert CustomTool.parse({**TOOL, "target": {"function": "crm"}}).entry().target is TargetKind.LAMBDA
    assert "crm" not in {str(value) for name, value in entry.as_dict().items() if name != "name"}


def test_arguments_and_results_are_held_against_their_schemas() -> None:
    tool = CustomTool.parse(TOOL)
    assert (tool.bad_arguments({"id": "1"}), tool.bad_result({"found": 1})) == ([], [])
    assert tool.bad_arguments({"id": 1}) == ['/id: the value is not of type "string"']
    assert tool.bad_result([1]) != []
    free = CustomTool.parse({name: value for name, value in TOOL.items() if name != "outputSchema"})
    assert free.bad_result([1]) == []


def test_a_record_is_read_without_what_the_store_adds_and_a_broken_one_is_no_tool() -> None:
    assert parsed({**TOOL, "etag": 3, "updatedBy": "usr:1:x"}) == CustomTool.parse(TOOL)
    assert parsed({**TOOL, "risk": "?"}) is None
    assert parsed({}) is None


def test_a_tool_behind_a_gateway_is_known_by_its_whole_name_there() -> None:
    tool = CustomTool.parse({**TOOL, "target": {"agentcore": "crm-eu___lookup.v2"}})
    assert (tool.target.kind, tool.target.hosts) == (TargetKind.AGENTCORE, ())
    assert tool.entry().as_dict()["target"] == "agentcore"
