"""Lambda under a burst: environments start a few at a time, and one that cannot start ends alone.

Stock behaviour: a hundred simultaneous calls start a hundred processes at once, which on two cores takes minutes; the
eviction of expired STS sessions walks a dict that other threads grow, which fails a start now and then; and one failed
start kills every environment of its function, so that calls which had nothing to do with it end as 502. Here a call
that finds no free environment waits for the first that is freed or may start, as it would wait for a cold start.
"""

from __future__ import annotations

import functools
import os
import threading
import time
from typing import TYPE_CHECKING, Any

from scripts.local_platform.emulator.seam import module, require

if TYPE_CHECKING:
    from collections.abc import Callable

STARTS_AT_ONCE = 2 * (os.cpu_count() or 1)
LOOK_AGAIN_SECONDS = 0.02  # how often a waiting call looks for a freed environment


class Pace:
    """How many environments are starting now. A start always ends, so that a waiting call never waits for itself."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._starting = 0
        self._changed = threading.Condition()

    def enter(self, free: Callable[[], bool]) -> None:
        """Return when an environment is free or one more may start; counts a start either way, until `leave`."""
        with self._changed:
            while self._starting >= self._limit and not free():
                self._changed.wait(LOOK_AGAIN_SECONDS)
            self._starting += 1

    def leave(self) -> None:
        """One start less."""
        with self._changed:
            self._starting -= 1
            self._changed.notify()


def paced(runtime: Any, acquire: Callable[..., Any], pace: Pace) -> Callable[..., Any]:
    """`acquire_worker` that gives out a free environment, or one more when few enough are starting."""

    @functools.wraps(acquire)
    def acquire_paced(name: str, config: Any, code: bytes, qualifier: str = "$LATEST", **options: Any) -> Any:
        key = runtime._worker_key(name, config, qualifier)  # noqa: SLF001

        def free() -> bool:
            return any(not worker.in_use for worker in list(runtime._workers.get(key, [])))  # noqa: SLF001

        pace.enter(free)
        starts = False
        try:
            worker, how = acquire(name, config, code, qualifier=qualifier, **options)
            starts = how == "spawn" and type(worker) is runtime.Worker  # other runtimes start by other means
            if starts:
                worker.counted_start = True
        finally:
            if not starts:
                pace.leave()
        return worker, how

    return acquire_paced


def start_counted(spawn: Callable[[Any], None], pace: Pace) -> Callable[[Any], None]:
    """`Worker._spawn` that gives its place back, whether it started or not."""

    @functools.wraps(spawn)
    def spawn_and_leave(worker: Any) -> None:
        try:
            spawn(worker)
        finally:
            if getattr(worker, "counted_start", False):
                worker.counted_start = False
                pace.leave()

    return spawn_and_leave


def end_alone(runtime: Any, invoke: Callable[..., Any]) -> Callable[..., Any]:
    """`Worker.invoke` that reports a failed start as this invocation's error: the next one starts it anew."""

    @functools.wraps(invoke)
    def invoke_and_report(worker: Any, *args: Any, **options: Any) -> Any:
        try:
            return invoke(worker, *args, **options)
        except (OSError, RuntimeError) as error:
            process, worker._proc = worker._proc, None  # noqa: SLF001
            if process is not None:
                runtime._signal(process)  # noqa: SLF001
            return {"status": "error", "error": f"{type(error).__name__}\x1f{error}"}

    return invoke_and_report


def evict_expired_sessions(sts: Any) -> Callable[[], None]:
    """STS's eviction over a copy, which other threads cannot grow."""

    def evict() -> None:
        now = time.time()
        for key, session in list(sts._sessions.items()):  # noqa: SLF001
            ends = session.get("Expiration")
            if isinstance(ends, int | float) and now > ends:
                sts._sessions.pop(key, None)  # noqa: SLF001

    return evict


def apply() -> None:
    """Pace the starts, and let an environment end alone. After `worker_output`: it splits class and message."""
    runtime, service, sts = module("core.lambda_runtime"), module("services.lambda_svc"), module("services.sts")
    require(runtime.Worker._spawn, "Worker process exited immediately")  # noqa: SLF001
    require(runtime.acquire_worker, 'return worker, "spawn"')
    require(service._execute_function_warm, "acquire_worker(func_name, config, code_zip, qualifier=qualifier)")  # noqa: SLF001
    require(runtime._signal, "proc")  # noqa: SLF001
    require(sts._evict_expired_sessions, "for k, s in _sessions.items()")  # noqa: SLF001
    pace = Pace(STARTS_AT_ONCE)
    runtime.Worker._spawn = start_counted(runtime.Worker._spawn, pace)  # noqa: SLF001
    runtime.Worker.invoke = end_alone(runtime, runtime.Worker.invoke)
    service.acquire_worker = paced(runtime, service.acquire_worker, pace)
    sts._evict_expired_sessions = evict_expired_sessions(sts)  # noqa: SLF001
