"""The platform's public API as the evaluation tenant calls it: over HTTP, with nothing that a customer has not."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from governance.pinning import HEADER
from platform_kit.errors import DependencyUnavailable

_CONNECT_SECONDS: Final = 5.0
_READ_SECONDS: Final = 35.0
"""Longer than the integration's limit: a synchronous call is over by then."""
_MOST_BYTES: Final = 8 * 1024 * 1024


@dataclass(frozen=True)
class Reply:
    """An answer of the API: its status, and its body when that is a JSON object."""

    status: int
    body: Mapping[str, Any]


class Api(Protocol):
    """What evaluations ask of the platform."""

    def invoke(self, agent: str, body: Mapping[str, Any], *, key: str, version: str | None, as_job: bool) -> Reply:
        """Run an agent."""
        ...

    def describe_file(self, body: Mapping[str, Any], *, key: str) -> Reply: ...  # noqa: D102 - as below
    def upload(self, url: str, headers: Mapping[str, str], content: bytes) -> int: ...  # noqa: D102 - as below
    def get(self, path: str) -> Reply: ...  # noqa: D102 - as below
    def cancel(self, run_id: str) -> Reply: ...  # noqa: D102 - as below


class HttpApi:
    """Calls `base_url` with the proof that `authorization` gives. DependencyUnavailable when nothing answers."""

    def __init__(self, base_url: str, authorization: Callable[[], str]) -> None:
        import urllib3

        self._base = base_url.rstrip("/")
        self._authorization = authorization
        timeout = urllib3.Timeout(connect=_CONNECT_SECONDS, read=_READ_SECONDS)
        self._pool = urllib3.PoolManager(timeout=timeout, retries=False, maxsize=4)

    def invoke(self, agent: str, body: Mapping[str, Any], *, key: str, version: str | None, as_job: bool) -> Reply:
        """Run an agent once for each `key`, on `version` when given; as a job when it may take long."""
        headers = {"idempotency-key": key, "content-type": "application/json"}
        headers |= {HEADER: version} if version else {}
        headers |= {"prefer": "respond-async"} if as_job else {}
        return self._send("POST", f"/v1/agents/{agent}/invoke", headers, json.dumps(body).encode())

    def describe_file(self, body: Mapping[str, Any], *, key: str) -> Reply:
        """Say what will be uploaded; for the same `key` it is the same file."""
        headers = {"idempotency-key": key, "content-type": "application/json"}
        return self._send("POST", "/v1/files", headers, json.dumps(body).encode())

    def upload(self, url: str, headers: Mapping[str, str], content: bytes) -> int:
        """Put a file's bytes where the platform said; the status. No proof goes there."""
        return self._request("PUT", url, headers, content).status

    def get(self, path: str) -> Reply:
        """Read something."""
        return self._send("GET", path, {"accept": "application/json"})

    def cancel(self, run_id: str) -> Reply:
        """Stop a run."""
        return self._send("POST", f"/v1/runs/{run_id}/cancel", {})

    def _send(self, method: str, path: str, headers: Mapping[str, str], body: bytes | None = None) -> Reply:
        return self._request(method, self._base + path, {**headers, "authorization": self._authorization()}, body)

    def _request(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Reply:
        import urllib3

        try:
            answer = self._pool.request(
                method, url, headers=dict(headers), body=body, redirect=False, preload_content=False
            )
            with answer:
                data = answer.read(_MOST_BYTES)
        except urllib3.exceptions.HTTPError as error:
            raise DependencyUnavailable(f"The platform does not answer ({type(error).__name__}).") from None
        return Reply(answer.status, _object(data))


def _object(data: bytes) -> Mapping[str, Any]:
    try:
        value = json.loads(data)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
