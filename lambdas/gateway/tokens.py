"""A run token anew, for the agent of a run or of a replay."""

from collections.abc import Callable

from lambdas.gateway.models import RunTokenReply
from platform_kit.clock import Clock
from platform_kit.identity import RunBinding
from platform_kit.run_token import RunClaims, expires_at

Mint = Callable[[RunClaims], str]
"""Signs a run token that is good for five minutes from now."""


def renewed(mint: Mint, clock: Clock, binding: RunBinding, *, tenant: str, principal: str) -> RunTokenReply:
    """A token with the binding of the one that asks for it."""
    claims = RunClaims(
        tenant=tenant,
        run=binding.run_id,
        agent=binding.agent,
        version=binding.version_id,
        session=binding.session_id,
        mode=binding.mode,
        principal=principal,
        attempt=binding.attempt,
    )
    return RunTokenReply(token=mint(claims), expires_at=expires_at(clock.now()))
