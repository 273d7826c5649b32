"""The agent's only way out: the platform's gateway, with the run token and nothing else."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from ambit_agent.connection import JsonConnection
from ambit_agent.files import CHUNK, FileReader, WrittenFile, encode_body

if TYPE_CHECKING:
    from collections.abc import Callable

    from ambit_agent.invocation import Invocation

# A run token lives five minutes; a new one is asked for when less than this is left.
REFRESH_BEFORE_SECONDS = 90
UNAUTHORIZED, FORBIDDEN, CONFLICT, THROTTLED, SERVER = 401, 403, 409, 429, 500
MAX_MESSAGE = 500
RETRY_DELAYS = (0.2, 1.0, 3.0)
WAIT_SECONDS = 25  # the longest slice the gateway gives to one question after an approval
NEEDS_APPROVAL = "NEEDS_APPROVAL"
MADE_BEFORE = frozenset({"CALL_MADE_BEFORE", "CALL_OUTCOME_UNKNOWN"})
TERMINAL = frozenset({"succeeded", "failed", "halted", "cancelled", "timed_out"})


class GatewayError(Exception):
    """The gateway refused or failed; `code` as in its problem+json, `status` the HTTP status (0: none)."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.status = status
        self.code = code


class ApprovalRefusedError(GatewayError):
    """People denied the call (`APPROVAL_DENIED`), or did not decide in time (`APPROVAL_EXPIRED`)."""


class HeldError(GatewayError):
    """People have to decide before the call is made."""

    def __init__(self, status: int, code: str, detail: str, approval_id: str) -> None:
        super().__init__(status, code, detail)
        self.approval_id = approval_id


class CallMadeBeforeError(GatewayError):
    """An earlier attempt made exactly this call after its last checkpoint; `outcome` says how it went.

    `unknown` (code `CALL_OUTCOME_UNKNOWN`): nobody knows whether it took effect, so it is not made again.
    """

    def __init__(self, status: int, code: str, detail: str, outcome: str) -> None:
        super().__init__(status, code, detail)
        self.outcome = outcome


class RunEndedError(GatewayError):
    """The run is over (cancelled, timed out, halted): no more calls are taken."""


@dataclass(frozen=True)
class Heartbeat:
    """What the platform says of the run."""

    status: str
    cancelled: bool


