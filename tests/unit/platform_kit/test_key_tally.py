import threading
from dataclasses import dataclass, field

import pytest

from platform_kit import key_tally
from platform_kit.key_tally import FLUSH_SECONDS, KeyTally


@dataclass
class World:
    """A hand-moved clock, and what was written."""

    now: float = 1000.0
    written: list[tuple[str, str, int]] = field(default_factory=list)
    down: bool = False

    def write(self, tenant: str, key: str, calls: int) -> None:
        if self.down:
            raise TimeoutError
        self.written.append((tenant, key, calls))

    def tally(self) -> KeyTally:
        return KeyTally(self.write, lambda: self.now)

    @property
    def total(self) -> int:
        return sum(calls for _, _, calls in self.written)


def test_the_first_call_is_written_at_once_and_the_others_of_a_minute_together() -> None:
    world = World()
    tally = world.tally()
    for _ in range(50):
        tally.add("acme", "key_1")
    assert world.written == [("acme", "key_1", 1)]
    world.now += FLUSH_SECONDS
    tally.add("acme", "key_1")
    assert world.written[1:] == [("acme", "key_1", 50)]


def test_a_key_is_written_once_a_minute_at_most_however_often_it_is_used() -> None:
    world = World()
    tally = world.tally()
    for _ in range(10 * 60):
        tally.add("acme", "key_1")
        world.now += 1
    assert len(world.written) == 10
    assert world.total == 9 * 60 + 1


def test_one_call_writes_once_and_what_waits_is_written_by_the_next_ones() -> None:
    world = World()
    tally = world.tally()
    for key in ("key_1", "key_2", "key_1", "key_2"):
        tally.add("acme", key)
    world.now += FLUSH_SECONDS
    for _ in range(3):
        before = len(world.written)
        tally.add("globex", "key_3")
        assert len(world.written) == before + 1
    assert world.written[2:] == [("globex", "key_3", 1), ("acme", "key_1", 1), ("acme", "key_2", 1)]


def test_keys_of_two_tenants_are_counted_apart() -> None:
    world = World()
    tally = world.tally()
    tally.add("acme", "key_1")
    tally.add("globex", "key_1")
    assert world.written == [("acme", "key_1", 1), ("globex", "key_1", 1)]


def test_what_could_not_be_written_is_written_later_and_refuses_nobody(capsys: pytest.CaptureFixture[str]) -> None:
    world = World(down=True)
    tally = world.tally()
    for _ in range(3):
        tally.add("acme", "key_1")
    assert capsys.readouterr().out.count('"KeyUseNotWritten":[1.0]') == 1
    world.down = False
    world.now += FLUSH_SECONDS
    tally.add("acme", "key_1")
    assert world.written == [("acme", "key_1", 4)]


def test_memory_is_bounded_by_forgetting_the_key_unused_for_longest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_tally, "MOST_KEYS", 2)
    world = World()
    tally = world.tally()
    for key in ("key_1", "key_2", "key_1", "key_3", "key_2"):
        tally.add("acme", key)
    assert [key for _, key, _ in world.written] == ["key_1", "key_2", "key_3", "key_2"]


def test_threads_lose_no_call() -> None:
    world = World()
    tally = world.tally()

    def work() -> None:
        for _ in range(500):
            tally.add("acme", "key_1")

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    world.now += FLUSH_SECONDS
    tally.add("acme", "key_1")
    assert world.total == 2001
