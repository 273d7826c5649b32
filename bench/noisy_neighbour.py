"""One tenant at twenty times its plan, and what its neighbour's slowest calls notice of it: beside alone, in one run.

In process both tenants share one bridge and one interpreter, closer than they ever are in the cloud, where a process
serves one request at a time. Through the local platform they also share two or so cores with the emulator and the
client that makes the noise: that ratio says what this machine does, not what the limits do.
"""

import json
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import httpx

from bench import in_process, local_api
from bench.measure import Result, percentile, samples
from lambdas.bridge.routes import ROUTES
from platform_kit.api import lambda_handler

NOISY_RATE: Final = 200
"""Calls a second: twenty times what the tier basic includes."""
_BODY: Final = {"input": "hello"}
_QUIET_RATE: Final = 45  # below the tier standard's 50
_CALLS_THROUGH: Final = 60


def rounds(count: int, calls: int) -> list[tuple[float, float]]:
    """The quiet tenant's p99 in milliseconds, alone and beside the noisy one, measured in turns."""
    service = in_process.service(buckets_of=in_process.FakeBuckets)
    handler = lambda_handler(ROUTES, lambda: service)
    quiet, noisy = (in_process.event(_BODY, tenant) for tenant in ("acme", "globex"))

    def timed() -> float:
        time.sleep(1 / _QUIET_RATE)
        begun = time.perf_counter()
        answer = handler(quiet, None)
        took = (time.perf_counter() - begun) * 1000
        assert answer["statusCode"] == 200, answer
        return took

    def alone() -> float:
        return percentile([timed() for _ in range(calls)], 0.99)

    def beside() -> float:
        with noise(lambda: handler(noisy, None)):
            return alone()

    timed()
    return [(alone(), beside()) for _ in range(count)]


@contextmanager
def noise(make: Callable[[], Any]) -> Iterator[None]:
    """Calls at the noisy rate from a thread of their own while the block runs."""
    over = threading.Event()

    def keep_on() -> None:
        due = time.monotonic()
        while not over.is_set():
            make()
            due = max(due + 1 / NOISY_RATE, time.monotonic() - 1)
            over.wait(max(due - time.monotonic(), 0))

    thread = threading.Thread(target=keep_on, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(10)


def ratio(measured: list[tuple[float, float]]) -> float:
    """How much slower the quiet tenant's p99 is beside the noisy one: the median of the rounds."""
    return statistics.median(beside / alone for alone, beside in measured)


def in_one_process() -> list[Result]:
    """The limiter's own share: both tenants in one interpreter."""
    measured = rounds(5, 100)
    alone, beside = (statistics.median(part) for part in zip(*measured, strict=True))
    return [Result("noisy neighbour at 20x its plan: quiet tenant's p99, one process", "ms", beside, alone)]


def end_to_end() -> list[Result]:
    """Through the local platform, when it is up; the noise is as much as one thread can make, up to 20 times a plan."""
    dev = local_api.described()
    if dev is None:
        return []
    tokens = {tenant: local_api.token(dev["issuer"], f"{tenant}-developer") for tenant in ("acme", "globex")}

    def call(tenant: str) -> int:
        headers = {"authorization": f"Bearer {tokens[tenant]}"}
        url = f"{dev['apiUrl']}/v1/agents/echo-agent/invoke"
        return httpx.post(url, json=_BODY, headers=headers, timeout=60).status_code

    def p99() -> float:
        return percentile(samples(lambda: call("acme"), _CALLS_THROUGH, warm=3), 0.99)

    pairs = []
    for _ in range(3):
        alone = p99()
        with noise(lambda: call("globex")):
            pairs.append((alone, p99()))
    alone, beside = (statistics.median(part) for part in zip(*pairs, strict=True))
    return [Result("noisy neighbour: quiet tenant's p99 through the local platform", "ms", beside, alone)]


def main() -> None:
    """`python -m bench.noisy_neighbour`: these numbers alone."""
    for result in (*in_one_process(), *end_to_end()):
        print(json.dumps(result.as_json()), file=sys.stderr)


if __name__ == "__main__":
    main()
