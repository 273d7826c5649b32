from datetime import UTC, datetime, timedelta, timezone

import pytest

from platform_kit import clock


def test_the_system_clock_is_aware_and_in_utc() -> None:
    assert clock.SystemClock().now().tzinfo is UTC


def test_the_system_clock_moves_forward() -> None:
    first, second = clock.SystemClock().now(), clock.SystemClock().now()
    assert timedelta(0) <= second - first < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2026, 1, 2, 3, 4, 5, 678_999, UTC), "2026-01-02T03:04:05.678Z"),
        (datetime(2026, 1, 2, 3, 4, 5, 0, UTC), "2026-01-02T03:04:05.000Z"),
        (datetime(2026, 1, 2, 3, 4, 5, 0, timezone(timedelta(hours=2))), "2026-01-02T01:04:05.000Z"),
    ],
)
def test_a_time_is_written_in_utc_with_milliseconds(moment: datetime, text: str) -> None:
    assert clock.rfc3339(moment) == text


def test_what_was_written_is_read_back() -> None:
    moment = datetime(2026, 1, 2, 3, 4, 5, 678_000, UTC)
    assert clock.parse_rfc3339(clock.rfc3339(moment)) == moment


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-01T00:00:00Z", "2026-01-01T00:00:00", "2026-01-01"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        clock.parse_rfc3339(text)
