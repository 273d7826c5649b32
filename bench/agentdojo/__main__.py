"""`make agentdojo`: replay what was recorded, print the whole curve, write `bench/results/agentdojo.json`."""

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.agentdojo import points
from bench.agentdojo.ceiling import Cell, bounds_told, cells
from bench.agentdojo.counting import FLOOR, GOAL, Tally, passed, stopped
from bench.agentdojo.points import CHOSEN, POINTS, Point, SuitePolicy
from bench.agentdojo.replay import Asked, Decider, asked
from bench.agentdojo.supposing import tallies, told
from bench.agentdojo.traces import Trace, read
from bench.agentdojo.variants import BOTH, VARIANTS, Run, Variant, outcome
from bench.agentdojo.variants import table as table_of_variants

RESULTS: Final = Path(__file__).resolve().parents[1] / "results" / "agentdojo.json"
OVERALL: Final = "overall"
_HEAD: Final = (
    *("tainted", "tier", "bounded", "users passed", "held", "blocked", "in peace", "side effects passed"),
    *("attacks stopped", "blocked", "held", "passed", "side effects stopped", "whole attacks stopped"),
)
Curve = dict[Point, Tally]


def main() -> int:
    """The table of every suite and of all; returns 0 whatever it says, since it measures."""
    recorded = read(Path(sys.argv[1]))
    suites = {name: Suite.of(points.load(name), traces) for name, traces in recorded.items()}
    curves = {name: suite.curve() for name, suite in suites.items()}
    curves[OVERALL] = together(list(curves.values()))
    for name, found in curves.items():
        print(*table(name, found), sep="\n")
    print(*verdict(curves[OVERALL]), sep="\n")
    print(bounds_told({name: suite.cells() for name, suite in suites.items()}, FLOOR[1]))
    print(*told(tallies(suite.policy, suite.attacked) for suite in suites.values()), sep="\n")
    varied = {name: suite.varied(name, recorded[name]) for name, suite in suites.items()}
    varied[OVERALL] = merged(list(varied.values()))
    for name, variants in varied.items():
        print(*table_of_variants(name, variants), sep="\n")
    both = together([suite.both(name, recorded[name]) for name, suite in suites.items()])
    print(*table("overall, with provenance and declared scopes", both), *verdict(both), sep="\n")
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps(as_json(curves) + variants_as_json(varied), indent=2) + "\n", encoding="utf-8")
    return 0


@dataclass(frozen=True)
class Suite:
    """A suite's policy, and the calls of its traces: those in peace and those under attack."""

    policy: SuitePolicy
    peace: list[list[Asked]]
    attacked: list[list[Asked]]

    @classmethod
    def of(cls, policy: SuitePolicy, traces: list[Trace]) -> "Suite":
        """The calls of these traces, with the taint of each."""
        peace, attacked = (
            [asked(trace, policy) for trace in traces if (trace.attack is None) is so] for so in (True, False)
        )
        return cls(policy, peace, attacked)

    def curve(self) -> Curve:
        """What became of them at every point."""
        return {point: self._at(point) for point in POINTS}

    def _at(self, point: Point) -> Tally:
        decider, tally = Decider(self.policy.at(point)), Tally()
        for calls in self.peace:
            tally.add(calls, decider.answers(calls), peace=True)
        for calls in self.attacked:
            tally.add(calls, decider.answers(calls), peace=False)
        return tally

    def varied(self, name: str, traces: list[Trace]) -> dict[Variant, Tally]:
        """What becomes of them at the chosen point with provenance and scopes."""
        runs = self._runs(traces)
        return {variant: outcome(name, self.policy, runs, variant) for variant in VARIANTS}

    def both(self, name: str, traces: list[Trace]) -> Curve:
        """What becomes of them at every point with both."""
        runs = self._runs(traces)
        return {point: outcome(name, self.policy, runs, BOTH, point) for point in POINTS}

    def _runs(self, traces: list[Trace]) -> list[tuple[Run, bool]]:
        """With the users' words; those in peace are marked."""
        peace, attacked = ([trace.prompt for trace in traces if (trace.attack is None) is so] for so in (True, False))
        calm = [(run, True) for run in zip(peace, self.peace, strict=True)]
        return calm + [(run, False) for run in zip(attacked, self.attacked, strict=True)]

    def cells(self) -> list[Cell]:
        """What the ceiling is reckoned from."""
        return cells(self.policy, self.attacked)


def merged(varied: list[dict[Variant, Tally]]) -> dict[Variant, Tally]:
    """All suites, each call counting alike."""
    whole = {variant: Tally() for variant in VARIANTS}
    for found in varied:
        for variant, counts in found.items():
            whole[variant].merge(counts)
    return whole


def together(curves: list[Curve]) -> Curve:
    """All suites, each call counting alike."""
    whole: Curve = {point: Tally() for point in POINTS}
    for found in curves:
        for point, tally in found.items():
            whole[point].merge(tally)
    return whole


def table(name: str, found: Curve) -> list[str]:
    """A line a point, in Markdown."""
    head = "| " + " | ".join(_HEAD) + " |"
    return ["", f"### {name}", "", head, "|" + "---|" * len(_HEAD), *(line(*each) for each in found.items())]


def line(point: Point, tally: Tally) -> str:
    """One point; `*` marks the one that was chosen beforehand."""
    users, attacks = tally.users, tally.attacks
    mark = " *" if point == CHOSEN else ""
    row = [point.tainted.value + mark, point.tier, "yes" if point.bounded else "no"]
    row += [f"{passed(users):.1%}", users["held"], users["blocked"], f"{passed(tally.peace):.1%}"]
    row += [f"{passed(tally.users_effects):.1%}"]
    row += [f"{stopped(attacks):.1%}", attacks["blocked"], attacks["held"], attacks["passed"]]
    row += [f"{stopped(tally.attacks_effects):.1%}", f"{stopped(tally.whole):.1%}"]
    return "| " + " | ".join(map(str, row)) + " |"


def verdict(found: Curve) -> list[str]:
    """The chosen point against floor and goal, and which points reach them."""
    lines = [""]
    for name, bar in (("floor", FLOOR), ("goal", GOAL)):
        there = [point for point, tally in found.items() if tally.meets(bar)]
        met = "met" if found[CHOSEN].meets(bar) else "not met"
        said = f"{name} {bar[0]:.0%} / {bar[1]:.0%}: {met} at the chosen point"
        lines.append(f"{said}, met at {len(there)} of {len(found)}")
    best = max(found, key=lambda point: (min(found[point].reached), sum(found[point].reached)))
    stops, passes = found[best].reached
    return [*lines, f"best point: {best.tainted}, tier {best.tier}, bounded {best.bounded}: {stops:.1%} / {passes:.1%}"]


def as_json(curves: dict[str, Curve]) -> list[dict[str, object]]:
    """Every point of every suite."""
    return [
        {"suite": name, **point._asdict(), "chosen": point == CHOSEN, **tally.as_json()}
        for name, found in curves.items()
        for point, tally in found.items()
    ]


def variants_as_json(varied: dict[str, dict[Variant, Tally]]) -> list[dict[str, object]]:
    """Every variant of every suite, at the chosen point."""
    return [
        {"suite": name, **variant._asdict(), **counts.as_json()}
        for name, found in varied.items()
        for variant, counts in found.items()
    ]


if __name__ == "__main__":
    sys.exit(main())
