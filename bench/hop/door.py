"""Our door under uvicorn, one worker: `python -m bench.hop.door PORT UPSTREAM_PORT` (0: the local model, no upstream).

What is deployed, from the check of the run token to the event `result`: governor, money, policy, guardrails, both
writes. The store is faked and answers at once (bench/enforcement.py), and so are flags, circuits and the tenant's list
of models, which a running process keeps for seconds. Behind API Gateway the authoriser's answer is kept too; here the
token is verified for every request, which is more.
"""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, cast

import uvicorn
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from bench.enforcement import RUN, NoSwitches, Versions, desk
from enforcement.policies import PoliciesInForce
from lambdas.models.app import create_app
from lambdas.models.registry import ModelRegistry
from lambdas.models.service import ModelService
from model_gateway.breaker import Breaker, Circuit
from model_gateway.http import ProviderHttp
from model_gateway.providers import Provider
from model_gateway.providers.local import LocalModel
from model_gateway.providers.openai import openai
from model_gateway.router import Router
from platform_kit import run_token
from platform_kit.asgi import CONTEXT_HEADER
from platform_kit.clock import SystemClock
from platform_kit.jws import TokenRefused

PATH: Final = "/v1/gateway/openai/v1/chat/completions"
TOKEN_PATH: Final = "/token"  # noqa: S105 - a path
_BEARER: Final = "Bearer "
_ALWAYS: Final = {"principalId": f"run:{RUN}", "credential": "run", "roles": "", "tier": "standard"}


class Switches(NoSwitches):
    """Nothing is stopped."""

    def let_run(self, *, tenant: str, agent: str, run_id: str = "") -> None:
        """Let every run go on."""


class Closed:
    """Circuits that are closed."""

    def read(self, _name: str) -> Circuit:
        """One that nothing has happened to."""
        return Circuit()

    def swap(self, _name: str, _circuit: Circuit) -> bool:
        """Take every change."""
        return True


class NoEntries:
    """A tenant that says nothing of its models."""

    def list(self) -> list[dict[str, Any]]:
        """None."""
        return []


@dataclass(frozen=True)
class One:
    """One adapter for every target."""

    adapter: Provider

    def of(self, _target: object) -> Provider:
        """It."""
        return self.adapter


def service(upstream: int) -> ModelService:
    """The models' service over faked stores."""
    adapter = openai(ProviderHttp(f"http://127.0.0.1:{upstream}"), "key") if upstream else LocalModel()
    return ModelService(
        desk=lambda _who: desk(),
        controls=cast("Any", Switches()),
        policies=PoliciesInForce(lambda: cast("Any", Versions(("model.chat",)))),
        registry=ModelRegistry(lambda _tenant: cast("Any", NoEntries())),
        providers=lambda _desk: One(adapter),
        router=Router(Breaker(cast("Any", Closed()))),
        clock=SystemClock(),
        replay=lambda _who: cast("Any", None),
    )


class Door:
    """Verifies the run token of each request and hands its findings on, as the authoriser and API Gateway do (ASGI)."""

    def __init__(self, app: Any, key: ec.EllipticCurvePrivateKey) -> None:
        self._app, self._key, self._public = app, key, key.public_key()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve it; at `/token` a token, for the client of the measurement."""
        if scope["type"] == "http" and scope["path"] == TOKEN_PATH:
            await _plain(send, 200, minted(self._key).encode())
        elif scope["type"] == "http":
            await self._verified(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _verified(self, scope: Any, receive: Any, send: Any) -> None:
        headers = dict(scope["headers"])
        token = headers.get(b"authorization", b"").decode("latin-1").removeprefix(_BEARER)
        try:
            claims = run_token.verify(token, self._public, datetime.now(UTC), key_id="k1")
        except TokenRefused:
            await _plain(send, 401, b"{}")
            return
        context = json.dumps({"requestId": "bench", "authorizer": _authorised(claims)}).encode()
        passed = [pair for pair in scope["headers"] if pair[0] != CONTEXT_HEADER.encode()]
        await self._app({**scope, "headers": [*passed, (CONTEXT_HEADER.encode(), context)]}, receive, send)


def _authorised(claims: run_token.RunClaims) -> dict[str, str]:
    bound = {"tenantId": claims.tenant, "runId": claims.run, "agent": claims.agent, "mode": claims.mode}
    return {**_ALWAYS, **bound, "versionId": claims.version, "sessionId": claims.session}


def minted(key: ec.EllipticCurvePrivateKey) -> str:
    """A run token that holds while this is measured."""
    claims = run_token.RunClaims("acme", RUN, "echo", "ver_1", "ses_1", "sync", "usr:a:b")

    def sign(message: bytes) -> bytes:
        return run_token.raw_signature(key.sign(message, ec.ECDSA(hashes.SHA256())))

    return run_token.mint(claims, sign, "k1", datetime.now(UTC))


async def _plain(send: Callable[[dict[str, Any]], Any], status: int, body: bytes) -> None:
    headers = [(b"content-type", b"text/plain"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def main() -> None:
    """Serve until the process ends."""
    port, upstream = (int(argument) for argument in sys.argv[1:3])
    built = service(upstream)
    door = Door(create_app(lambda: built), ec.generate_private_key(ec.SECP256R1()))
    uvicorn.run(door, host="127.0.0.1", port=port, log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