class Gateway:
    """The gateway's routes. Safe to share between threads; calls that fail in transport are retried."""

    def __init__(
        self,
        invocation: Invocation,
        *,
        now: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._token = invocation.run_token
        self._expires_at = invocation.run_token_expires_at
        self._connection = JsonConnection(invocation.gateway_url)
        # Beside the other: heartbeats and calls must not stand behind a slice of waiting.
        self._waiting = JsonConnection(invocation.gateway_url)
        self.openai_url = f"{invocation.gateway_url.rstrip('/')}/openai/v1"
        self._now = now
        self._sleep = sleep
        self._refreshing = threading.Lock()
        self.tools = Tools(self)
        self.files = Files(self.tools)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections; a later call opens them again."""
        self._connection.close()
        self._waiting.close()

    def heartbeat(self, percent: float | None = None, message: str | None = None) -> Heartbeat:
        """Say that the agent lives, and how far it is (0 to 100); at least every 20 s in an async run."""
        progress = {"percent": percent, "message": message and message[:MAX_MESSAGE]}
        given = {key: value for key, value in progress.items() if value is not None}
        answer = self.call("/heartbeat", {"progress": given} if given else {})
        return Heartbeat(str(answer["status"]), bool(answer["cancelled"]))

    def events(self, events: list[dict[str, Any]]) -> int:
        """Append 1 to 100 `{stream, event, payload}` to the run; returns the last sequence number."""
        return int(self.call("/events", {"events": events}, retry=False)["lastSeq"])

    def complete(self, output: Any) -> None:
        """End an async run well."""
        self.call("/complete", {"status": "succeeded", "output": output})

    def fail(self, code: str, message: str, *, retryable: bool = False) -> None:
        """End an async run badly; `retryable` when another attempt may go better."""
        error = {"code": code, "message": message, **({"retryable": True} if retryable else {})}
        self.call("/complete", {"status": "failed", "error": error})

    def checkpoint(self, state: Any) -> int:
        """Leave the JSON from which the next attempt of an async run goes on (≤ 1 MiB); the checkpoint's number."""
        return int(self.call("/checkpoints", {"state": state})["number"])

    def stop_for(self, approval_id: str) -> bool:
        """Leave the waiting for people to the platform; False when they have decided: then go on at once."""
        answer = self.call("/complete", {"status": "awaiting_approval", "approvalId": approval_id})
        return bool(answer["status"] == "awaiting_approval")

    def await_approval(self, approval_id: str) -> str:
        """Wait, slice by slice, until people have decided about a call that is held; how it stands then."""
        while True:
            body = {"waitSeconds": WAIT_SECONDS}
            answer = self.call(f"/approvals/{approval_id}", body, connection=self._waiting)
            if answer["status"] != "pending":
                return str(answer["status"])

    def call(
        self, path: str, body: object, *, retry: bool = True, connection: JsonConnection | None = None
    ) -> dict[str, Any]:
        """POST to a gateway route; raises GatewayError, RunEndedError.

        A transport error, 429 or 5xx is tried again unless `retry` is off (for what must not happen twice).
        """
        way = connection or self._connection
        if self._expires_at - self._now() < REFRESH_BEFORE_SECONDS:
            self._refresh()
        answer = self._post(path, body, retry=retry, connection=way)
        if answer[0] == UNAUTHORIZED:
            self._refresh(force=True)
            answer = self._post(path, body, retry=retry, connection=way)
        return _checked(*answer)

    def run_token(self) -> str:
        """The run token, fresh enough for a request that is made now: the API key of an OpenAI client."""
        if self._expires_at - self._now() < REFRESH_BEFORE_SECONDS:
            self._refresh()
        return self._token

    def _refresh(self, *, force: bool = False) -> None:
        """Exchange the token for a fresh one; two threads that find it old ask once."""
        old = self._token
        with self._refreshing:
            if self._token != old or (not force and self._expires_at - self._now() >= REFRESH_BEFORE_SECONDS):
                return
            answer = _checked(*self._post("/token", {}, retry=True, connection=self._connection))
            self._token, self._expires_at = str(answer["token"]), float(answer["expiresAt"])

    def _post(self, path: str, body: object, *, retry: bool, connection: JsonConnection) -> tuple[int, Any]:
        delays = RETRY_DELAYS if retry else ()
        for delay in delays:
            try:
                status, answer = self._once(path, body, connection)
            except OSError:
                self._sleep(delay)
                continue
            if status < SERVER and status != THROTTLED:
                return status, answer
            self._sleep(delay)
        try:
            return self._once(path, body, connection)
        except OSError as error:
            raise GatewayError(0, "GATEWAY_UNREACHABLE", type(error).__name__) from error

    def _once(self, path: str, body: object, connection: JsonConnection) -> tuple[int, Any]:
        return connection.post(path, body, {"Authorization": f"Bearer {self._token}"})


class Tools:
    """MCP over the gateway: `tools.call("files.read", fileId=…)`."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._ids = 0

    def call(self, name: str, /, **arguments: Any) -> dict[str, Any]:
        """The tool's structured result; raises GatewayError with the tool's own message.

        A call that needs approval waits until people have decided, and is made then exactly as it was asked for;
        ApprovalRefusedError when they say no, or nothing in time.
        """
        while True:
            try:
                return self.ask(name, **arguments)
            except HeldError as held:
                self._gateway.await_approval(held.approval_id)

    def ask(self, name: str, /, **arguments: Any) -> dict[str, Any]:
        """As `call`, but HeldError when people have to decide first: it is for the caller to wait."""
        result = self._once(name, arguments)
        told = dict(result.get("structuredContent") or {})
        if not result.get("isError"):
            return told
        raise _refusal(result, told)

    def _once(self, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        self._ids += 1
        request = {
            "jsonrpc": "2.0", "id": self._ids, "method": "tools/call",
            "params": {"name": name, "arguments": arguments},
        }  # fmt: skip
        answer = self._gateway.call("/mcp", request, retry=name.endswith(".read"))
        if answer.get("error"):
            raise GatewayError(200, "TOOL_REFUSED", str(answer["error"].get("message", "refused")))
        return dict(answer["result"])


class Files:
    """The tenant's files, read in ranges and written whole."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    def open(self, file_id: str, chunk: int = CHUNK) -> FileReader:
        """A reader of the file's bytes, `chunk` (at most 4 MiB) at a time."""
        return FileReader(lambda **arguments: self._tools.call("files.read", **arguments), file_id, chunk)

    def write(self, name: str, content_type: str, body: str | bytes) -> WrittenFile:
        """Leave a file of at most 4 MiB in the tenant's bucket."""
        written = self._tools.call("files.write", name=name, contentType=content_type, **encode_body(body))
        return WrittenFile(file_id=str(written["fileId"]), key=str(written["key"]), size=int(written["bytes"]))


def _refusal(result: dict[str, Any], told: dict[str, Any]) -> GatewayError:
    code = str(told.get("code", ""))
    if code == NEEDS_APPROVAL and told.get("approvalId"):
        return HeldError(200, code, _text(result), str(told["approvalId"]))
    if code in MADE_BEFORE:
        return CallMadeBeforeError(200, code, _text(result), str(told["status"]))
    if code.startswith("APPROVAL_"):
        return ApprovalRefusedError(200, code, _text(result))
    return GatewayError(200, "TOOL_FAILED", _text(result))


def _text(result: dict[str, Any]) -> str:
    return " ".join(str(part.get("text", "")) for part in result.get("content", [])) or "the tool failed"


def _checked(status: int, body: Any) -> dict[str, Any]:
    if status < 300 and isinstance(body, dict):  # noqa: PLR2004 - 2xx
        return body
    problem = body if isinstance(body, dict) else {}
    code = str(problem.get("code", f"HTTP_{status}"))
    detail = str(problem.get("detail", "the gateway refused the call"))
    ended = status in (UNAUTHORIZED, FORBIDDEN, CONFLICT)
    raise (RunEndedError if ended else GatewayError)(status, code, detail)
