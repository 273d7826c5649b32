"""A small gateway over HTTP for agents under test: files, tokens, heartbeats, and what it was told."""

from __future__ import annotations

import base64
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MIB4 = 4 * 1024 * 1024


class FakeGateway:
    """Serves `/v1/gateway/*`. `refusals` are answers given before the real one, oldest first."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.written: dict[str, str] = {}
        self.calls: list[tuple[str, Any, str]] = []
        self.refusals: list[tuple[int, dict[str, Any]]] = []
        self.cancelled = False
        self.status = "running"
        self.tokens = 0
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/v1/gateway"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def paths(self) -> list[str]:
        return [path for path, _, _ in self.calls]

    def bodies(self, path: str) -> list[Any]:
        return [body for called, body, _ in self.calls if called == path]

    def payload(self, text: str = "hello", *, files: list[str] | None = None, **more: Any) -> dict[str, Any]:
        """An invocation that points at this gateway."""
        return {
            "input": text, "context": more.pop("context", {}), "metadata": {},
            "files": [
                {"fileId": name, "name": name, "contentType": "text/csv", "bytes": len(self.files[name])}
                for name in files or []
            ],
            "ambit": {
                "runId": "run_1", "sessionId": "ses_1", "agent": "a", "version": "ver_1", "mode": "streaming",
                "gatewayUrl": self.url, "runToken": "token-0", "runTokenExpiresAt": time.time() + 300, **more,
            },
        }  # fmt: skip

    def answer(self, path: str, body: Any, token: str) -> tuple[int, dict[str, Any]]:
        self.calls.append((path, body, token))
        if self.refusals:
            return self.refusals.pop(0)
        match path:
            case "/token":
                self.tokens += 1
                return 200, {"token": f"token-{self.tokens}", "expiresAt": time.time() + 300}
            case "/heartbeat":
                return 200, {"status": self.status, "cancelled": self.cancelled}
            case "/events":
                return 200, {"lastSeq": len(body["events"]) + 1}
            case "/complete":
                return 200, {"status": body["status"]}
            case _:
                return 200, self._tool(body)

    def _tool(self, body: Any) -> dict[str, Any]:
        name, arguments = body["params"]["name"], body["params"]["arguments"]
        if name == "files.write":
            self.written[arguments["name"]] = arguments.get("text") or arguments["data"]
            size = len(self.written[arguments["name"]])
            content = {"fileId": f"fil_{len(self.written)}", "key": f"k/{arguments['name']}", "bytes": size}
            return {"jsonrpc": "2.0", "id": body["id"], "result": {"structuredContent": content}}
        data = self.files.get(arguments["fileId"])
        if data is None:
            refused = {"isError": True, "content": [{"type": "text", "text": "no such file"}]}
            return {"jsonrpc": "2.0", "id": body["id"], "result": refused}
        offset, length = arguments.get("offset", 0), min(arguments.get("length", MIB4), MIB4)
        part = data[offset : offset + length]
        content = {
            "fileId": arguments["fileId"], "name": "f", "contentType": "text/csv", "bytes": len(data),
            "offset": offset, "length": len(part), "data": base64.b64encode(part).decode(),
            "eof": offset + len(part) >= len(data),
        }  # fmt: skip
        return {"jsonrpc": "2.0", "id": body["id"], "result": {"structuredContent": content}}

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        gateway = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])) or b"{}")
                token = self.headers["Authorization"].removeprefix("Bearer ")
                path = self.path.removeprefix("/v1/gateway")
                status, answer = gateway.answer(path, body, token)
                data = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
                pass

        return Handler
