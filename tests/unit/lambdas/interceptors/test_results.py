from typing import Any

import pytest

from enforcement.actions import Outcome
from governance.toolbox.custom import CustomTool
from lambdas.interceptors.models import GatewayResponse
from lambdas.interceptors.results import Unusable, initialized, lost, outcome_of, result_in, same_id, shown

TOOL = {
    "name": "crm.lookup",
    "description": "Looks up.",
    "inputSchema": {"type": "object"},
    "risk": "low",
    "sideEffects": False,
    "version": "1",
    "target": {"agentcore": "crm___lookup"},
}
TEXT = {"content": [{"type": "text", "text": "hi"}]}


def response(body: Any, **more: Any) -> GatewayResponse:
    return GatewayResponse.model_validate({"statusCode": 200, "body": body, **more})


def test_a_result_is_that_of_its_message() -> None:
    assert result_in({"id": 1}, response({"id": 1, "result": TEXT})) == TEXT


@pytest.mark.parametrize(
    "bad",
    [
        *(response(None), response([]), response({"id": 2, "result": {}}), response({"id": 1, "result": []})),
        *(response({"id": 1, "error": {"code": 1}}), response({"id": "1", "result": {}}), response({"result": {}})),
        *(response({"id": 1, "result": TEXT}, statusCode=500), response({"id": 1, "result": TEXT}, statusCode=302)),
        response({"id": 1, "result": TEXT}, isStreamingResponse=True),
    ],
    ids=repr,
)
def test_of_any_other_answer_nothing_is_used(bad: GatewayResponse) -> None:
    with pytest.raises(Unusable):
        result_in({"id": 1}, bad)


def test_ids_are_the_same_in_kind_too() -> None:
    assert same_id({"id": 1}, {"id": 1})
    assert not any((same_id({"id": 1}, {"id": True}), same_id({"id": 1}, {"id": "1"}), same_id({"id": 0}, {})))


def test_what_guardrails_look_at_is_what_is_shown() -> None:
    outcome = outcome_of(CustomTool.parse(TOOL), {**TEXT, "structuredContent": {"a": "b"}, "_meta": {"x": "y"}})
    assert outcome.result == {"content": ["hi"], "structuredContent": {"a": "b"}}
    cleaned = {"content": ["**"], "structuredContent": {"a": "**"}}
    assert shown(outcome, cleaned) == {
        "content": [{"type": "text", "text": "**"}],
        "structuredContent": {"a": "**"},
        "isError": False,
    }


def test_nothing_that_was_cleaned_away_is_shown() -> None:
    assert shown(Outcome(), None)["isError"] is True


def test_an_error_in_the_tools_own_words_is_a_failed_call() -> None:
    outcome = outcome_of(CustomTool.parse(TOOL), {**TEXT, "isError": True})
    assert (outcome.status, outcome.error) == ("failed", "TOOL_ERROR")
    assert shown(outcome, outcome.result)["isError"] is True


def test_an_error_is_true_and_nothing_else() -> None:
    assert outcome_of(CustomTool.parse(TOOL), {**TEXT, "isError": "yes"}).status == "succeeded"


def test_a_schema_is_held_against_structured_content_or_the_one_text() -> None:
    tool = CustomTool.parse({**TOOL, "outputSchema": {"type": "object", "required": ["a"]}})
    assert outcome_of(tool, {**TEXT, "structuredContent": {"a": 1}}).status == "succeeded"
    assert outcome_of(tool, {"content": [{"type": "text", "text": '{"a":1}'}]}).status == "succeeded"
    for bad in (TEXT, {**TEXT, "structuredContent": {}}, {"content": []}, {"content": [*TEXT["content"]] * 2}):
        with pytest.raises(Unusable):
            outcome_of(tool, bad)


def test_what_is_lost_is_an_outage() -> None:
    assert (lost(Unusable()).status, lost(Unusable()).error) == ("outage", "TOOL_UNREACHABLE")


@pytest.mark.parametrize("agreed", [None, 7, "x" * 33])
def test_a_handshake_agrees_on_a_version(agreed: object) -> None:
    assert initialized({"protocolVersion": "2025-06-18"}, "1")["protocolVersion"] == "2025-06-18"
    with pytest.raises(Unusable):
        initialized({"protocolVersion": agreed}, "1")
