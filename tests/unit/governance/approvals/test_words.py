from datetime import UTC, datetime, timedelta

import pytest

from governance.approvals.words import EXPIRIES, LIVE, Kind, Status, standing

NOW = datetime(2026, 1, 2, tzinfo=UTC)


def test_the_defaults_are_those_that_were_promised() -> None:
    hours = {kind.value: span / timedelta(hours=1) for kind, span in EXPIRIES.items()}
    assert hours == {"promotion": 48, "tool": 1, "autonomy": 72, "reactivation": 12}
    assert EXPIRIES.keys() == set(Kind)


@pytest.mark.parametrize("status", Status)
def test_time_ends_what_is_live_and_nothing_else(status: Status) -> None:
    late = standing(status.value, NOW, NOW)
    assert late is (Status.EXPIRED if status in LIVE else status)
    assert standing(status.value, NOW, NOW - timedelta(milliseconds=1)) is status


def test_a_word_that_is_no_state_is_none() -> None:
    with pytest.raises(ValueError, match="granted"):
        standing("granted", NOW, NOW)
