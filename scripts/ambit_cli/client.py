"""The platform's API over HTTP: one place that sends, and turns a problem document into words and an exit code."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import httpx

from scripts.ambit_cli.exits import Exit, fail, of_status

_TIMEOUT: Final = httpx.Timeout(10, read=60)
_STREAM_TIMEOUT: Final = httpx.Timeout(10, read=None)


class Client:
    """Calls the API as one principal."""

    def __init__(self, api_url: str, token: str) -> None:
        headers = {"authorization": f"Bearer {token}", "user-agent": "ambit-cli", "accept": "application/json"}
        self._http = httpx.Client(base_url=api_url, headers=headers, timeout=_TIMEOUT)

    def get(self, path: str, **query: str | int | None) -> dict[str, Any]:
        """GET a JSON resource; parameters that are None are left out."""
        return self._json("GET", path, params={name: value for name, value in query.items() if value is not None})

    def post(self, path: str, body: Mapping[str, Any] | None = None, **headers: str) -> dict[str, Any]:
        """POST JSON; header names are given with underscores."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._json("POST", path, json=dict(body or {}), headers=named)

    def put(self, path: str, body: Mapping[str, Any], **headers: str) -> dict[str, Any]:
        """PUT JSON; header names are given with underscores."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._json("PUT", path, json=dict(body), headers=named)

    def delete(self, path: str, body: Mapping[str, Any] | None = None, **headers: str) -> dict[str, Any]:
        """DELETE a resource; header names are given with underscores."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        sent: dict[str, Any] = {} if body is None else {"json": dict(body)}
        return self._json("DELETE", path, headers=named, **sent)

    def call(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str | int | None] | None = None,
    ) -> httpx.Response:
        """Any call, for those who need its headers or its text; parameters that are None are left out."""
        asked = {name: value for name, value in (query or {}).items() if value is not None}
        sent: dict[str, Any] = {} if body is None else {"json": dict(body)}
        with _reachable():
            answer = self._http.request(method, path, params=asked or None, headers=dict(headers or {}), **sent)
        if answer.is_error:
            refuse(answer)
        return answer

    def find(self, path: str) -> tuple[dict[str, Any] | None, str]:
        """GET a JSON resource with its ETag; None and "" when there is none."""
        with _reachable():
            answer = self._http.get(path)
        if answer.status_code == httpx.codes.NOT_FOUND:
            return None, ""
        if answer.is_error:
            refuse(answer)
        return dict(answer.json()), answer.headers.get("etag", "")

    def change(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """PATCH a resource as it is now: its ETag is read first, so that another's change is not lost."""
        with _reachable():
            found = self._http.get(path)
        if found.is_error:
            refuse(found)
        return self._json("PATCH", path, json=dict(body), headers={"if-match": found.headers["etag"]})

    def upload(self, url: str, content: bytes | Iterator[bytes], *, headers: Mapping[str, str], length: int) -> None:
        """PUT a file's bytes to a presigned URL with the headers it demands (no token goes there)."""
        sent = {**headers, "content-length": str(length)}
        with _reachable():
            answer = httpx.put(url, content=content, headers=sent, timeout=_STREAM_TIMEOUT)
        if answer.is_error:
            fail(f"the upload was refused with HTTP {answer.status_code}.", Exit.REFUSED)

    def download(self, url: str, target: Path, *, sha256: str) -> None:
        """GET a file from a presigned URL (no token goes there); what has another SHA-256 (hex) is not kept."""
        found = hashlib.sha256()
        with _reachable(), httpx.stream("GET", url, timeout=_STREAM_TIMEOUT) as answer, target.open("wb") as file:
            if answer.is_error:
                fail(f"the download was refused with HTTP {answer.status_code}.", Exit.REFUSED)
            for chunk in answer.iter_bytes():
                found.update(chunk)
                file.write(chunk)
        if found.hexdigest() != sha256:
            target.unlink()
            fail(f"{target.name} is not what the export says: its hash differs.", Exit.FAILED)

    @contextmanager
    def stream(
        self, method: str, path: str, *, body: Mapping[str, Any] | None = None, headers: Mapping[str, str] | None = None
    ) -> Iterator[Iterator[str]]:
        """The lines of a server-sent event stream."""
        sent = {"accept": "text/event-stream", **(headers or {})}
        with (
            _reachable(),
            self._http.stream(method, path, json=body, headers=sent, timeout=_STREAM_TIMEOUT) as answer,
        ):
            if answer.is_error:
                answer.read()
                refuse(answer)
            yield answer.iter_lines()

    def _json(self, method: str, path: str, **request: Any) -> dict[str, Any]:
        with _reachable():
            answer = self._http.request(method, path, **request)
        if answer.is_error:
            refuse(answer)
        return dict(answer.json()) if answer.content else {}


def refuse(answer: httpx.Response) -> None:
    """Leave with the problem document's own words."""
    problem = _problem(answer)
    lines = [str(problem.get("detail") or problem.get("title") or f"HTTP {answer.status_code}")]
    lines += [f"  {item['pointer'] or '/'}: {item['message']}" for item in problem.get("errors", [])]
    if wait := answer.headers.get("retry-after"):
        lines.append(f"  try again in {wait} s")
    if request_id := problem.get("requestId"):
        lines.append(f"  {problem.get('code', '')} · request {request_id}")
    fail("\n".join(lines), of_status(answer.status_code))


def _problem(answer: httpx.Response) -> dict[str, Any]:
    try:
        found = json.loads(answer.text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


@contextmanager
def _reachable() -> Iterator[None]:
    try:
        yield
    except httpx.TimeoutException:
        fail(
            "the platform did not answer in time; the call may still be running: look with `ambit runs`.",
            Exit.UNAVAILABLE,
        )
    except httpx.TransportError as error:
        fail(
            f"the platform is not reachable ({type(error).__name__}): is `make dev` up? `ambit doctor` tells.",
            Exit.UNAVAILABLE,
        )
