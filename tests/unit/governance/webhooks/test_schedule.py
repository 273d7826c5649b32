from datetime import UTC, datetime, timedelta

import pytest

from governance.webhooks import schedule

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def test_eight_attempts_take_about_twenty_eight_hours() -> None:
    for luck in (0.0, 0.5, 1.0):
        waits = [schedule.wait_ms(attempt, lambda luck=luck: luck) for attempt in range(1, 9)]
        whole = timedelta(milliseconds=sum(wait or 0 for wait in waits))
        assert timedelta(hours=27) < whole < timedelta(hours=31)
        assert waits[0] == 0
    assert schedule.wait_ms(9, lambda: 0.0) is None


def test_waits_are_never_alike_and_never_shorter_than_said() -> None:
    assert schedule.wait_ms(3, lambda: 0.0) == 300_000
    assert schedule.wait_ms(3, lambda: 1.0) == 330_000


@pytest.mark.parametrize(("asked", "waits"), [(1, 5_000), (60, 60_000), (10**6, 3_600_000)])
def test_an_endpoint_may_ask_for_patience_but_not_for_ever(asked: int, waits: int) -> None:
    assert schedule.wait_ms(2, lambda: 0.0, asked) == waits


def test_an_endpoint_is_given_up_after_five_days() -> None:
    assert not schedule.is_given_up(NOW - timedelta(days=4, hours=23), NOW)
    assert schedule.is_given_up(NOW - timedelta(days=5), NOW)
