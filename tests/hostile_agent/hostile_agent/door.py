"""Speaking to the gateway's address: in HTTP, or in bytes."""

from __future__ import annotations

import base64
import http.client
import json
import re
import socket
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from hostile_agent.ways import Try

if TYPE_CHECKING:
    from hostile_agent.ways import Scene

SECONDS = 60.0
MAX_TOLD = 200


def address(scene: Scene) -> tuple[str, int]:
    """Where the agent is told the gateway is."""
    parts = urlsplit(scene.invocation.gateway_url)
    return str(parts.hostname), int(parts.port or 80)


def ask(
    scene: Scene,
    path: str,
    body: object = None,
    *,
    method: str = "POST",
    token: str | None = None,
    headers: dict[str, str] | None = None,
) -> tuple[int, str]:
    """One request; the path as it is given. A `body` of bytes is sent as it is."""
    data = body if isinstance(body, bytes) else json.dumps(body if body is not None else {}).encode()
    bearer = {"Authorization": f"Bearer {token or scene.invocation.run_token}", "Content-Type": "application/json"}
    connection = http.client.HTTPConnection(*address(scene), timeout=SECONDS)
    try:
        connection.request(method, path, data, {**bearer, **(headers or {})})
        answer = connection.getresponse()
        return answer.status, answer.read(100_000).decode("utf-8", "replace")
    finally:
        connection.close()


def asked(scene: Scene, what: str, path: str, body: object = None, **options: Any) -> Try:
    """A request as a try: through when it was done, told the status and code."""
    try:
        status, text = ask(scene, path, body, **options)
    except (OSError, http.client.HTTPException) as error:
        return Try(what, through=False, told=f"{type(error).__name__}: {error}"[:MAX_TOLD])
    return Try(what, through=succeeded(status, text), told=told(status, text))


def succeeded(status: int, text: str) -> bool:
    """Whether an answer says that something was done."""
    if not 200 <= status < 300:
        return False
    try:
        body = json.loads(text)
    except ValueError:
        return True
    return "error" not in body and not (body.get("result") or {}).get("isError")


def told(status: int, text: str) -> str:
    """The status, and the code or message of a refusal."""
    try:
        body = json.loads(text)
    except ValueError:
        return f"{status} {text[:80]}"
    result = body.get("result") or {}
    failed = result if result.get("isError") else {}
    code = (failed.get("structuredContent") or {}).get("code") or (failed.get("content") or [{}])[0].get("text")
    words = code or body.get("code") or (body.get("error") or {}).get("message") or text
    return f"{status} {words}"[:MAX_TOLD]


def statuses(scene: Scene, data: bytes, *, finish: bool = True) -> list[int]:
    """Send bytes, and read the status of every answer until the other end hangs up."""
    with socket.create_connection(address(scene), timeout=SECONDS) as connection:
        connection.sendall(data)
        if finish:
            connection.shutdown(socket.SHUT_WR)
        heard = b""
        while chunk := connection.recv(65536):
            heard += chunk
    return [int(found) for found in re.findall(rb"HTTP/1\.1 (\d{3})", heard)]


def sent(scene: Scene, what: str, data: bytes, *, allowed: int = 0) -> Try:
    """Bytes as a try: through when more than `allowed` of the answers say that something was done."""
    try:
        found = statuses(scene, data)
    except OSError as error:
        return Try(what, through=False, told=f"{type(error).__name__}: {error}"[:MAX_TOLD])
    good = [status for status in found if status < 300]
    return Try(what, through=len(good) > allowed, told=" ".join(map(str, found)) or "hung up")


def head(scene: Scene, line: str, **headers: str) -> bytes:
    """A request's head in bytes, with the run token; a header given as empty is left out."""
    host, port = address(scene)
    usual = {"Host": f"{host}:{port}", "Authorization": f"Bearer {scene.invocation.run_token}"}
    merged = {**usual, "Content-Type": "application/json", **headers}
    lines = [line, *(f"{name.replace('_', '-')}: {value}" for name, value in merged.items() if value), "", ""]
    return "\r\n".join(lines).encode("latin-1")


def segment(value: object) -> str:
    """A part of a JWT."""
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def opened(token: str) -> tuple[dict[str, Any], dict[str, Any], str]:
    """Header and claims of a JWT, and its signature as it stands."""
    header, claims, signature = token.split(".")
    return _part(header), _part(claims), signature


def _part(text: str) -> dict[str, Any]:
    decoded: dict[str, Any] = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return decoded
