"""`make bench-hop`: requests a second of our door and of LiteLLM's proxy, in turns, and their ratio.

Written to `bench/results/hop.json`, in the form of `latest.json`.
"""

import asyncio
import json
import os
import statistics
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from bench.apart import install
from bench.hop.load import Asking, rate
from bench.hop.servers import door, litellm, upstream
from bench.measure import Result

RESULTS: Final = Path(__file__).resolve().parents[1] / "results" / "hop.json"
GOAL: Final = 10.0
CONNECTIONS: Final = (1, 16)
ROUNDS: Final = 3
SECONDS: Final = 5.0


def main() -> int:
    """Measure, print, write."""
    install("hop")
    results: list[Result] = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        provider = stack.enter_context(upstream())
        for name, port in (("the same upstream", provider), ("answered in process, no upstream", 0)):
            results += compared(name, port, folder)
    print(*lines(results), sep="\n")
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps([one.as_json() for one in results], indent=2) + "\n", encoding="utf-8")
    return 0


def compared(name: str, port: int, folder: Path) -> list[Result]:
    """Ours over LiteLLM's, by connections. Both are up all the time and asked in turns, so that noise meets both."""
    with door(port) as ours, litellm(port, folder) as theirs:
        return [_at(name, ours, theirs, connections) for connections in CONNECTIONS]


def _at(name: str, ours: Asking, theirs: Asking, connections: int) -> Result:
    pairs = [
        (asyncio.run(rate(ours, connections, SECONDS)), asyncio.run(rate(theirs, connections, SECONDS)))
        for _ in range(ROUNDS)
    ]
    mine, others = (round(statistics.median(side), 1) for side in zip(*pairs, strict=True))
    return Result(f"hop: over LiteLLM's proxy, {name}, c={connections}", "1/s", mine, others, higher_is_better=True)


def lines(results: Sequence[Result]) -> list[str]:
    """A line a result, whether the goal is met, and the load that the machine had."""
    told = [one.as_json() for one in results]
    found = [f"{one['name']:<68} {one['ours']:>9} {one['reference']:>9} 1/s  x{one['ratio']}" for one in told]
    least = min(float(one["ratio"]) for one in told)
    met = "met" if least >= GOAL else "not met"
    load = " ".join(f"{value:.1f}" for value in os.getloadavg())
    return [*found, f"goal x{GOAL:.0f}: {met} (least x{least})", f"load average {load}, {os.cpu_count()} processors"]


if __name__ == "__main__":
    sys.exit(main())
