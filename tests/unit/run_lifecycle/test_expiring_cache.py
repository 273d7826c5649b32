import pytest

from run_lifecycle.expiring_cache import ExpiringCache


class Time:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_value_is_looked_up_once_until_it_expires() -> None:
    time, looked = Time(), []
    cache: ExpiringCache[int] = ExpiringCache(10, time)

    def look_up() -> int:
        looked.append(time.now)
        return len(looked)

    assert [cache.get("k", look_up), cache.get("k", look_up)] == [1, 1]
    time.now = 9.9
    assert cache.get("k", look_up) == 1
    time.now = 10.0
    assert cache.get("k", look_up) == 2


def test_a_failure_is_not_remembered() -> None:
    cache: ExpiringCache[int] = ExpiringCache(10, Time())
    with pytest.raises(KeyError):
        cache.get("k", lambda: dict[str, int]()["missing"])
    assert cache.get("k", lambda: 7) == 7


def test_the_oldest_give_way_when_it_is_full() -> None:
    cache: ExpiringCache[int] = ExpiringCache(10, Time(), bound=2)
    for key in ("a", "b", "c"):
        cache.get(key, lambda: 1)
    assert cache.get("c", lambda: 2) == 1
    assert cache.get("a", lambda: 2) == 2
