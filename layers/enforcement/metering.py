"""What a run has cost, and what is set aside for the calls it has in flight. Money is integer pico-dollars.

A call is counted when it begins, and the rest of what it may use is held until it ends: so calls at the same time see
each other, and what a run overspends is at most what one call used beyond its estimate.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from enforcement.actions import Action, Outcome
from enforcement.errors import PolicyUnavailable
from enforcement.run_desk import RunDesk
from governance.pricing import Usage, book, run_cost
from platform_kit.clock import parse_rfc3339
from platform_kit.observability import count, logger

HELD: Final = "heldPico"
"""The attribute of a run that holds what calls in flight may use."""
_MILLISECOND: Final = 1000


def spent(desk: RunDesk, run: Mapping[str, Any]) -> int:
    """What the run has cost up to now, as it would be settled now. PolicyUnavailable when it cannot be told."""
    try:
        return _cost(run, desk.clock.now())
    except (LookupError, ValueError) as failure:
        note_unavailable(failure, desk, "record")
        raise PolicyUnavailable from None


def held(run: Mapping[str, Any]) -> int:
    """What calls in flight may still use."""
    return int(run.get(HELD) or 0)


def estimate(run: Mapping[str, Any], action: Action) -> int:
    """What to hold for an action besides the call itself, which is counted at once."""
    return _priced(run, action.estimate) if action.price is None else action.price


def used(run: Mapping[str, Any], outcome: Outcome) -> int:
    """What a call cost besides the call itself."""
    return _priced(run, outcome.usage) if outcome.price is None else outcome.price


def told(desk: RunDesk, run: Mapping[str, Any]) -> dict[str, Any]:
    """What the log keeps of a run's money after an event: spent up to now, and set aside for calls in flight."""
    return {"money": {"spentPico": spent(desk, run), HELD: held(run)}}


def price_of_a_call(run: Mapping[str, Any]) -> int:
    """What a call costs as such."""
    return book(str(run["priceVersion"])).per_tool_call


def tokens_of(usage: Usage) -> int:
    """Tokens, in and out."""
    return usage.input_tokens + usage.output_tokens


def missing(run: Mapping[str, Any], wanted: int) -> int:
    """How much the run's reservation falls short of its whole time, what its calls cost and hold, and `wanted`."""
    whole = run_cost(run, int(run.get("maxSeconds") or 0) * _MILLISECOND)
    return max(0, whole + held(run) + wanted - int(run.get("reservedPico") or 0))


def note_unavailable(failure: Exception, desk: RunDesk, reason: str) -> None:
    """Say that policy could not be told: the alarm policy-unavailable counts it."""
    count("PolicyUnavailable", reason=reason)
    binding = desk.binding
    logger().error(
        "policy unavailable",
        tenant_id=desk.tenant.tenant_id,
        agent=binding.agent,
        run_id=binding.run_id,
        exc_info=failure,
    )


def _cost(run: Mapping[str, Any], now: datetime) -> int:
    elapsed = now - parse_rfc3339(str(run["startedAt"]))
    return run_cost(run, max(0, round(elapsed.total_seconds() * _MILLISECOND)))


def _priced(run: Mapping[str, Any], usage: Usage) -> int:
    """Pico-dollars of the tokens of a usage: the run, its time and its calls are priced where they are counted."""
    return book(str(run["priceVersion"])).tokens(usage)
