from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from data_access_lib import keys
from data_access_lib.errors import InvalidIdentifier
from data_access_lib.repositories.canaries import Canaries
from data_access_lib.tenant import TenantId
from governance.canary import WINDOW, Part, Seen, Tallies, Tally, one, window_of
from platform_kit.ids import new_id
from tests.stores import Stores

NOW = datetime(2026, 3, 4, tzinfo=UTC)
BAD, GOOD = one(failed=True, blocked=False, milliseconds=900), one(failed=False, blocked=False, milliseconds=20)


@pytest.fixture
def canaries(stores: Stores) -> Canaries:
    return Canaries(stores.table(stores.ops))


def test_runs_are_counted_by_version_and_each_count_tells_what_is_known_by_then(canaries: Canaries) -> None:
    canary_id = new_id("can")
    assert canaries.get(canary_id) == Tallies(Tally(), Tally())
    first, second = Tallies(GOOD, Tally()), Tallies(GOOD, BAD)
    assert canaries.add(canary_id, Part.STABLE, GOOD, NOW) == Seen(first, first)
    assert canaries.add(canary_id, Part.CANDIDATE, BAD, NOW) == Seen(second, second)
    assert canaries.add(canary_id, Part.CANDIDATE, GOOD, NOW) == canaries.seen(canary_id, NOW)
    assert canaries.get(canary_id) == Tallies(GOOD, BAD.plus(GOOD))


def test_runs_that_end_at_the_same_time_are_all_counted(canaries: Canaries) -> None:
    canary_id = new_id("can")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: canaries.add(canary_id, Part.STABLE, BAD, NOW), range(40)))
    assert canaries.get(canary_id).stable == Tally(40, 40, 0, {next(iter(BAD.latencies)): 40})


def test_lately_is_this_window_and_the_one_before(canaries: Canaries) -> None:
    canary_id = new_id("can")
    canaries.add(canary_id, Part.CANDIDATE, GOOD, NOW)
    following = canaries.add(canary_id, Part.CANDIDATE, BAD, NOW + WINDOW)
    assert following.lately == following.whole == Tallies(Tally(), GOOD.plus(BAD))
    third = canaries.add(canary_id, Part.CANDIDATE, BAD, NOW + 2 * WINDOW)
    assert third.lately.candidate == BAD.plus(BAD)
    assert third.whole.candidate == GOOD.plus(BAD).plus(BAD)
    assert canaries.seen(canary_id, NOW + 4 * WINDOW).lately == Tallies(Tally(), Tally())


def test_a_window_is_gone_a_day_after_its_last_run(canaries: Canaries, stores: Stores) -> None:
    canary_id = new_id("can")
    canaries.add(canary_id, Part.STABLE, GOOD, NOW)
    stored = stores.table(stores.ops).get(keys.canary_window_key(TenantId("acme"), canary_id, window_of(NOW)))
    assert stored is not None
    assert stored["ttl"] == int((NOW + timedelta(days=1)).timestamp())


def test_two_writes_and_a_read_count_a_run(canaries: Canaries, stores: Stores) -> None:
    canaries.add(new_id("can"), Part.STABLE, GOOD, NOW)
    assert [operation for operation, _ in stores.client.calls] == ["update_item", "update_item", "get_item"]


def test_canaries_do_not_mix_nor_do_tenants(canaries: Canaries, stores: Stores) -> None:
    canary_id = new_id("can")
    canaries.add(canary_id, Part.STABLE, GOOD, NOW)
    assert canaries.get(new_id("can")).stable == Tally()
    assert Canaries(stores.table(stores.ops, "acme-2")).get(canary_id).stable == Tally()


def test_what_was_seen_is_kept_ninety_days_from_the_last_run(canaries: Canaries, stores: Stores) -> None:
    canary_id = new_id("can")
    canaries.add(canary_id, Part.STABLE, GOOD, NOW)
    canaries.add(canary_id, Part.STABLE, GOOD, NOW + timedelta(days=80))
    stored = stores.table(stores.ops).get(keys.canary_key(TenantId("acme"), canary_id))
    assert stored is not None
    assert stored["ttl"] == int((NOW + timedelta(days=170)).timestamp())


@pytest.mark.parametrize("name", ["", "can_1", "run_" + "0" * 32, "can_" + "0" * 31 + "#"])
def test_what_is_no_id_of_a_canary_makes_no_key(canaries: Canaries, name: str) -> None:
    with pytest.raises(InvalidIdentifier):
        canaries.get(name)
