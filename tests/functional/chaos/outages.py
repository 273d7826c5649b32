"""Faults of AWS at its clients' sockets: what the SDK retries, it retries; everything above sees what it would see."""

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, Final

import botocore.endpoint
import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import EndpointConnectionError
from moto.core.botocore_stubber import BotocoreStubber, MockRawResponse

UNREACHABLE: Final = "unreachable"
LOST: Final = "lost"
"""Carried out, and the answer never arrives."""
_STATUS: Final = {"InternalServerError": 500, "InternalError": 500, "SlowDown": 503, "ServiceUnavailable": 503}
_CANCELLED: Final = "TransactionCanceledException"
_REASONS: Final = {"TransactionConflict", "ThrottlingError"}


@dataclass
class Outage:
    """Fails calls of one operation of a service the first `times` times they come; None: always."""

    service: str
    operation: str
    code: str
    times: int | None = None
    seen: int = 0
    pauses: list[float] = field(default_factory=list)
    _done: dict[bytes, AWSResponse] = field(default_factory=dict)

    @contextlib.contextmanager
    def on(self, monkeypatch: pytest.MonkeyPatch) -> Iterator["Outage"]:
        stub = BotocoreStubber.__call__

        def faulty(stubber: Any, event_name: str, request: AWSPreparedRequest, **more: Any) -> Any:
            if not self._meets(event_name, request):
                return stub(stubber, event_name, request, **more)
            self.seen += 1
            sent = bytes(request.body) if self.code == LOST else b""
            if sent in self._done and b"ClientRequestToken" in sent:
                return self._done[sent]  # as DynamoDB does for ten minutes, and moto does not
            if self.times is not None and self.seen > self.times:
                return stub(stubber, event_name, request, **more)
            if self.code == LOST:
                self._done[sent] = stub(stubber, event_name, request, **more)
            return self._fail(request)

        with monkeypatch.context() as patched:
            patched.setattr(BotocoreStubber, "__call__", faulty)
            patched.setattr(botocore.endpoint, "time", SimpleNamespace(sleep=self.pauses.append))
            yield self

    def _meets(self, event_name: str, request: AWSPreparedRequest) -> bool:
        if not event_name.startswith(f"before-send.{self.service}."):
            return False
        return event_name.endswith(f".{self.operation}")

    def _fail(self, request: AWSPreparedRequest) -> AWSResponse:
        if self.code in {UNREACHABLE, LOST}:
            raise EndpointConnectionError(endpoint_url="https://aws.test")
        if self.service == "s3":
            body = f"<Error><Code>{self.code}</Code><Message>as told</Message></Error>"
        else:
            told: dict[str, Any] = {"__type": f"com.amazonaws#{self.code}", "message": "as told"}
            if self.code in _REASONS:
                told = {"__type": f"com.amazonaws#{_CANCELLED}", "message": "as told"}
                told["CancellationReasons"] = [{"Code": self.code}]
            body = json.dumps(told)
        raw: Any = MockRawResponse(body)
        return AWSResponse(str(request.url), _STATUS.get(self.code, 400), {}, raw)
