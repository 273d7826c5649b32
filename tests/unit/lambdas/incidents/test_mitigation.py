from datetime import UTC, datetime, timedelta

from governance.holds import Held, Hold, HoldReset, HoldState
from lambdas.incidents.mitigation import shown

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


def milliseconds(ago: timedelta) -> int:
    return int((NOON - ago).timestamp() * 1000)


def test_an_agent_that_nothing_holds_is_active() -> None:
    told = shown("a", Hold(), NOON)
    assert (told.state, told.reason, told.since, told.grave_halts, told.resets) == ("active", None, None, 0, [])


def test_a_hold_says_since_when_and_because_of_what() -> None:
    at = milliseconds(timedelta(minutes=5))
    reset = HoldReset("bob", "looked at", "paused", at)
    told = shown("a", Hold(Held(HoldState.HALTED, "governor", "r", at, "inc_1"), (at,), (reset,), 3), NOON)
    assert (told.state, told.by, told.since, told.incident_id) == (
        *("halted", "governor", "2026-03-04T11:55:00.000Z"),
        "inc_1",
    )
    assert [(one.by, one.at) for one in told.resets] == [("bob", "2026-03-04T11:55:00.000Z")]


def test_halts_that_are_too_old_to_count_are_not_counted() -> None:
    hour = timedelta(hours=1)
    hold = Hold(halts=(milliseconds(hour), milliseconds(hour - timedelta(milliseconds=1))))
    assert shown("a", hold, NOON).grave_halts == 1
