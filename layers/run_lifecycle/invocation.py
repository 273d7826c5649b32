"""What an agent is sent: the caller's input, and the one credential it holds, a token bound to this run."""

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Any

from platform_kit import run_token
from platform_kit.clock import Clock
from platform_kit.observability import logger
from platform_kit.run_token import RunClaims, Sign
from platform_kit.tracing import Trace
from run_lifecycle.agent_answer import AgentFault
from run_lifecycle.outcome import Run
from run_lifecycle.runtime import RUNTIME_UNAVAILABLE, AgentCall, runtime_session


class Invocations:
    """Makes the calls. `sign` gives the signer of run tokens when one is first needed; `key_id` names its key."""

    def __init__(self, sign: Callable[[], Sign], key_id: str, gateway_url: str, clock: Clock) -> None:
        self._sign = sign
        self._key_id = key_id
        self._gateway_url = gateway_url
        self._clock = clock

    def call_for(self, tenant_id: str, run: Run, trace: Trace) -> AgentCall:
        """The call that carries out a run; signs its token (one call to KMS). AgentFault when that fails.

        For a run with a `replayId` it is the same call with another token, of the replay, in a process of its own.
        """
        now = self._clock.now()
        token = self._token(_claims(tenant_id, run), now)
        payload: dict[str, Any] = {
            "input": run["input"],
            "context": run.get("context"),
            "files": run.get("files") or [],
            "metadata": run.get("metadata") or {},
            "ambit": {
                "runId": run["runId"],
                "sessionId": run["sessionId"],
                "agent": run["agent"],
                "version": run["versionId"],
                "mode": run["agentMode"],
                "gatewayUrl": self._gateway_url,
                "runToken": token,
                "runTokenExpiresAt": run_token.expires_at(now),
                "attempt": int(run.get("attempt") or 1),
                "createdAt": run.get("createdAt"),
                "seed": seed_of(run["runId"]),
                **({"resume": run["resume"]} if run.get("resume") else {}),
            },
        }
        session = runtime_session(tenant_id, process_of(run))
        return AgentCall(run["runtimeArn"], session, payload, trace.traceparent)

    def _token(self, claims: RunClaims, now: datetime) -> str:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            return run_token.mint(claims, self._sign(), self._key_id, now)
        except (BotoCoreError, ClientError):
            logger().exception("a run token could not be signed")
            raise AgentFault("The agent cannot be called at present.", RUNTIME_UNAVAILABLE) from None


def process_of(run: Run) -> str:
    """Whose process answers: the session's, or that of a replay alone."""
    return str(run.get("replayId") or run["sessionId"])


def seed_of(run_id: str) -> int:
    """Where an agent's chance begins: 48 bits, of the run's id, so that a replay has the same."""
    return int.from_bytes(hashlib.sha256(run_id.encode()).digest()[:6])


def _claims(tenant_id: str, run: Run) -> RunClaims:
    claims = _of_run(tenant_id, run)
    if not run.get("replayId"):
        return claims
    return claims._replace(run=str(run["replayId"]), session=run["runId"])


def _of_run(tenant_id: str, run: Run) -> RunClaims:
    return RunClaims(
        tenant=tenant_id,
        run=run["runId"],
        agent=run["agent"],
        version=run["versionId"],
        session=run["sessionId"],
        mode=run["mode"],
        principal=run["principalId"],
        attempt=int(run.get("attempt") or 1),
    )
