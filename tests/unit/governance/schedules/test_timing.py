"""Times on a zone's clock: what daylight saving leaves out or has twice, rates that it does not touch."""

from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from governance.schedules.cron import BadExpression
from governance.schedules.timing import read

ANCHOR = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kolkata",
    "Pacific/Apia",
    "America/St_Johns",
)


def times(expression: str, zone: str, after: str, number: int = 3) -> list[str]:
    timing = read(expression, zone, ANCHOR)
    return [one.isoformat()[:16] for one in islice(timing.after(datetime.fromisoformat(after)), number)]


def test_a_time_that_spring_leaves_out_is_left_out() -> None:
    """In Berlin the clock goes from 02:00 to 03:00 on the 29th of March 2026."""
    found = times("cron(30 2 * * ? *)", "Europe/Berlin", "2026-03-27T12:00:00Z")
    assert found == ["2026-03-28T01:30", "2026-03-30T00:30", "2026-03-31T00:30"]


def test_a_time_that_autumn_has_twice_is_the_first_and_is_not_repeated() -> None:
    """In Berlin the hour from 02:00 comes twice on the 25th of October 2026."""
    found = times("cron(0/30 2 * * ? *)", "Europe/Berlin", "2026-10-24T12:00:00Z", 4)
    assert found == ["2026-10-25T00:00", "2026-10-25T00:30", "2026-10-26T01:00", "2026-10-26T01:30"]
    within = times("cron(0/30 2 * * ? *)", "Europe/Berlin", "2026-10-25T01:10:00Z", 1)
    assert within == ["2026-10-26T01:00"]


def test_a_time_of_day_stays_that_of_the_zones_clock_across_the_change() -> None:
    found = times("cron(0 9 * * ? *)", "America/New_York", "2026-03-07T00:00:00Z", 3)
    assert found == ["2026-03-07T14:00", "2026-03-08T13:00", "2026-03-09T13:00"]


def test_a_rate_is_counted_from_when_it_was_made_and_knows_no_change_of_clocks() -> None:
    found = times("rate(12 hours)", "Europe/Berlin", "2026-03-28T18:00:00Z", 3)
    assert found == ["2026-03-29T05:06", "2026-03-29T17:06", "2026-03-30T05:06"]
    assert times("rate(1 day)", "UTC", "2020-01-01T00:00:00Z", 1) == ["2026-03-05T05:06"]


def test_a_single_time_is_there_once() -> None:
    assert times("at(2026-07-01T09:00:00)", "Europe/Berlin", "2026-03-04T00:00:00Z") == ["2026-07-01T07:00"]
    assert times("at(2026-07-01T09:00:00)", "Europe/Berlin", "2026-07-01T07:00:00Z") == []


def test_a_day_of_the_zone_that_begins_a_day_earlier_is_not_lost() -> None:
    """In Apia it is tomorrow already; in Lord Howe the change is of half an hour."""
    assert times("cron(0 0 * * ? *)", "Pacific/Apia", "2026-06-30T10:00:00Z", 1) == ["2026-06-30T11:00"]
    assert times("cron(15 2 * * ? *)", "Australia/Lord_Howe", "2026-10-03T00:00:00Z", 1) == ["2026-10-04T15:15"]


@pytest.mark.chaos("clock-skew")
@pytest.mark.parametrize("skew", [-10, 10])
def test_a_clock_that_is_ten_minutes_off_tells_the_same_times_beyond_the_skew(skew: int) -> None:
    timing = read("cron(0 * * * ? *)", "Europe/Berlin", ANCHOR)
    now = datetime(2026, 5, 1, 12, 30, tzinfo=UTC)
    assert timing.next(now + timedelta(minutes=skew)) == timing.next(now)


def test_the_last_time_before_a_moment_is_found() -> None:
    timing = read("cron(0 9 * * ? *)", "UTC", ANCHOR)
    moment, since = datetime(2026, 5, 4, 8, tzinfo=UTC), datetime(2026, 5, 1, tzinfo=UTC)
    assert timing.last_before(moment, since) == datetime(2026, 5, 3, 9, tzinfo=UTC)
    assert timing.last_before(datetime(2026, 5, 1, 9, tzinfo=UTC), since) == datetime(2026, 5, 1, 9, tzinfo=UTC)
    assert timing.last_before(since, since) is None


def test_the_shortest_pause_is_between_any_two() -> None:
    assert read("cron(0,5 9 * * ? *)", "UTC", ANCHOR).shortest_pause(ANCHOR) == timedelta(minutes=5)
    assert read("rate(2 hours)", "UTC", ANCHOR).shortest_pause(ANCHOR) == timedelta(hours=2)
    assert read("at(2027-01-01T00:00:00)", "UTC", ANCHOR).shortest_pause(ANCHOR) is None


@pytest.mark.parametrize(
    ("expression", "zone"),
    [
        *((text, "UTC") for text in ("", "cron()", "rate(0 minutes)", "rate(1 minutes)", "rate(2 minute)", "rate(5)")),
        *(
            (text, "UTC")
            for text in ("rate(5 weeks)", "at(2026-13-01T00:00:00)", "at(2026-01-01)", "every day", "cron(x")
        ),
        *((text, "UTC") for text in ("at(2026-01-01T00:00:00Z)", "rate(9999999 days)", "CRON(0 0 * * ? *)")),
        ("at(2026-03-29T02:30:00)", "Europe/Berlin"),
        *(("rate(1 day)", zone) for zone in ("", "Mars/Olympus", "../etc/passwd", "/etc/localtime", "UTC\n", "Europe")),
    ],
)
def test_what_is_no_timing_is_refused(expression: str, zone: str) -> None:
    with pytest.raises(BadExpression):
        read(expression, zone, ANCHOR)


EXPRESSIONS = ("cron(0/7 * * * ? *)", "cron(30 2 * * ? *)", "cron(0 0 L * ? *)", "rate(7 minutes)", "rate(1 day)")


@given(
    st.sampled_from(EXPRESSIONS),
    st.sampled_from(ZONES),
    st.datetimes(datetime(2025, 1, 1), datetime(2031, 1, 1)),  # noqa: DTZ001 - hypothesis wants them so
)
@settings(max_examples=300, deadline=None)
def test_times_follow_one_another_and_the_moment_and_come_back_from_any_of_them(
    expression: str, zone: str, naive: datetime
) -> None:
    timing, moment = read(expression, zone, ANCHOR), naive.replace(tzinfo=UTC)
    found = list(islice(timing.after(moment), 12))
    assert found[0] > moment
    assert all(earlier < later for earlier, later in pairwise(found))
    assert [timing.next(one) for one in found[:-1]] == found[1:]


@pytest.mark.parametrize(
    ("expression", "at", "ends"),
    [
        ("at(2027-01-01T09:00:00)", "2027-01-01T09:00:00Z", True),
        ("at(2027-01-01T09:00:00)", "2027-01-01T09:00:01Z", False),
        ("at(2027-01-01T09:00:00)", "2026-12-01T00:00:00Z", False),
        ("cron(0 9 1 1,2 ? 2027)", "2027-01-01T09:00:00Z", False),
        ("cron(0 9 1 1,2 ? 2027)", "2027-02-01T09:00:00Z", True),
        ("rate(1 hour)", "2026-03-04T06:06:07Z", False),
    ],
)
def test_only_the_last_time_ends_a_schedule(expression: str, at: str, ends: object) -> None:
    assert read(expression, "UTC", ANCHOR).ends_at(datetime.fromisoformat(at)) is ends
