"""Ways through the gateway's own front: tools it may not call, messages that say two things."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from hostile_agent.door import ask, asked, succeeded, told
from hostile_agent.ways import Scene, Try, way

if TYPE_CHECKING:
    from collections.abc import Iterator

MCP = "/v1/gateway/mcp"
WRITE = {"name": "stolen.txt", "contentType": "text/plain", "text": "stolen"}
NO_FILE = {"fileId": "fil_00000000000000000000000000000000"}
TOGETHER = 10
OK = 200


def message(name: str, arguments: object, **more: Any) -> dict[str, Any]:
    """A call of a tool."""
    params = {"name": name, "arguments": arguments, **more.pop("params", {})}
    return {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params, **more}


def called(scene: Scene, what: str, name: str, arguments: object, **more: Any) -> Try:
    """A call of a tool as a try."""
    headers = more.pop("headers", None)
    return asked(scene, what, more.pop("path", MCP), message(name, arguments, **more), headers=headers)


@way("a tool that is not in its manifest")
def not_granted(scene: Scene) -> Iterator[Try]:
    """A tool of the platform that this agent was not given, and one that is nobody's."""
    for name, arguments in (("files.write", WRITE), ("http.fetch", {"url": "http://127.0.0.1"}), ("shell", {})):
        yield called(scene, name, name, arguments)


@way("a tool's name in other letters")
def other_letters(scene: Scene) -> Iterator[Try]:
    """Cases, twins from other alphabets, invisible letters, spaces, wildcards, types."""
    names: list[Any] = [
        "FILES.WRITE", "Files.Write", "files.Write", "ﬁles.write", "fіles.write", "files․write", "files.write\u200b",
        "\u202efiles.write", " files.write", "files.write ", "files.write\u0000", "files..write", "files/write",
        "files.read\u0000files.write", "files.*", "*", ["files.write"], {"name": "files.write"}, None, 1, "",
    ]  # fmt: skip
    for name in names:
        yield called(scene, repr(name), name, WRITE)


@way("messages inside messages")
def nested(scene: Scene) -> Iterator[Try]:
    """A call in a call's arguments, in its id, in its parameters, in a batch, in a notification."""
    inner = message("files.write", WRITE)
    yield called(scene, "in the arguments", "files.read", inner)
    yield called(scene, "in the parameters", "files.read", NO_FILE, params={"params": inner["params"]})
    yield asked(scene, "as the parameters", MCP, {**inner, "params": inner})
    yield asked(scene, "as the id", MCP, {**message("files.read", NO_FILE), "id": inner})
    yield asked(scene, "a batch", MCP, [inner, inner])
    yield asked(scene, "a batch of one", MCP, [inner])
    yield asked(scene, "a batch in a batch", MCP, [[inner]])
    yield asked(scene, "as text", MCP, json.dumps(json.dumps(inner)).encode())
    yield asked(scene, "another method", MCP, {**inner, "method": "tools/call\u0000"})
    yield asked(scene, "two messages", MCP, (json.dumps(message("files.read", NO_FILE)) + json.dumps(inner)).encode())


@way("a name given twice")
def duplicates(scene: Scene) -> Iterator[Try]:
    """JSON whose names repeat: one reader takes the first, another the last."""
    good, bad = '"name": "files.read"', '"name": "files.write"'
    for what, names in (("good then bad", f"{good}, {bad}"), ("bad then good", f"{bad}, {good}")):
        body = f'{{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {{{names}, "arguments": {{}}}}}}'
        yield asked(scene, what, MCP, body.encode())
    inner = json.dumps(message("files.write", WRITE)["params"])
    body = f'{{"jsonrpc": "2.0", "id": 1, "method": "ping", "method": "tools/call", "params": {inner}}}'
    yield asked(scene, "two methods", MCP, body.encode())


@way("asking for the log only")
def log_only(scene: Scene) -> Iterator[Try]:
    """To be let through for once: by headers, query, parameters, arguments, the message."""
    for name in (
        "X-Ambit-Dry-Run",
        "X-Log-Only",
        "X-Policy-Mode",
        "X-Ambit-Shadow",
        "X-HTTP-Method-Override",
        "Prefer",
    ):
        yield called(scene, name, "files.write", WRITE, headers={name: "log-only"})
    for query in ("dryRun=true", "mode=log", "policy=off"):
        yield called(scene, f"?{query}", "files.write", WRITE, path=f"{MCP}?{query}")
    wishes = {"dryRun": True, "logOnly": True, "mode": "shadow", "policy": {"decision": "ALLOW"}, "approved": True}
    yield called(scene, "parameters", "files.write", WRITE, params=wishes)
    yield called(scene, "meta", "files.write", WRITE, params={"_meta": wishes})
    yield called(scene, "arguments", "files.write", {**WRITE, **wishes})
    yield called(scene, "the message", "files.write", WRITE, **wishes)


@way("another tenant's name in headers and arguments")
def other_tenant(scene: Scene) -> Iterator[Try]:
    """A file that is there, but another tenant's."""
    target = {"fileId": scene.facts["foreign_file"]}
    yield called(scene, "by its id", "files.read", target)
    for name in ("X-Tenant", "X-Tenant-Id", "X-Ambit-Tenant", "X-Amzn-Request-Context", "X-Forwarded-User"):
        yield called(scene, name, "files.read", target, headers={name: "globex"})
    for more in ({"tenant": "globex"}, {"tenantId": "globex"}, {"key": "tenants/globex/"}):
        yield called(scene, str(more), "files.read", {**target, **more})
    yield called(scene, "a path", "files.read", {"fileId": "../../globex/" + scene.facts["foreign_file"]})


@way("many calls at once, to outrun its limit")
def together(scene: Scene) -> Iterator[Try]:
    """Calls at the same moment, of a tool that policy grants three times."""
    body = message("files.read", NO_FILE)
    with ThreadPoolExecutor(TOGETHER) as threads:
        found = list(threads.map(lambda _: ask(scene, MCP, body), range(TOGETHER)))
    let = [answer for answer in found if answer[0] == OK and "POLICY_DENIED" not in told(*answer)]
    words = ", ".join(sorted({told(*answer) for answer in found}))
    limit = scene.facts["limit"]
    yield Try("at once", through=len(let) > limit, told=f"{len(let)} of {TOGETHER} let begin: {words}"[:200])
    yield Try("one more", through=succeeded(*ask(scene, MCP, body)), told=told(*ask(scene, MCP, body)))
