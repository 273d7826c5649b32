"""Narrowing: what two envelopes both allow. A tenant's override can take away and never add.

Every part of an envelope is ordered from strict to wide, and a decision never becomes stricter when a part is widened.
So the stricter of each part makes an envelope that allows nothing that either would not. An override that asks for more
than its base gets the base's part, and the attempt is reported, for whoever stores overrides to refuse.
"""

from collections.abc import Iterable, Iterator
from functools import partial
from itertools import chain
from typing import Any, Final, NamedTuple

from governance.guardrails.actions import stricter
from governance.policy.constraints import Constraint, least_of
from governance.policy.envelope import (
    Envelope,
    Fault,
    Grant,
    Guardrails,
    Override,
    Tainted,
    governing,
    grants_by_name,
    pico,
)
from governance.policy.patterns import Covers, covers_host, covers_name, meet
from governance.policy.provenance import Provenance
from governance.policy.tools import riskier


class Narrowed(NamedTuple):
    """What is left of the base, and every attempt of the override to have more."""

    envelope: Envelope
    widenings: tuple[Fault, ...]


def narrow(base: Envelope, override: Override) -> Narrowed:
    """What both allow. A widening names the pointer into the override; it has no effect on the envelope."""
    tools, widened = _tools(base, override)
    parts: dict[str, Any] = {
        "autonomy_tier": least_of(base.autonomy_tier, override.autonomy_tier),
        "max_cost_per_run": min(base.max_cost_per_run, override.max_cost_per_run or base.max_cost_per_run, key=pico),
        "side_effects_when_tainted": min(
            base.side_effects_when_tainted, override.side_effects_when_tainted or Tainted.ALLOW, key=_STRICTEST.index
        ),
        "guardrails": _guardrails(base.guardrails, override.guardrails),
        "tools": tools,
        **{name: _listed(getattr(base, name), getattr(override, name), covers) for name, covers in _LISTS.items()},
    }
    guarded = _wider_guardrails(base.guardrails, override.guardrails)
    faults = (*_wider_parts(parts, override), *guarded, *widened, *_wider_lists(base, override))
    return Narrowed(base.model_copy(update=parts), tuple(faults))


_STRICTEST: Final = tuple(Tainted)
_LISTS: Final[dict[str, Covers]] = {"data_scopes": covers_name, "models": covers_name, "egress": covers_host}
_SCALARS: Final = ("autonomy_tier", "max_cost_per_run", "side_effects_when_tainted")


def _listed(base: tuple[str, ...], other: tuple[str, ...] | None, covers: Covers) -> tuple[str, ...]:
    return base if other is None else meet(base, other, covers)


def _wider_parts(parts: dict[str, Any], override: Override) -> Iterator[Fault]:
    for name in _SCALARS:
        wanted = getattr(override, name)
        if wanted is not None and parts[name] != wanted and not _same_money(name, parts[name], wanted):
            yield _wider(f"/{_alias(Override, name)}", parts[name])


def _guardrails(base: Guardrails, other: Guardrails | None) -> Guardrails:
    if other is None:
        return base
    actions = {found: stricter(base.action(found), action) for found, action in other.actions.items()}
    regions = base.regions if other.regions is None else other.regions
    return Guardrails.model_construct(actions={**base.actions, **actions}, regions=regions)


def _wider_guardrails(base: Guardrails, other: Guardrails | None) -> Iterator[Fault]:
    for found, action in (other.actions if other else {}).items():
        if stricter(base.action(found), action) is not action:
            yield _wider(f"/guardrails/actions/{found}", base.action(found))


def _same_money(name: str, one: str, two: str) -> bool:
    return name == "max_cost_per_run" and pico(one) == pico(two)


def _wider_lists(base: Envelope, override: Override) -> Iterator[Fault]:
    for name, covers in _LISTS.items():
        allowed = getattr(base, name)
        for index, wanted in enumerate(getattr(override, name) or ()):
            if not any(covers(pattern, wanted) for pattern in allowed):
                yield _wider(f"/{_alias(Override, name)}/{index}", allowed)


