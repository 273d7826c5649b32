"""What policy does with provenance in its grants, and with runs whose callers have narrowed them, at the chosen point.

provenance  the grants of all that has side effects ask for it, by the rule in envelopes/README.md
declared    the scope of a run is the tools that the task's true calls use: the best that a caller could declare
read off    the scope is what a plain reading of the user's words picks, by the rule in envelopes/README.md
"""

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final, NamedTuple

from bench.agentdojo.counting import FLOOR, GOAL, Tally, passed, stopped
from bench.agentdojo.points import CHOSEN, Point, SuitePolicy
from bench.agentdojo.replay import Asked, Decider
from governance.policy.scope import Scope

NONE: Final = "none"
DECLARED: Final = "declared"
READ_OFF: Final = "read off"
_EXCEPT: Final = (
    *("subject", "body", "content", "title", "description"),
    *("date", "start_time", "end_time", "start_day", "end_day", "new_start_time", "new_end_time"),
)
_COMMON: Final = {
    "workspace": ("permission", "location"),
    "travel": ("hotel", "company", "restaurant", "location"),
    "banking": ("id", "amount", "first_name", "last_name", "street", "city"),
    "slack": ("user", "channel", "recipient"),
}
_STOP: Final = frozenset("get all by in for to from most recent current information available check".split())  # noqa: SIM905 - a list of words reads best as words
_STEM: Final = 4


class Variant(NamedTuple):
    """What is added to the suite's envelope, and to each run."""

    provenance: bool
    scope: str


BOTH: Final = Variant(provenance=True, scope=DECLARED)
"""The one that counts, said before measuring."""
VARIANTS: Final = tuple(Variant(asks, scope) for scope in (NONE, DECLARED, READ_OFF) for asks in (False, True))
Run = tuple[str, list[Asked]]
"""The user's words, and the calls."""


def provenance_of(suite: str) -> dict[str, Any]:
    """What the grants of a suite's tools with side effects ask for."""
    excepted, common = ([f"/{name}" for name in names] for names in (_EXCEPT, _COMMON[suite]))
    return {"except": excepted, "common": common, "neutral": ["empty", "boolean"]}


def read_off(prompt: str, tools: Iterable[str]) -> frozenset[str]:
    """The tools of whose names a word, or its beginning, stands in the user's words."""
    said = {word[:_STEM] for word in re.findall(r"[a-z]+", prompt.lower())}
    return frozenset(tool for tool in tools if any(word[:_STEM] in said for word in set(tool.split("_")) - _STOP))


def outcome(
    suite: str, policy: SuitePolicy, runs: Iterable[tuple[Run, bool]], variant: Variant, point: Point = CHOSEN
) -> Tally:
    """What becomes of the runs' calls; each is in peace or not."""
    decider = Decider(policy.at(point, provenance_of(suite) if variant.provenance else None))
    found = Tally()
    for (prompt, calls), peace in runs:
        scope = _scope(variant.scope, prompt, calls, policy)
        scoped = [each._replace(call=replace(each.call, scope=scope)) for each in calls]
        found.add(scoped, decider.answers(scoped), peace=peace)
    return found


def _scope(kind: str, prompt: str, calls: list[Asked], policy: SuitePolicy) -> Scope | None:
    if kind == NONE:
        return None
    own = frozenset(each.call.tool for each in calls if not each.attack)
    return Scope(own if kind == DECLARED else read_off(prompt, policy.entries))


def table(name: str, found: dict[Variant, Tally]) -> list[str]:
    """A line a variant, in Markdown."""
    head = ["provenance", "scope", "users passed", "held", "blocked", "in peace", "side effects passed"]
    head += ["attacks stopped", "blocked", "held", "passed", "side effects stopped", "whole attacks stopped", "bar"]
    lines = [f"### {name}", "", "| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return ["", *lines, *(_line(*each) for each in found.items())]


def _line(variant: Variant, tally: Tally) -> str:
    users, attacks = tally.users, tally.attacks
    row: list[str | int] = ["yes" if variant.provenance else "no", variant.scope]
    row += [f"{passed(users):.1%}", users["held"], users["blocked"]]
    row += [f"{passed(tally.peace):.1%}", f"{passed(tally.users_effects):.1%}", f"{stopped(attacks):.1%}"]
    row += [attacks["blocked"], attacks["held"], attacks["passed"], f"{stopped(tally.attacks_effects):.1%}"]
    row += [f"{stopped(tally.whole):.1%}", "goal" if tally.meets(GOAL) else "floor" if tally.meets(FLOOR) else "none"]
    return "| " + " | ".join(map(str, row)) + " |"
