"""Calling an agent: Amazon Bedrock AgentCore Runtime, through boto3's `bedrock-agentcore` client.

https://docs.aws.amazon.com/bedrock-agentcore/latest/APIReference/API_InvokeAgentRuntime.html
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, Protocol

from governance.runtime_regions import region_of
from platform_kit.observability import logger
from run_lifecycle.agent_answer import AgentFault, Piece, pieces_of

RUNTIME_UNAVAILABLE: Final = "RUNTIME_UNAVAILABLE"
AGENT_TIMEOUT: Final = "AGENT_TIMEOUT"
_READ_BYTES: Final = 64 * 1024
_ACCEPT: Final = "text/event-stream, application/json"
# The service's own refusals; whatever else comes back with a status of 4xx or 5xx is the agent's failure.
_SERVICE_CODES: Final = frozenset(
    {
        "AccessDeniedException",
        "ConflictException",
        "ResourceNotFoundException",
        "ServiceQuotaExceededException",
        "ThrottlingException",
        "UnrecognizedClientException",
        "ValidationException",
    }
)
# The service says that it is gone. Not its InternalServerException: an agent may be what it stumbles over, and no
# tenant's agent shall be able to move everybody's.
_GONE: Final = frozenset({"ServiceUnavailableException", "ServiceUnavailable"})


@dataclass(frozen=True)
class AgentCall:
    """One invocation: the runtime, the session whose process answers, the JSON payload, the trace it belongs to."""

    runtime_arn: str
    runtime_session_id: str
    payload: dict[str, Any]
    traceparent: str


class AgentRuntime(Protocol):
    """Where agents run."""

    def invoke(self, call: AgentCall) -> Iterator[Piece]:
        """The pieces of the agent's answer as they come; AgentFault when there is none."""
        ...

    def stop(self, runtime_arn: str, runtime_session_id: str) -> None:
        """End the session's process. Never raises: the run is over either way, and an idle session ends by itself."""
        ...


class RegionWatch(Protocol):
    """Told how the runtimes of regions answer. Never raises."""

    def failed(self, region: str) -> None:
        """Nothing answers there, or the service says that it is gone."""
        ...

    def answered(self, region: str) -> None:
        """The service took a call, whatever became of it."""
        ...


class Unwatched:
    """For who calls runtimes seldom: nothing is made of their answers."""

    def failed(self, region: str) -> None:
        """Nothing."""

    def answered(self, region: str) -> None:
        """Nothing."""


class AgentCoreRuntime:
    """The real one. `client` gives boto3's client of a region, made when first needed.

    Its retries must be off for invocations. The region is the one that the runtime's ARN names.
    """

    def __init__(self, client: Callable[[str], Any], watch: RegionWatch | None = None) -> None:
        self._client = client
        self._watch = watch or Unwatched()

    def invoke(self, call: AgentCall) -> Iterator[Piece]:
        """Ask once: an agent's work is not repeated behind its back."""
        from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
        from botocore.exceptions import ConnectionError as NoConnection

        region = region_of(call.runtime_arn)
        try:
            answer = self._client(region).invoke_agent_runtime(
                agentRuntimeArn=call.runtime_arn,
                runtimeSessionId=call.runtime_session_id,
                contentType="application/json",
                accept=_ACCEPT,
                traceParent=call.traceparent,
                payload=json.dumps(call.payload, separators=(",", ":")).encode(),
            )
        except ClientError as error:
            raise self._refused(region, error.response.get("Error", {}).get("Code", "")) from None
        except HTTPClientError as error:
            raise _unanswered(error) from None
        except BotoCoreError as error:
            if isinstance(error, NoConnection):
                self._watch.failed(region)
            raise AgentFault("The agent runtime cannot be called at present.", RUNTIME_UNAVAILABLE) from None
        self._watch.answered(region)
        return _pieces(str(answer.get("contentType") or ""), answer["response"])

    def stop(self, runtime_arn: str, runtime_session_id: str) -> None:
        """`StopRuntimeSession`; a session that is gone already is what was wanted."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            self._client(region_of(runtime_arn)).stop_runtime_session(
                agentRuntimeArn=runtime_arn, runtimeSessionId=runtime_session_id
            )
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") != "ResourceNotFoundException":
                logger().warning("a runtime session could not be stopped", exc_info=True)
        except BotoCoreError:
            logger().warning("a runtime session could not be stopped", exc_info=True)

    def _refused(self, region: str, code: str) -> AgentFault:
        if code in _GONE:
            self._watch.failed(region)
            return AgentFault("The agent runtime cannot be called at present.", RUNTIME_UNAVAILABLE)
        self._watch.answered(region)
        return _refused(code)


class StandbySettings(Protocol):
    """What settings say of the second region."""

    @property
    def standby_region(self) -> str: ...  # noqa: D102 - see RunSettings
    @property
    def standby_runtime_url(self) -> str: ...  # noqa: D102 - as above


def elsewhere(settings: StandbySettings, region: str) -> dict[str, str]:
    """What makes a client of AgentCore one of the standby region's; nothing for the function's own."""
    if not region or region != settings.standby_region:
        return {}
    address = {"endpoint_url": settings.standby_runtime_url} if settings.standby_runtime_url else {}
    return {"region_name": region, **address}


def runtime_session(tenant_id: str, session_id: str) -> str:
    """The runtime's name for a session: it begins with the tenant, so two tenants never share a process."""
    return f"{tenant_id}-{session_id}"


def _refused(code: str) -> AgentFault:
    if code in _SERVICE_CODES:
        logger().error("the agent runtime refused a call", runtime_code=code)
        return AgentFault("The agent runtime cannot be called at present.", RUNTIME_UNAVAILABLE)
    return AgentFault("The agent ended without an answer.")


def _unanswered(error: Exception) -> AgentFault:
    from botocore.exceptions import ReadTimeoutError

    if isinstance(error, ReadTimeoutError):
        return AgentFault("The agent did not answer in time.", AGENT_TIMEOUT)
    return AgentFault("The agent closed the connection without an answer.")


def _pieces(content_type: str, body: Any) -> Iterator[Piece]:
    """The pieces, and the connection closed after the last or a fault: a broken answer leaves none behind."""
    with body as raw:
        yield from pieces_of(content_type, _chunks(raw))


def _chunks(raw: Any) -> Iterator[bytes]:
    """Bytes as they arrive. botocore's own iterators wait until a block of fixed size is full; `read1` does not."""
    from urllib3.exceptions import HTTPError, ReadTimeoutError

    try:
        while chunk := raw.read1(_READ_BYTES):
            yield chunk
    except ReadTimeoutError:
        raise AgentFault("The agent fell silent before it was done.", AGENT_TIMEOUT) from None
    except (HTTPError, OSError):
        raise AgentFault("The agent's answer broke off.") from None
