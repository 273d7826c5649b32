from contextlib import suppress
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ReadTimeoutError,
)
from botocore.response import StreamingBody
from urllib3.exceptions import ProtocolError
from urllib3.exceptions import ReadTimeoutError as SocketTimeout

from run_lifecycle.agent_answer import AgentFault, Output
from run_lifecycle.runtime import AgentCall, AgentCoreRuntime, runtime_session

CALL = AgentCall("arn:runtime", "acme-ses_1", {"input": "hi"}, "00-a-b-01")


class Raw(BytesIO):
    """A response body that may break."""

    failure: Exception | None = None

    def read1(self, size: int | None = -1, /) -> bytes:
        if self.failure:
            raise self.failure
        return super().read1(-1 if size is None else size)


class Client:
    def __init__(self, body: Raw | None = None, failure: Exception | None = None) -> None:
        self.body = body or Raw(b'"hi"')
        self.failure = failure
        self.asked: dict[str, Any] = {}
        self.stopped: dict[str, Any] = {}

    def invoke_agent_runtime(self, **request: Any) -> dict[str, Any]:
        self.asked = request
        if self.failure:
            raise self.failure
        return {"contentType": "application/json", "response": StreamingBody(self.body, None)}  # type: ignore[arg-type]  # unknown length

    def stop_runtime_session(self, **request: Any) -> None:
        self.stopped = request
        if self.failure:
            raise self.failure


def refused(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "secret"}}, "InvokeAgentRuntime")


class Seen:
    """What a region's watch was told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []

    def failed(self, region: str) -> None:
        self.told.append(("failed", region))

    def answered(self, region: str) -> None:
        self.told.append(("answered", region))


def fault(client: Client) -> AgentFault:
    with pytest.raises(AgentFault) as raised:
        list(AgentCoreRuntime(lambda _region: client).invoke(CALL))
    return raised.value


def test_the_agent_is_asked_with_its_session_payload_and_trace() -> None:
    client = Client()
    assert list(AgentCoreRuntime(lambda _region: client).invoke(CALL)) == [Output("hi", last=True)]
    assert client.asked == {
        "agentRuntimeArn": "arn:runtime",
        "runtimeSessionId": "acme-ses_1",
        "contentType": "application/json",
        "accept": "text/event-stream, application/json",
        "traceParent": "00-a-b-01",
        "payload": b'{"input":"hi"}',
    }


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (refused("RuntimeClientError"), "AGENT_FAILED"),
        (refused("InternalServerException"), "AGENT_FAILED"),
        (refused("ThrottlingException"), "RUNTIME_UNAVAILABLE"),
        (refused("AccessDeniedException"), "RUNTIME_UNAVAILABLE"),
        (refused("ResourceNotFoundException"), "RUNTIME_UNAVAILABLE"),
        (EndpointConnectionError(endpoint_url="http://x"), "RUNTIME_UNAVAILABLE"),
        (ReadTimeoutError(endpoint_url="http://x"), "AGENT_TIMEOUT"),
        (ConnectionClosedError(endpoint_url="http://x"), "AGENT_FAILED"),
    ],
)
def test_a_call_that_fails_says_whose_failure_it_was_and_names_nothing(failure: Exception, code: str) -> None:
    found = fault(Client(failure=failure))
    assert found.code == code
    assert "secret" not in found.message
    assert "http" not in found.message


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (ProtocolError("broken"), "AGENT_FAILED"),
        (OSError("reset"), "AGENT_FAILED"),
        (SocketTimeout(None, "http://x", "late"), "AGENT_TIMEOUT"),  # type: ignore[arg-type]  # no pool is needed
    ],
)
def test_an_answer_that_breaks_off_is_a_fault_and_its_connection_is_closed(failure: Exception, code: str) -> None:
    body = Raw(b'"hi"')
    body.failure = failure
    assert fault(Client(body)).code == code
    assert body.closed


@pytest.mark.parametrize("failure", [None, refused("ResourceNotFoundException"), refused("InternalServerException")])
def test_stopping_a_session_never_fails(failure: Exception | None) -> None:
    client = Client(failure=failure)
    AgentCoreRuntime(lambda _region: client).stop("arn:runtime", "acme-ses_1")
    assert client.stopped == {"agentRuntimeArn": "arn:runtime", "runtimeSessionId": "acme-ses_1"}


def test_sessions_of_two_tenants_never_share_a_name() -> None:
    assert runtime_session("acme", "ses_1") != runtime_session("acme-2", "ses_1")
    assert len(runtime_session("abc", "ses_" + "0" * 32)) >= 33


WEST = "arn:aws:bedrock-agentcore:us-west-2:000000000000:runtime/echo-1"


@pytest.mark.parametrize(
    ("failure", "told"),
    [
        (None, ["answered"]),
        (EndpointConnectionError(endpoint_url="http://x"), ["failed"]),
        (ConnectTimeoutError(endpoint_url="http://x"), ["failed"]),
        (refused("ServiceUnavailableException"), ["failed"]),
        (refused("ThrottlingException"), ["answered"]),
        (refused("RuntimeClientError"), ["answered"]),
        (refused("InternalServerException"), ["answered"]),
        (ReadTimeoutError(endpoint_url="http://x"), []),
        (ConnectionClosedError(endpoint_url="http://x"), []),
        (NoCredentialsError(), []),
    ],
    ids=repr,
)
def test_only_what_no_agent_can_cause_speaks_against_a_region(failure: Exception | None, told: list[str]) -> None:
    client, seen, asked = Client(failure=failure), Seen(), list[str]()

    def client_of(region: str) -> Client:
        asked.append(region)
        return client

    with suppress(AgentFault):
        list(AgentCoreRuntime(client_of, seen).invoke(replace(CALL, runtime_arn=WEST)))

    assert asked == ["us-west-2"]
    assert seen.told == [(what, "us-west-2") for what in told]
