"""JSON over one kept-alive HTTP connection, with the standard library alone."""

from __future__ import annotations

import http.client
import json
import ssl
import threading
from typing import Any
from urllib.parse import urlsplit

TIMEOUT_SECONDS = 30
MAX_ANSWER = 16 * 1024 * 1024
STALE = (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError)


class AnswerTooLargeError(Exception):
    """The answer is larger than any the gateway gives."""


class JsonConnection:
    """POSTs JSON to paths under a base URL. Safe to share between threads: one call at a time."""

    def __init__(self, base_url: str, timeout: float = TIMEOUT_SECONDS) -> None:
        parts = urlsplit(base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("the gateway's URL must be http(s)://host[:port]/path")
        self._path = parts.path.rstrip("/")
        self._connection = _connect(parts.scheme, parts.hostname, parts.port, timeout)
        self._lock = threading.Lock()

    def post(self, path: str, body: object, headers: dict[str, str]) -> tuple[int, Any]:
        """The status and the decoded body (None when it is empty or not JSON); raises OSError."""
        data = json.dumps(body).encode()
        headers = {"Content-Type": "application/json", "Accept": "application/json", **headers}
        with self._lock:
            try:
                return self._send(path, data, headers)
            except http.client.HTTPException as error:
                self._connection.close()
                raise ConnectionError(f"the gateway broke off: {type(error).__name__}") from error
            except BaseException:
                self._connection.close()
                raise

    def _send(self, path: str, data: bytes, headers: dict[str, str]) -> tuple[int, Any]:
        reused = self._connection.sock is not None
        try:
            return self._exchange(path, data, headers)
        except STALE:
            if not reused:
                raise
            # The server closed the idle connection; nothing of this call was answered.
            self._connection.close()
            return self._exchange(path, data, headers)

    def _exchange(self, path: str, data: bytes, headers: dict[str, str]) -> tuple[int, Any]:
        self._connection.request("POST", self._path + path, data, headers)
        answer = self._connection.getresponse()
        raw = answer.read(MAX_ANSWER + 1)
        if len(raw) > MAX_ANSWER:
            raise AnswerTooLargeError
        return answer.status, _decode(raw)

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            self._connection.close()


def _connect(scheme: str, host: str, port: int | None, timeout: float) -> http.client.HTTPConnection:
    if scheme == "http":
        return http.client.HTTPConnection(host, port, timeout=timeout)
    return http.client.HTTPSConnection(host, port, timeout=timeout, context=ssl.create_default_context())


def _decode(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except ValueError:
        return None