def _tools(base: Envelope, override: Override) -> tuple[tuple[Grant, ...], list[Fault]]:
    wanted = override.tools
    if wanted is None:
        return tuple(_exempting(grant, _exempt(base, override, grant, None)) for grant in base.tools), []
    mine, theirs = grants_by_name(base.tools), grants_by_name(wanted)
    places = {grant.name: f"/tools/{index}" for index, grant in enumerate(wanted)}
    both = [(name, governing(mine, name), governing(theirs, name)) for name in dict.fromkeys([*mine, *theirs])]
    pairs = [(name, one, two) for name, one, two in both if one and two]
    unknown = [Fault(f"{places[name]}/name", _UNGRANTED) for name in theirs if governing(mine, name) is None]
    merged = tuple(
        _exempting(_merge(name, one, two), _exempt(base, override, one, two.provenance)) for name, one, two in pairs
    )
    wider = chain.from_iterable(
        _wider_grant(places[two.name], two, narrowed) for (_, _, two), narrowed in zip(pairs, merged, strict=True)
    )
    return merged, [*unknown, *dict.fromkeys(wider)]


_UNGRANTED: Final = "grants what the envelope does not grant"


def _merge(name: str, base: Grant, other: Grant) -> Grant:
    return Grant.model_construct(
        name=name,
        risk=riskier(base.risk, other.risk),
        actions=_both_actions(base.actions, other.actions),
        constraints=_both_constraints(base.constraints, other.constraints),
        max_calls_per_run=least_of(base.max_calls_per_run, other.max_calls_per_run),
        unattended=_both_unattended(base.unattended, other.unattended),
    )


def _exempt(base: Envelope, override: Override, mine: Grant, given: Provenance | None) -> Provenance | None:
    """What both exempt from taint. Where side effects are allowed anyway, everything is exempt.

    An override that says what becomes of side effects, and of a grant's provenance nothing, means all of its calls.
    """
    if given is None:
        says = override.side_effects_when_tainted not in {None, Tainted.ALLOW}
        return None if says else mine.provenance
    if base.side_effects_when_tainted is Tainted.ALLOW:
        return given.both(given)
    return given.both(mine.provenance) if mine.provenance else None


def _exempting(grant: Grant, provenance: Provenance | None) -> Grant:
    return grant if grant.provenance is provenance else grant.model_copy(update={"provenance": provenance})


def _both_actions(base: tuple[str, ...] | None, other: tuple[str, ...] | None) -> tuple[str, ...] | None:
    if base is None or other is None:
        return other if base is None else base
    return tuple(action for action in base if action in other)


def _both_unattended(base: bool | None, other: bool | None) -> bool | None:  # noqa: FBT001  # three values, not a switch
    """False asks always, None as the tier says, true less: an override may only move towards false."""
    return False if other is False else base


def _both_constraints(base: tuple[Constraint, ...], other: tuple[Constraint, ...]) -> tuple[Constraint, ...]:
    theirs = {constraint.argument: constraint for constraint in other}
    both = [constraint.both(theirs.pop(constraint.argument, constraint)) for constraint in base]
    return (*both, *theirs.values())


def _wider_grant(place: str, wanted: Grant, narrowed: Grant) -> Iterator[Fault]:
    for name in ("risk", "max_calls_per_run", "unattended"):
        if getattr(wanted, name) not in {None, getattr(narrowed, name)}:
            yield _wider(f"{place}/{_alias(Grant, name)}", getattr(narrowed, name))
    if wanted.actions is not None and len(narrowed.actions or ()) < len(set(wanted.actions)):
        yield _wider(f"{place}/actions", narrowed.actions)
    asked, left = wanted.provenance, narrowed.provenance
    if asked is not None and (left is None or asked.exceeds(left)):
        yield _wider(f"{place}/provenance", "no more" if left else "none")
    given = {constraint.argument: constraint.bounds() for constraint in narrowed.constraints}
    for index, constraint in enumerate(wanted.constraints):
        yield from _wider_bounds(f"{place}/constraints/{index}", constraint.bounds(), given[constraint.argument])


def _wider_bounds(place: str, wanted: dict[str, Any], narrowed: dict[str, Any]) -> Iterable[Fault]:
    unlike = (bound for bound, value in wanted.items() if not _equal(narrowed.get(bound), value))
    return map(partial(_wider_bound, place, narrowed), unlike)


def _wider_bound(place: str, narrowed: dict[str, Any], bound: str) -> Fault:
    return _wider(f"{place}/{bound}", narrowed.get(bound))


def _equal(one: object, two: object) -> bool:
    return len(one) == len(two) if isinstance(one, tuple) and isinstance(two, tuple) else one == two


def _wider(pointer: str, allowed: object) -> Fault:
    shown = "as the envelope has it" if allowed is None else str(allowed)
    return Fault(pointer, f"is wider than the envelope, which allows {shown}"[:200])


def _alias(model: type[Grant | Override], name: str) -> str:
    return model.model_fields[name].alias or name
