"""`python -m bench`: measure, print a table, write `bench/results/latest.json`."""

import json
import sys
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Final

_RESULTS: Final = Path(__file__).resolve().parent / "results" / "latest.json"


def main() -> int:
    """Run everything; logs and metrics of the code under test are written, and thrown away."""
    own, sys.stdout = sys.stdout, StringIO()
    sys.path.insert(0, str(_RESULTS.parents[2] / "layers"))
    from bench import (
        audit,
        authoriser,
        bridge,
        enforcement,
        guardrails,
        local_api,
        long_work,
        noisy_neighbour,
        policy,
        push,
        sandbox,
        sealing,
        webhooks,
    )
    from bench.measure import Result

    parts: tuple[Callable[[], list[Result]], ...] = (
        bridge.sync_call,
        bridge.first_byte,
        sealing.values,
        audit.chain,
        policy.decisions,
        enforcement.pipeline,
        authoriser.importing,
        authoriser.decision,
        guardrails.scanning,
        guardrails.streaming,
        sandbox.cold_start,
        webhooks.dispatch,
        long_work.folding,
        noisy_neighbour.in_one_process,
        local_api.overhead,
        long_work.waiting,
        noisy_neighbour.end_to_end,
        push.pushes,
    )
    results: list[Result] = []
    for part in parts:
        results += part()
        sys.stdout = StringIO()
    sys.stdout = own
    lines = [result.as_json() for result in results]
    _RESULTS.parent.mkdir(parents=True, exist_ok=True)
    _RESULTS.write_text(json.dumps(lines, indent=2) + "\n", encoding="utf-8")
    for line in lines:
        print(f"{line['name']:<72} {line['ours']:>10.3f} {line['reference']:>10.3f} {line['unit']}  x{line['ratio']}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
