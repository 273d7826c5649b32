"""Ways through what an agent may say of its own run, and beyond its end."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from hostile_agent.calls import MCP, NO_FILE, message
from hostile_agent.door import asked
from hostile_agent.ways import Scene, Try, way

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

EVENTS, COMPLETE = "/v1/gateway/events", "/v1/gateway/complete"


def event(stream: str, name: str, **payload: Any) -> dict[str, Any]:
    """A batch of one event."""
    return {"events": [{"stream": stream, "event": name, "payload": payload}]}


@way("the gateway's own events, in its own log")
def forged_events(scene: Scene) -> Iterator[Try]:
    """Decisions, and streams that are not an agent's to write."""
    yield asked(scene, "a decision", EVENTS, event("tool", "policy", decision="ALLOW", tool="files.write"))
    for stream in ("policy", "lifecycle", "run", "governor", "audit", "system"):
        yield asked(scene, f"stream {stream}", EVENTS, event(stream, "decision", decision="ALLOW"))
    yield asked(scene, "a sequence of its own", EVENTS, {**event("assistant", "note"), "seq": 0, "lastSeq": 0})
    yield asked(scene, "another run's", EVENTS, {**event("assistant", "note"), "runId": scene.facts["other_run"]})


@way("the audit log and the ledger")
def ledger(scene: Scene) -> Iterator[Try]:
    """Routes that could be there, and fields that could be taken."""
    for path in ("audit", "ledger", "costs", "policies", "approvals", "incidents", "usage", "runs"):
        yield asked(scene, f"POST {path}", f"/v1/gateway/{path}", {"action": "policy.updated", "cost": "0"})
    yield asked(scene, "cost in a heartbeat", "/v1/gateway/heartbeat", {"cost": "0", "usage": {"toolCalls": 0}})
    fields = {"status": "succeeded", "output": "x", "cost": {"amount": "0"}, "usage": {"toolCalls": 0}}
    yield asked(scene, "cost in the end", COMPLETE, fields)
    yield asked(scene, "a status of its own", COMPLETE, {"status": "cancelled", "output": "x"})


def beyond(scene: Scene) -> Iterator[Try]:
    """All it could say in a run that is over."""
    yield asked(scene, "a tool", MCP, message("files.read", NO_FILE))
    yield asked(scene, "an event", EVENTS, event("assistant", "note", late=True))
    yield asked(scene, "an end", COMPLETE, {"status": "succeeded", "output": "after all"})
    yield asked(scene, "a fresh token", "/v1/gateway/token", {})


def hold(scene: Scene, wait: Callable[[], bool]) -> None:
    """Show its token to whoever reads its log, live until it is cancelled, and go on after that."""
    hidden = scene.invocation.run_token[::-1].encode().hex()
    asked(
        scene,
        "show",
        EVENTS,
        event("assistant", "held", parts=[hidden[at : at + 64] for at in range(0, len(hidden), 64)]),
    )
    while not wait():
        pass
    for one in beyond(scene):
        told = {"run": scene.invocation.run_id, "what": one.what, "through": one.through, "told": one.told}
        print(f"AFTERLIFE {json.dumps(told)}", flush=True)


@way("ending twice")
def twice(scene: Scene) -> Iterator[Try]:
    """Another end after the first; what the agent says afterwards is not taken either."""
    first = asked(scene, "an end", COMPLETE, {"status": "succeeded", "output": scene.facts.get("output", "first")})
    yield Try("the first end", through=False, told=first.told)
    yield asked(scene, "the other end", COMPLETE, {"status": "failed", "error": {"code": "X", "message": "no"}})
