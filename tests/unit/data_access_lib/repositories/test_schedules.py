from concurrent.futures import ThreadPoolExecutor

import pytest

from data_access_lib.errors import ConditionFailed, InvalidIdentifier
from data_access_lib.repositories.schedules import Claim, Firings, Schedules
from platform_kit.ids import new_id
from tests.stores import HandClock, Stores

AT = "2026-03-04T05:06:00.000Z"


@pytest.fixture
def firings(stores: Stores, clock: HandClock) -> Firings:
    return Firings(stores.table(stores.ops, "acme"), clock)


def test_one_of_many_has_a_time(firings: Firings) -> None:
    schedule_id = new_id("sch")
    with ThreadPoolExecutor(8) as pool:
        claims = list(pool.map(lambda _: firings.claim(schedule_id, AT), range(16)))
    assert sorted(claims) == [Claim.MINE, *[Claim.OTHERS] * 15]


def test_a_time_that_is_done_stays_done(firings: Firings, clock: HandClock) -> None:
    schedule_id = new_id("sch")
    firings.claim(schedule_id, AT)
    firings.finish(schedule_id, AT, {"result": "started", "runId": "run_1"})
    clock.advance(days=3)
    assert firings.claim(schedule_id, AT) is Claim.DONE
    assert [(one["at"], one["result"]) for one in firings.list(schedule_id)] == [(AT, "started")]


@pytest.mark.parametrize(("seconds", "claim"), [(119, Claim.OTHERS), (121, Claim.MINE)])
def test_a_claim_that_nobody_ended_is_free_after_two_minutes(
    seconds: int, claim: Claim, firings: Firings, clock: HandClock
) -> None:
    schedule_id = new_id("sch")
    firings.claim(schedule_id, AT)
    clock.advance(seconds=seconds)
    assert firings.claim(schedule_id, AT) is claim


@pytest.mark.parametrize("minutes", [-10, 10])
def test_a_clock_that_is_ten_minutes_off_never_takes_a_time_that_is_done(
    minutes: int, firings: Firings, clock: HandClock
) -> None:
    schedule_id = new_id("sch")
    firings.claim(schedule_id, AT)
    firings.finish(schedule_id, AT, {"result": "started"})
    clock.advance(minutes=minutes)
    assert firings.claim(schedule_id, AT) is Claim.DONE


@pytest.mark.parametrize("at", ["", "2026-03-04T05:06:00Z", "2026-03-04 05:06", "x#y"])
def test_a_time_has_one_spelling(at: str, firings: Firings) -> None:
    with pytest.raises(InvalidIdentifier):
        firings.claim(new_id("sch"), at)


def test_a_change_holds_for_the_version_that_was_read(stores: Stores) -> None:
    schedules = Schedules(stores.table(stores.control, "acme"))
    schedule_id = new_id("sch")
    transaction = stores.table(stores.control, "acme").transaction()
    record = schedules.create_in(transaction, {"scheduleId": schedule_id, "name": "a", "pausedAt": "t"})
    transaction.commit()
    schedules.note(schedule_id, {"last": {"at": AT}})
    changing = stores.table(stores.control, "acme").transaction()
    changed = schedules.change_in(changing, record, {"name": "b", "pausedAt": None})
    changing.commit()
    assert schedules.get(schedule_id) == {**changed, "last": {"at": AT}}
    assert (changed["etag"], "pausedAt" in changed) == (2, False)
    stale = stores.table(stores.control, "acme").transaction()
    schedules.change_in(stale, record, {"name": "c"})
    with pytest.raises(ConditionFailed):
        stale.commit()
    assert schedules.count() >= 1


def test_nothing_is_noted_of_what_is_gone(stores: Stores) -> None:
    schedules = Schedules(stores.table(stores.control, "acme"))
    schedule_id = new_id("sch")
    schedules.note(schedule_id, {"status": "stopped"})
    assert schedules.find(schedule_id) is None


def test_what_changed_meanwhile_is_not_finished(stores: Stores) -> None:
    table = stores.table(stores.control, "acme")
    schedules, schedule_id = Schedules(table), new_id("sch")
    making = table.transaction()
    record = schedules.create_in(making, {"scheduleId": schedule_id, "status": "active"})
    making.commit()
    schedules.finish({**record, "etag": 7})
    assert schedules.get(schedule_id)["status"] == "active"
    schedules.finish(record)
    assert (schedules.get(schedule_id)["status"], schedules.get(schedule_id)["etag"]) == ("finished", 1)
    schedules.note(schedule_id, {"status": "stopped"})
    schedules.finish(record)
    assert schedules.get(schedule_id)["status"] == "stopped"


def test_one_of_its_times_at_once_has_its_turn(stores: Stores) -> None:
    table = stores.table(stores.control, "acme")
    schedules, schedule_id, later = Schedules(table), new_id("sch"), "2026-03-04T06:00:00.000Z"
    assert not schedules.take_turn(schedule_id, AT, 0)
    assert schedules.find(schedule_id) is None
    making = table.transaction()
    schedules.create_in(making, {"scheduleId": schedule_id})
    making.commit()
    turns = [schedules.take_turn(schedule_id, at, ms) for at, ms in ((AT, 0), (AT, 1), (later, 1), (later, 120_002))]
    assert turns == [True, True, False, True]
    schedules.leave_turn(schedule_id, AT)
    assert not schedules.take_turn(schedule_id, AT, 120_003)
    schedules.leave_turn(schedule_id, later)
    assert schedules.take_turn(schedule_id, AT, 120_004)
