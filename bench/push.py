"""How long a push takes on the local platform: `python -m bench.push`, and the same lines in `make bench`'s table.

cold    a new agent, and nothing kept: dependencies are installed and compiled, everything is sent
warm    a line of its code changed: a new package, a new runtime, a new version
again   nothing changed

Each is the wall clock of `ambit push` from the start of its process to its end, smoke call included. uv's own cache of
downloads stays: what a network does is not measured here.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from bench.local_api import described
from bench.measure import Result

_ROOT: Final = Path(__file__).resolve().parents[1]
_WARM: Final = 5
COLD_SECONDS: Final = 60.0
WARM_SECONDS: Final = 5.0
"""What was promised; these are the references of the table."""


def pushes() -> list[Result]:
    """Cold, warm (the median of five, and the slowest) and again; nothing when no local platform is up."""
    if described() is None:
        return []
    with tempfile.TemporaryDirectory(prefix="ambit-bench-") as scratch:
        home = Path(scratch)
        _ambit("init", "bench-push", "--into", str(home))
        folder, cache = home / "bench-push", home / "cache"
        cold = _push(folder, cache)
        warm = sorted(_changed(folder, cache, number) for number in range(_WARM))
        again = _push(folder, cache)
    return [
        Result("ambit push, cold, over what was promised", "s", cold, COLD_SECONDS),
        Result("ambit push, warm, median, over what was promised", "s", warm[_WARM // 2], WARM_SECONDS),
        Result("ambit push, warm, slowest of five, over what was promised", "s", warm[-1], WARM_SECONDS),
        Result("ambit push, nothing changed, over a warm push", "s", again, warm[_WARM // 2]),
    ]


def _changed(folder: Path, cache: Path, number: int) -> float:
    code = folder / "bench_push" / "agent.py"
    code.write_text(f"{code.read_text('utf-8')}\n# change {number} at {time.time_ns()}\n", "utf-8")
    return _push(folder, cache)


def _push(folder: Path, cache: Path) -> float:
    begun = time.perf_counter()
    told = json.loads(_ambit("push", str(folder), "--cache", str(cache), "--json"))
    assert told["status"] == "approved", told
    return round(time.perf_counter() - begun, 2)


def _ambit(*words: str) -> str:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(_ROOT), str(_ROOT / "layers")))}
    command = [sys.executable, "-m", "scripts.ambit_cli.main", *words]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - ours
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def main() -> int:
    """Print the lines; 1 when what was promised is not kept."""
    results = pushes()
    for result in results:
        print(f"{result.name:<60} {result.ours:>8.2f} {result.reference:>8.2f} {result.unit}")
    return 0 if all(result.ours <= result.reference for result in results[:2]) else 1


if __name__ == "__main__":
    sys.exit(main())
