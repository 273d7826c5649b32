from dataclasses import replace
from typing import Any

import pytest

from bench import in_process
from lambdas.bridge.models import InvokeRequest
from lambdas.bridge.service import Ask, LiveRun
from platform_kit.errors import Forbidden, Unprocessable
from platform_kit.identity import Identity
from platform_kit.tracing import continue_trace
from run_lifecycle.conduct import Audience

WHO = Identity.from_context(in_process.event({})["requestContext"]["authorizer"])
ASK = Ask(WHO, "echo", InvokeRequest(input="hi", metadata={"a": 1, "b": 2}), continue_trace(None))


@pytest.mark.parametrize(
    "change",
    [
        {"agent": "other"},
        {"respond_async": True},
        {"body": InvokeRequest(input="ho", metadata={"a": 1, "b": 2})},
        {"body": InvokeRequest(input="hi", metadata={"a": 1, "b": 3})},
        {"body": InvokeRequest(input="hi", metadata={"a": 1, "b": 2}, session_id="ses_1")},
    ],
)
def test_what_makes_another_request_changes_the_fingerprint(change: dict[str, Any]) -> None:
    assert replace(ASK, **change).fingerprint != ASK.fingerprint


@pytest.mark.parametrize(
    "change",
    [{"trace": continue_trace(None)}, {"body": InvokeRequest(input="hi", metadata={"b": 2, "a": 1})}],
)
def test_what_does_not_leaves_it(change: dict[str, Any]) -> None:
    assert replace(ASK, **change).fingerprint == ASK.fingerprint


def test_a_call_is_led_to_its_result() -> None:
    invoked = in_process.service().invoke(ASK)
    assert (invoked.run["status"], invoked.run["output"], invoked.replayed) == ("succeeded", "hello", False)


def test_a_stream_shows_the_agents_words_and_the_end() -> None:
    service = in_process.service(*in_process.words())
    live = service.begin_stream(ASK)
    assert isinstance(live, LiveRun)
    shown: list[dict[str, Any]] = []
    service.lead_stream(live, Audience(shown.extend))
    assert live.started.events[0]["event"] == "started"
    assert "".join(event["payload"].get("text", "") for event in shown) == "one two three"
    assert shown[-1]["event"] == "succeeded"


def test_a_platform_principal_runs_nothing() -> None:
    with pytest.raises(Forbidden):
        in_process.service().invoke(replace(ASK, who=replace(WHO, tenant_id=None)))


def test_a_webhook_is_refused_before_anything_starts() -> None:
    with pytest.raises(Unprocessable):
        in_process.service().invoke(replace(ASK, body=InvokeRequest(input="hi", webhook_id="whk_1")))
