"""The authoriser's numbers: a decision when warm, its import when cold, next to PyJWT on the same machine."""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import jwt

from tests.authority import AUDIENCE, ISSUER, Authority, request, rsa_key

ROOT: Final = Path(__file__).resolve().parents[1]
ROUNDS: Final = 3000
_PEOPLE: Final = 3000  # as many different tokens: each decision then verifies a signature


def measure() -> list[dict[str, Any]]:
    """One entry a number: `{name, unit, ours, reference, ratio, higherIsBetter}`; the reference is PyJWT doing less."""
    world = Authority(now=time.time())
    tokens = [world.token(sub=f"user-{n}") for n in range(_PEOPLE)]
    first, again, reference = _decisions(world, tokens), _decisions(world, tokens[:1] * ROUNDS), _plain(tokens)
    return [
        *_entries("authoriser decision, remembered token", again, reference),
        *_entries("authoriser decision, new token", first, reference),
        _entry("authoriser import", "ms", _import_ms("lambdas.authoriser.handler"), _import_ms("jwt")),
    ]


def _decisions(world: Authority, tokens: list[str]) -> list[float]:
    authoriser = world.authoriser()
    authoriser.authorise(request(f"Bearer {world.token(sub='warm-up')}"))
    events = iter([request(f"Bearer {token}") for token in tokens])
    return _microseconds(lambda: authoriser.authorise(next(events)), len(tokens))


def _plain(tokens: list[str]) -> list[float]:
    key = rsa_key("platform").public_key()
    texts: Iterator[str] = iter(tokens)
    return _microseconds(lambda: jwt.decode(next(texts), key, ["RS256"], audience=AUDIENCE, issuer=ISSUER), len(tokens))


def _microseconds(work: Callable[[], object], times: int) -> list[float]:
    """Processor time of each call: other processes on the machine do not count."""
    found: list[float] = []
    for _ in range(times):
        begun = time.thread_time_ns()
        work()
        found.append((time.thread_time_ns() - begun) / 1000)
    return found


def _import_ms(module: str) -> float:
    """Processor time of an import in a fresh interpreter, bytecode present: the least of nine, in milliseconds."""
    paths = [str(ROOT), str(ROOT / "layers"), *(path for path in sys.path if path.endswith("site-packages"))]
    code = f"import time; b = time.process_time(); import {module}; print((time.process_time() - b) * 1000)"
    with tempfile.TemporaryDirectory() as cache:
        environment = {"PYTHONPATH": ":".join(paths), "PYTHONPYCACHEPREFIX": cache}
        command = [sys.executable, "-S", "-c", code]
        return min([_run(command, environment) for _ in range(10)][1:])


def _run(command: list[str], environment: dict[str, str]) -> float:
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)  # noqa: S603 - our own code
    return float(done.stdout)


def _entries(name: str, ours: list[float], reference: list[float]) -> list[dict[str, Any]]:
    return [
        _entry(f"{name}, p50", "µs", statistics.median(ours), statistics.median(reference)),
        _entry(f"{name}, p99", "µs", _p99(ours), _p99(reference)),
    ]


def _p99(values: list[float]) -> float:
    return statistics.quantiles(values, n=100)[98]


def _entry(name: str, unit: str, ours: float, reference: float) -> dict[str, Any]:
    return {
        "name": name,
        "unit": unit,
        "ours": round(ours, 2),
        "reference": round(reference, 2),
        "ratio": round(ours / reference, 3),
        "higherIsBetter": False,
    }
