"""Ways with tokens that are not the agent's own, or not what was signed."""

from __future__ import annotations

import hashlib
import hmac
import os
import time
from typing import TYPE_CHECKING, Any

from hostile_agent.door import asked, opened, segment
from hostile_agent.ways import Scene, Try, way

if TYPE_CHECKING:
    from collections.abc import Iterator

BEAT = "/v1/gateway/heartbeat"
SIGNATURE_BYTES = 64


def token_of(header: dict[str, Any], claims: dict[str, Any], signature: str) -> str:
    """A JWT of these parts."""
    return f"{segment(header)}.{segment(claims)}.{signature}"


@way("another run's token")
def another_run(scene: Scene) -> Iterator[Try]:
    """A true token of a run that is going on, of the same tenant, and one of another tenant's."""
    for whose, token in scene.facts["tokens"].items():
        yield asked(scene, f"{whose}: heartbeat", BEAT, token=token)
        yield asked(scene, f"{whose}: a fresh token", "/v1/gateway/token", token=token)
        forged = token_of(*opened(token)[:2], segment(os.urandom(SIGNATURE_BYTES)))
        yield asked(scene, f"{whose}: signed anew", BEAT, token=forged)


@way("a token without an algorithm")
def no_algorithm(scene: Scene) -> Iterator[Try]:
    """`alg: none` in its spellings, with and without a signature."""
    header, claims, signature = opened(scene.invocation.run_token)
    for name in ("none", "None", "NONE", ""):
        for end in ("", signature):
            yield asked(scene, f"alg {name!r}", BEAT, token=token_of({**header, "alg": name}, claims, end))


@way("a token signed with another key")
def another_key(scene: Scene) -> Iterator[Try]:
    """A signature of nobody, of zeros, and an HMAC under what anybody knows."""
    header, claims, _ = opened(scene.invocation.run_token)
    for what, raw in (("random", os.urandom(SIGNATURE_BYTES)), ("zeros", bytes(SIGNATURE_BYTES))):
        yield asked(scene, what, BEAT, token=token_of(header, claims, segment(raw)))
    for secret in (b"", b"ambit", str(header.get("kid", "")).encode()):
        yield asked(scene, f"HS256 under {secret!r}", BEAT, token=hmac_signed(header, claims, secret))
    own_key = {**header, "jwk": {"kty": "oct", "k": "YQ"}, "jku": "http://127.0.0.1/keys", "kid": "../../dev/null"}
    yield asked(scene, "a key of its own", BEAT, token=token_of(own_key, claims, segment(bytes(SIGNATURE_BYTES))))


def hmac_signed(header: dict[str, Any], claims: dict[str, Any], secret: bytes) -> str:
    """The claims under HS256."""
    message = f"{segment({**header, 'alg': 'HS256'})}.{segment(claims)}"
    return f"{message}.{segment(hmac.digest(secret, message.encode(), hashlib.sha256))}"


@way("a token with altered claims")
def altered(scene: Scene) -> Iterator[Try]:
    """The true signature under other claims: tenant, agent, version, audience, a later end."""
    header, claims, signature = opened(scene.invocation.run_token)
    changes: list[dict[str, Any]] = [
        {"tenant": "globex"}, {"tenant": "platform"}, {"agent": "analyst-agent"}, {"version": "ver_other"},
        {"aud": "ambit-api"}, {"exp": int(time.time()) + 86_400}, {"mode": "sync"}, {"run": scene.facts["other_run"]},
    ]  # fmt: skip
    for change in changes:
        yield asked(scene, str(change), BEAT, token=token_of(header, {**claims, **change}, signature))


@way("a token that has expired")
def expired(scene: Scene) -> Iterator[Try]:
    """The platform's own signature, on a token whose time is over."""
    yield asked(scene, "expired", BEAT, token=scene.facts["expired"])
    yield asked(scene, "expired, for a fresh one", "/v1/gateway/token", token=scene.facts["expired"])
    yield asked(scene, "not valid yet", BEAT, token=scene.facts["early"])


@way("the token of a run that has ended")
def ended(scene: Scene) -> Iterator[Try]:
    """A token this very session was given for its run before, which is over."""
    token = scene.facts["ended"]
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "files.read", "arguments": {}}}
    event = {"events": [{"stream": "assistant", "event": "note", "payload": {"late": True}}]}
    done = {"status": "succeeded", "output": "again"}
    for path, body in (("mcp", call), ("events", event), ("complete", done), ("token", {})):
        yield asked(scene, path, f"/v1/gateway/{path}", body, token=token)


@way("a person's token, and none")
def not_a_run(scene: Scene) -> Iterator[Try]:
    """Credentials that are good elsewhere."""
    yield asked(scene, "a developer's", BEAT, token=scene.facts["person"])
    yield asked(scene, "an API key", BEAT, token="amb_live_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
    yield asked(scene, "basic", BEAT, headers={"Authorization": "Basic YWRtaW46YWRtaW4="})
