"""Ways through HTTP itself: other routes, other hosts, requests that two readers read differently."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hostile_agent.door import address, asked, head, sent
from hostile_agent.ways import Scene, Try, way

if TYPE_CHECKING:
    from collections.abc import Iterator

BEAT = "POST /v1/gateway/heartbeat HTTP/1.1"
OVER_THE_DOOR, OVER_THE_GATEWAY = 20 * 1024 * 1024, 7 * 1024 * 1024


@way("the platform's other routes")
def other_routes(scene: Scene) -> Iterator[Try]:
    """Its API, with a run token, through the one address there is."""
    for method, path in (
        ("GET", "/v1/runs"), ("GET", "/v1/health"), ("GET", "/v1/tenants"), ("GET", "/v1/policies"),
        ("POST", "/v1/agents/echo-agent/invoke"), ("GET", "/v1/platform/security-events"), ("GET", "/"),
        ("GET", "/v1/gateway/mcp"), ("DELETE", "/v1/gateway/mcp"), ("POST", "/v1/gateway"),
        ("POST", "/v1/gateway/audit"), ("GET", "/_edge/credentials"), ("PUT", "/runtimes/"),
    ):  # fmt: skip
        yield asked(scene, f"{method} {path}", path, method=method)


@way("paths that lead elsewhere")
def traversal(scene: Scene) -> Iterator[Try]:
    """Dots, escapes, doubled and back slashes, absolute addresses."""
    host, port = address(scene)
    for path in (
        "/v1/gateway/../runs", "/v1/gateway/%2e%2e/runs", "/v1/gateway/..%2fruns", "/v1/gateway/mcp/../../runs",
        "//v1/gateway/heartbeat", "/v1//gateway/heartbeat", "/v1/gateway/heartbeat/", "/V1/GATEWAY/HEARTBEAT",
        "/v1/gateway/heartbeat;/../../runs", "/v1/gateway\\..\\runs", "/v1/gateway/%68eartbeat",
        f"http://{host}:{port}/v1/runs", f"http://{host}:{scene.facts['ports']['emulator']}/",
        "http://169.254.169.254/latest/meta-data/", "@127.0.0.1/v1/gateway/heartbeat", "/v1/gateway/heartbeat#/../runs",
    ):  # fmt: skip
        yield sent(scene, path, head(scene, f"POST {path} HTTP/1.1", Content_Length="2") + b"{}")


@way("the door as a proxy")
def proxying(scene: Scene) -> Iterator[Try]:
    """CONNECT, other hosts, an upgrade, a header that names the next hop."""
    port = scene.facts["ports"]["emulator"]
    yield sent(scene, "CONNECT", head(scene, f"CONNECT 127.0.0.1:{port} HTTP/1.1", Host=f"127.0.0.1:{port}"))
    for host in (f"127.0.0.1:{port}", "169.254.169.254", "localhost"):
        yield sent(scene, f"Host: {host}", head(scene, BEAT, Host=host, Content_Length="2") + b"{}")
    twice = head(scene, BEAT, Content_Length="2").replace(b"\r\n\r\n", b"\r\nHost: 127.0.0.1:1\r\n\r\n") + b"{}"
    yield sent(scene, "two hosts", twice)
    yield sent(scene, "no host", head(scene, BEAT, Host="", Content_Length="2") + b"{}")
    yield sent(scene, "TRACE", head(scene, "TRACE /v1/gateway/heartbeat HTTP/1.1"))
    yield sent(scene, "HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")


@way("smuggled requests")
def smuggling(scene: Scene) -> Iterator[Try]:
    """One request inside another, for two readers that differ on where the first ends."""
    inner = head(scene, "GET /v1/runs HTTP/1.1")
    chunked = b"0\r\n\r\n" + inner
    both = {"Content_Length": str(len(chunked)), "Transfer_Encoding": "chunked"}
    yield sent(scene, "length and chunks", head(scene, BEAT, **both) + chunked)
    for odd in ("xchunked", "chunked, identity", "identity, chunked", "\x0bchunked", "chunked\t;x"):
        yield sent(scene, f"coding {odd!r}", head(scene, BEAT, Transfer_Encoding=odd) + chunked)
    two = head(scene, BEAT, Content_Length="2").replace(b"\r\n\r\n", b"\r\nContent-Length: 40\r\n\r\n")
    yield sent(scene, "two lengths", two + b"{}" + inner)
    yield sent(scene, "a length with a sign", head(scene, BEAT, Content_Length="+2") + b"{}" + inner)
    folded = head(scene, BEAT, Content_Length="2", X_A="b\r\n folded")
    yield sent(scene, "a line folded", folded + b"{}" + inner, allowed=1)
    yield sent(scene, "bare line feeds", head(scene, BEAT, X_A="b\nTransfer-Encoding: chunked") + chunked)
    yield sent(scene, "pipelined", head(scene, BEAT, Content_Length="2") + b"{}" + inner, allowed=1)
    injected = head(scene, "POST /v1/gateway/heartbeat HTTP/1.1\r\nX: y\r\n\r\nGET /v1/runs HTTP/1.1")
    yield sent(scene, "a request in the request line", injected)


@way("bodies that do not end")
def truncated(scene: Scene) -> Iterator[Try]:
    """Less than was announced, and a chunk that breaks off."""
    yield sent(scene, "half a body", head(scene, BEAT, Content_Length="500") + b'{"progress": {"percent"')
    yield sent(scene, "half a chunk", head(scene, BEAT, Transfer_Encoding="chunked") + b'10\r\n{"progr')
    yield sent(scene, "half a head", head(scene, BEAT)[:-10])
    yield asked(scene, "half a document", "/v1/gateway/heartbeat", b'{"progress": {"percent": 5')
    yield asked(scene, "half a message", "/v1/gateway/mcp", b'{"jsonrpc": "2.0", "id": 1, "method": "tools/ca')


@way("bodies that are too large")
def oversized(scene: Scene) -> Iterator[Try]:
    """More than the door takes, more than the gateway takes, and nesting without end."""
    yield asked(scene, "20 MiB", "/v1/gateway/mcp", b" " * OVER_THE_DOOR)
    yield asked(
        scene, "7 MiB", "/v1/gateway/mcp", b'{"jsonrpc": "2.0", "id": 1, "x": "' + b"a" * OVER_THE_GATEWAY + b'"}'
    )
    yield asked(scene, "nested", "/v1/gateway/mcp", b'{"a":' * 100_000 + b"1" + b"}" * 100_000)
    yield asked(scene, "a long header", "/v1/gateway/heartbeat", headers={"X-Long": "a" * 100_000})
