import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from platform_kit.tracing import Trace
from run_lifecycle.agent_answer import AgentFault
from run_lifecycle.invocation import Invocations

NOW = datetime(2026, 11, 21, tzinfo=UTC)
TRACE = Trace("a" * 32, "b" * 16)
RUN: dict[str, Any] = {
    "runId": "run_1",
    "sessionId": "ses_1",
    "agent": "echo",
    "versionId": "ver_1",
    "mode": "async",
    "agentMode": "sync",
    "principalId": "usr:1",
    "input": "hi",
    "runtimeArn": "arn:runtime",
    "taskToken": "secret",
}


class FixedClock:
    def now(self) -> datetime:
        return NOW


def invocations(sign: Any = lambda _: b"s" * 64) -> Invocations:
    return Invocations(lambda: sign, "key-1", "https://api.test/v1/gateway", FixedClock())


def test_the_payload_is_the_contracts_and_holds_no_other_secret() -> None:
    call = invocations().call_for("acme", RUN, TRACE)
    assert set(call.payload) == {"input", "context", "files", "metadata", "ambit"}
    about = call.payload["ambit"]
    assert set(about) == {
        *("runId", "sessionId", "agent", "version", "mode"),
        *("gatewayUrl", "runToken", "runTokenExpiresAt", "attempt", "createdAt", "seed"),
    }
    assert about["runTokenExpiresAt"] == int(NOW.timestamp()) + 300
    assert "secret" not in json.dumps(call.payload)


def test_the_agent_is_told_its_own_mode_and_its_token_how_the_run_runs() -> None:
    call = invocations().call_for("acme", RUN, TRACE)
    claims = json.loads(base64.urlsafe_b64decode(call.payload["ambit"]["runToken"].split(".")[1] + "=="))
    assert call.payload["ambit"]["mode"] == "sync"
    assert claims["mode"] == "async"
    bound = {name: claims[name] for name in ("tenant", "run", "agent", "version", "session", "principal")}
    assert bound == {
        "tenant": "acme",
        "run": "run_1",
        "agent": "echo",
        "version": "ver_1",
        "session": "ses_1",
        "principal": "usr:1",
    }


def test_another_attempt_is_told_what_it_goes_on_from_and_its_token_is_its_own() -> None:
    resume = {"checkpoint": {"state": 1}, "calls": []}
    call = invocations().call_for("acme", {**RUN, "attempt": 3, "resume": resume}, TRACE)
    about = call.payload["ambit"]
    claims = json.loads(base64.urlsafe_b64decode(about["runToken"].split(".")[1] + "=="))
    assert (about["attempt"], about["resume"], claims["attempt"]) == (3, resume, 3)


def test_the_call_belongs_to_the_tenants_session_and_the_callers_trace() -> None:
    call = invocations().call_for("acme", RUN, TRACE)
    assert (call.runtime_arn, call.runtime_session_id) == ("arn:runtime", "acme-ses_1")
    assert call.traceparent == TRACE.traceparent


def test_a_token_that_cannot_be_signed_is_a_fault_of_the_platform() -> None:
    def broken(_: bytes) -> bytes:
        raise ClientError({"Error": {"Code": "KMSInternalException"}}, "Sign")

    with pytest.raises(AgentFault) as raised:
        invocations(broken).call_for("acme", RUN, TRACE)
    assert raised.value.code == "RUNTIME_UNAVAILABLE"


def test_a_replay_has_the_payload_of_its_run_and_a_token_and_process_of_its_own() -> None:
    run = {**RUN, "runId": "run_1", "createdAt": "t0", "attempt": 2, "resume": {"checkpoint": None}}
    first = invocations().call_for("acme", run, TRACE)
    again = invocations().call_for("acme", {**run, "replayId": "rpl_1"}, TRACE)
    tokens = [call.payload["ambit"].pop("runToken") for call in (first, again)]
    claims = [json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "==")) for token in tokens]
    assert first.payload == again.payload
    assert [(one["run"], one["session"]) for one in claims] == [("run_1", "ses_1"), ("rpl_1", "run_1")]
    assert [one["attempt"] for one in claims] == [2, 2]
    assert again.runtime_session_id == "acme-rpl_1"
