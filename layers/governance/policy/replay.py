"""Decisions as the events of a run tell them, so that another version of an envelope can be asked again. Pure.

An event keeps what a decision was made on and nobody can work out later: `{cost, calls, tainted, hosts?, models?,
scope?}`; `whole` names the arguments that the event tells as policy saw them, `partial` is there when it does not tell
all.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from governance.policy.calls import Call
from governance.policy.decision import Decision
from governance.policy.history import Record
from governance.policy.registry import REGISTRY
from governance.policy.rules import RULES
from governance.policy.scope import Scope
from governance.policy.tools import Risk

BASIS: Final = "basis"
"""The key of an event under which it stands."""
_ASKED: Final = "approval"

Event = Mapping[str, Any]


class Replayed(NamedTuple):
    """One decision of a run, `event` its number in the log. `record` is None when the event does not say enough."""

    run_id: str
    event: int
    tool: str
    record: Record | None


def basis_of(call: Call, told: Mapping[str, Any]) -> dict[str, Any]:
    """What to keep of a call besides `told`, the arguments as the event tells them."""
    whole = sorted(name for name, value in call.arguments.items() if name in told and _same(told[name], value))
    kept: dict[str, Any] = {"cost": call.cost_so_far, "calls": call.calls_so_far, "tainted": call.tainted}
    kept |= {name: list(named) for name, named in (("hosts", call.hosts), ("models", call.models)) if named}
    kept |= {"whole": whole} if whole else {}
    kept |= {"scope": call.scope.for_tool(call.tool)} if call.scope is not None else {}
    return kept | ({"partial": True} if len(whole) < len(call.arguments) else {})


def replayed(events: Iterable[Event], tier: str) -> Iterator[Replayed]:
    """The decisions among the events of runs, in their order, for a tenant whose tier is now `tier`.

    A call that people approved is told twice, when it was held and when it was made: the first counts.
    """
    held: set[str] = set()
    for event in events:
        told = event["payload"]
        rule = _rule(str(event["event"]), told)
        if rule is None or told.get("approvalId") in held:
            continue
        held.update({told["approvalId"]} if event["event"] == _ASKED else ())
        yield Replayed(str(event["runId"]), int(event["seq"]), str(told.get("tool")), _record(told, rule, tier))


def _rule(name: str, told: Event) -> str | None:
    """The rule that decided, where the event is of a decision."""
    policy = told.get("policy") if name == "call" else told if name in {"policy", _ASKED} else None
    rule = policy.get("ruleId") if isinstance(policy, Mapping) else None
    return rule if rule in RULES else None


def _record(told: Event, rule: str, tier: str) -> Record | None:
    basis, arguments = told.get(BASIS), told.get("arguments") or {}
    if not isinstance(basis, Mapping) or not isinstance(arguments, Mapping):
        return None
    known, tool = REGISTRY.get(str(told["tool"])), str(told["tool"])
    call = Call(
        tool=tool,
        arguments={name: arguments[name] for name in basis.get("whole") or () if name in arguments},
        tier=tier,
        cost_so_far=basis.get("cost"),  # type: ignore[arg-type]  # a call with a fault is told apart below
        calls_so_far=basis.get("calls"),  # type: ignore[arg-type]
        tainted=basis.get("tainted"),  # type: ignore[arg-type]
        hosts=tuple(basis.get("hosts") or ()),
        models=tuple(basis.get("models") or ()),
        data_scopes=known.data_scopes if known else (),
        scope=Scope.read(basis.get("scope")),
    )
    return None if call.fault() else Record(call, _decided(told, rule), partial=bool(basis.get("partial")))


def _decided(told: Event, rule: str) -> Decision:
    """As it was; of a call that was made the event tells the rule alone."""
    risk = Risk(told["risk"]) if told.get("risk") in set(Risk) else Risk.LOW
    return Decision(RULES[rule].answer, risk, (), rule, str(told.get("explanation") or ""))


def _same(one: object, two: object) -> bool:
    """Whether a value is told as it is: for JSON true is not 1."""
    return type(one) is type(two) and one == two
