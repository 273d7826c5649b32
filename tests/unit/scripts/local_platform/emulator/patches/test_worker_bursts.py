from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any

import pytest

from scripts.local_platform.emulator.patches.worker_bursts import (
    Pace,
    end_alone,
    evict_expired_sessions,
    paced,
    start_counted,
)


def nobody() -> bool:
    return False


def test_a_start_beyond_the_limit_waits_for_one_that_ends() -> None:
    pace = Pace(1)
    pace.enter(nobody)
    entered = threading.Event()

    def second() -> None:
        pace.enter(nobody)
        entered.set()

    thread = threading.Thread(target=second)
    thread.start()
    assert not entered.wait(0.1)
    pace.leave()
    assert entered.wait(5)
    thread.join()


def test_a_free_environment_is_taken_whatever_is_starting() -> None:
    pace = Pace(1)
    pace.enter(nobody)
    pace.enter(lambda: True)


def test_only_a_new_environment_counts_as_a_start_and_gives_its_place_back() -> None:
    pace = Pace(1)
    worker = SimpleNamespace(in_use=False)
    runtime = SimpleNamespace(_worker_key=lambda *_: "key", _workers={}, Worker=SimpleNamespace)
    how = iter(["spawn", "reused", "spawn"])
    acquire = paced(runtime, lambda *_, **__: (worker, next(how)), pace)
    spawned: list[Any] = []
    spawn = start_counted(spawned.append, pace)
    assert acquire("shop", {}, b"") == (worker, "spawn")
    spawn(worker)
    assert acquire("shop", {}, b"") == (worker, "reused")
    spawn(worker)  # an environment that died and starts anew was not counted
    assert acquire("shop", {}, b"") == (worker, "spawn")
    assert spawned == [worker, worker]


def test_what_never_starts_gives_its_place_back() -> None:
    pace = Pace(1)
    runtime = SimpleNamespace(_worker_key=lambda *_: "key", _workers={}, Worker=dict)

    def fail(*_: Any, **__: Any) -> None:
        raise KeyError("no such function")

    with pytest.raises(KeyError):
        paced(runtime, fail, pace)("shop", {}, b"")
    assert paced(runtime, lambda *_, **__: (None, "func_cap"), pace)("shop", {}, b"") == (None, "func_cap")
    other = SimpleNamespace()
    assert paced(runtime, lambda *_, **__: (other, "spawn"), pace)("shop", {}, b"") == (other, "spawn")
    pace.enter(nobody)


def test_a_failed_start_gives_its_place_back() -> None:
    pace = Pace(1)
    worker = SimpleNamespace(counted_start=True)
    pace.enter(nobody)

    def fail(_: Any) -> None:
        raise RuntimeError("no memory")

    with pytest.raises(RuntimeError, match="no memory"):
        start_counted(fail, pace)(worker)
    pace.enter(nobody)


@pytest.mark.parametrize("process", [None, object()])
def test_a_failed_start_is_the_invocations_error(process: object) -> None:
    signalled: list[Any] = []
    worker = SimpleNamespace(_proc=process)

    def fail(_: Any) -> None:
        raise OSError("no such file")

    answer = end_alone(SimpleNamespace(_signal=signalled.append), fail)(worker)
    assert answer == {"status": "error", "error": "OSError\x1fno such file"}
    assert worker._proc is None
    assert signalled == ([process] if process else [])


def test_an_answer_is_handed_on() -> None:
    assert end_alone(SimpleNamespace(), lambda *_: {"status": "ok"})(object()) == {"status": "ok"}


def test_expired_sessions_go_and_others_stay() -> None:
    sts = SimpleNamespace(_sessions={"gone": {"Expiration": 1}, "kept": {"Expiration": 9e12}, "endless": {}})
    evict_expired_sessions(sts)()
    assert set(sts._sessions) == {"kept", "endless"}
