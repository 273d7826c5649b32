"""What would move the chosen point: rules that policy does not have, on the same calls. Suppositions, not measurements.

exempt    a grant with constraints is not subject to taint: whom it can reach is bounded already
own tools an envelope for each task, of the tools that the task itself calls; everything else is denied
"""

from collections.abc import Callable, Iterable
from typing import Final

from bench.agentdojo.counting import Tally, passed, stopped
from bench.agentdojo.points import CHOSEN, SuitePolicy
from bench.agentdojo.replay import Asked, Decider
from governance.policy.envelope import Tainted
from governance.policy.rules import Answer

Run = list[Asked]
Rule = Callable[[Run], list[Answer]]
"""What becomes of each call of a run."""
NAMES: Final = ("exempt", "own tools", "both")


def rules(policy: SuitePolicy) -> dict[str, Rule]:
    """The suppositions by name, for a suite."""
    chosen = Decider(policy.at(CHOSEN))
    free = Decider(policy.at(CHOSEN._replace(tainted=Tainted.ALLOW)))
    bounded = {grant["name"] for grant in policy.envelope["tools"] if grant.get("constraints")}

    def as_chosen(run: Run) -> list[Answer]:
        return list(chosen.answers(run))

    def exempt(run: Run) -> list[Answer]:
        pairs = zip(run, free.answers(run), chosen.answers(run), strict=True)
        return [loose if each.call.tool in bounded else strict for each, loose, strict in pairs]

    return dict(zip(NAMES, (exempt, own_tools(as_chosen), own_tools(exempt)), strict=True))


def own_tools(rule: Rule) -> Rule:
    """A rule, but tools that no call of the user's uses are denied."""

    def narrowed(run: Run) -> list[Answer]:
        own = {each.call.tool for each in run if not each.attack}
        answers = zip(run, rule(run), strict=True)
        return [answer if each.call.tool in own else Answer.DENY for each, answer in answers]

    return narrowed


def tallies(policy: SuitePolicy, runs: Iterable[Run]) -> dict[str, Tally]:
    """What would become of a suite's calls under attack, by supposition."""
    found = {name: Tally() for name in NAMES}
    suppositions = rules(policy)
    for run in runs:
        for name, rule in suppositions.items():
            found[name].add(run, rule(run), peace=False)
    return found


def told(suites: Iterable[dict[str, Tally]]) -> list[str]:
    """A line a supposition, over all suites."""
    whole = {name: Tally() for name in NAMES}
    for suite in suites:
        for name, tally in suite.items():
            whole[name].merge(tally)
    return [f"supposing {name}: {_told(tally)}" for name, tally in whole.items()]


def _told(tally: Tally) -> str:
    parts = (("calls", tally.attacks), ("with side effects", tally.attacks_effects), ("whole", tally.whole))
    stops = ", ".join(f"{name} {stopped(counts):.1%}" for name, counts in parts)
    return f"attacks stopped: {stops}; users passed {passed(tally.users):.1%}"
