from lambdas.authoriser.caches import AgeingCache


def test_an_entry_is_good_until_its_deadline() -> None:
    cache: AgeingCache[str, int] = AgeingCache(2)
    cache.put("a", 1, deadline=10)
    assert cache.get("a", 9.999) == 1
    assert cache.get("a", 10) is None


def test_an_entry_past_its_deadline_takes_no_room() -> None:
    cache: AgeingCache[str, int] = AgeingCache(2)
    cache.put("a", 1, deadline=10)
    cache.get("a", 10)
    assert len(cache) == 0


def test_what_is_absent_is_none() -> None:
    assert AgeingCache[str, int](1).get("a", 0) is None


def test_the_entry_unused_for_longest_goes_first() -> None:
    cache: AgeingCache[str, int] = AgeingCache(2)
    for name in ("a", "b"):
        cache.put(name, 1, deadline=10)
    cache.get("a", 0)
    cache.put("c", 1, deadline=10)
    assert [cache.get(name, 0) for name in ("a", "b", "c")] == [1, None, 1]


def test_an_entry_that_is_put_again_counts_once_and_as_used() -> None:
    cache: AgeingCache[str, int] = AgeingCache(2)
    for name in ("a", "b", "a", "c"):
        cache.put(name, 1, deadline=10)
    assert (len(cache), cache.get("b", 0)) == (2, None)
