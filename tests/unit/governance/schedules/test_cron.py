"""Cron expressions of EventBridge Scheduler, held against an oracle that looks at every minute for itself."""

import calendar
from datetime import date, datetime, timedelta
from itertools import islice, takewhile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from governance.schedules.cron import BadExpression, parse

START = date(2026, 3, 4)
WEEK = "SUN MON TUE WED THU FRI SAT".split()  # noqa: SIM905 - as words


def first(text: str, number: int = 3, day: date = START) -> list[str]:
    return [one.isoformat(timespec="minutes") for one in islice(parse(text).from_day(day), number)]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        # The examples of AWS's own page
        ("15 10 ? * * *", ["2026-03-04T10:15", "2026-03-05T10:15", "2026-03-06T10:15"]),
        ("15 10 ? * 6L 2022-2027", ["2026-03-27T10:15", "2026-04-24T10:15", "2026-05-29T10:15"]),
        ("0 18 ? * MON-FRI *", ["2026-03-04T18:00", "2026-03-05T18:00", "2026-03-06T18:00"]),
        ("0 8 1 * ? *", ["2026-04-01T08:00", "2026-05-01T08:00", "2026-06-01T08:00"]),
        ("0/15 * * * ? *", ["2026-03-04T00:00", "2026-03-04T00:15", "2026-03-04T00:30"]),
        ("0 9 ? * 2#1 *", ["2026-04-06T09:00", "2026-05-04T09:00", "2026-06-01T09:00"]),
        ("0 0 L * ? *", ["2026-03-31T00:00", "2026-04-30T00:00", "2026-05-31T00:00"]),
        ("0 0 LW * ? *", ["2026-03-31T00:00", "2026-04-30T00:00", "2026-05-29T00:00"]),
        # The 15th of March 2026 is a Sunday, of August a Saturday; the 1st of August a Saturday too
        ("0 0 15W 3 ? *", ["2026-03-16T00:00", "2027-03-15T00:00", "2028-03-15T00:00"]),
        ("0 0 1W 8 ? 2026", ["2026-08-03T00:00"]),
        ("0 0 31W 5 ? 2026", ["2026-05-29T00:00"]),
        ("0 12 ? * L *", ["2026-03-07T12:00", "2026-03-14T12:00", "2026-03-21T12:00"]),
        ("0 0 29 2 ? *", ["2028-02-29T00:00", "2032-02-29T00:00", "2036-02-29T00:00"]),
        ("0 0 ? 2 SUN#5 *", ["2032-02-29T00:00", "2060-02-29T00:00"]),
        ("59 23 31 12 ? 2026", ["2026-12-31T23:59"]),
        ("0 0 1 1 ? 2020", []),
    ],
)
def test_an_expression_means_what_the_manual_says(text: str, wanted: list[str]) -> None:
    assert first(text) == wanted


@pytest.mark.parametrize(
    "text",
    [
        *("", "* * * * *", "* * * * ? * *", "0 0 * * * *", "0 0 ? * ? *", "60 0 * * ? *", "0 24 * * ? *"),
        *(
            "0 0 0 * ? *",
            "0 0 32 * ? *",
            "0 0 * 13 ? *",
            "0 0 ? * 0 *",
            "0 0 ? * 8 *",
            "0 0 * * ? 1969",
            "0 0 * * ? 2200",
        ),
        *(
            "a 0 * * ? *",
            "-1 0 * * ? *",
            "5-1 0 * * ? *",
            "*/0 0 * * ? *",
            "1/x 0 * * ? *",
            "1, 0 * * ? *",
            ", 0 * * ? *",
        ),
        *("0 0 32W * ? *", "0 0 0W * ? *", "0 0 ? * 8L *", "0 0 ? * 2#6 *", "0 0 ? * 2#0 *", "0 0 ? * FOO *"),
        *("0 0 W * ? *", "0 0 ? * MON#FRI *", "٣ 0 * * ? *", "0 0 * * ? *" + " " * 300, "L 0 * * ? *", "? 0 * * ? *"),
    ],
)
def test_what_is_no_expression_is_refused(text: str) -> None:
    with pytest.raises(BadExpression):
        parse(text)


def numbers(low: int, high: int) -> st.SearchStrategy[str]:
    one = st.integers(low, high)
    spans = st.tuples(one, one).map(lambda pair: f"{min(pair)}-{max(pair)}")
    steps = st.tuples(one, st.integers(1, high)).map(lambda pair: f"{pair[0]}/{pair[1]}")
    item = st.one_of(st.just("*"), one.map(str), spans, steps, st.integers(1, high).map(lambda step: f"*/{step}"))
    return st.lists(item, min_size=1, max_size=3).map(",".join)


MONTH_DAYS = st.one_of(numbers(1, 31), st.just("L"), st.just("LW"), st.integers(1, 31).map(lambda day: f"{day}W"))
WEEK_DAYS = st.one_of(
    numbers(1, 7),
    st.just("L"),
    st.integers(1, 7).map(lambda day: f"{day}L"),
    st.tuples(st.integers(1, 7), st.integers(1, 5)).map(lambda pair: f"{pair[0]}#{pair[1]}"),
    st.sampled_from(WEEK),
)
DAYS = st.one_of(MONTH_DAYS.map(lambda day: (day, "?")), WEEK_DAYS.map(lambda day: ("?", day)))


def allowed(text: str, low: int, high: int) -> set[int]:
    """The oracle's own reading of a list of numbers."""
    found: set[int] = set()
    for item in text.split(","):
        body, _, step = item.partition("/")
        if body == "*":
            begin, end = low, high
        elif "-" in body:
            begin, end = map(int, body.split("-"))
        else:
            begin = int(body)
            end = high if step else begin
        found |= {number for number in range(begin, end + 1) if (number - begin) % int(step or 1) == 0}
    return found


def is_day(month_day: str, week_day: str, day: date) -> bool:  # noqa: PLR0911 - a case a line
    length = calendar.monthrange(day.year, day.month)[1]
    if week_day == "?":
        if month_day.endswith("W"):
            wanted = length if month_day == "LW" else int(month_day[:-1])
            weekdays = [n for n in range(1, length + 1) if day.replace(day=n).weekday() < 5]
            return wanted <= length and day.day == min(weekdays, key=lambda n: (abs(n - wanted), n))
        return day.day == length if month_day == "L" else day.day in allowed(month_day, 1, 31)
    number = (day.weekday() + 1) % 7 + 1
    if week_day in WEEK:
        return WEEK[number - 1] == week_day
    if week_day == "L":
        return number == 7
    if week_day.endswith("L"):
        return number == int(week_day[0]) and (day + timedelta(days=7)).month != day.month
    if "#" in week_day:
        wanted, count = map(int, week_day.split("#"))
        same = [n for n in range(1, day.day + 1) if (day.replace(day=n).weekday() + 1) % 7 + 1 == wanted]
        return number == wanted and len(same) == count
    return number in allowed(week_day, 1, 7)


@given(numbers(0, 59), numbers(0, 23), DAYS, numbers(1, 12), st.dates(date(2024, 1, 1), date(2032, 12, 1)))
@settings(max_examples=300, deadline=None)
def test_every_time_of_forty_days_is_the_oracles(
    minutes: str, hours: str, days: tuple[str, str], months: str, day: date
) -> None:
    end = day + timedelta(days=40)
    text = f"{minutes} {hours} {days[0]} {months} {days[1]} *"
    found = list(takewhile(lambda one: one.date() < end, parse(text).from_day(day)))
    wanted = [
        datetime(one.year, one.month, one.day, hour, minute)  # noqa: DTZ001 - a local time
        for one in (day + timedelta(days=n) for n in range(40))
        if one.month in allowed(months, 1, 12) and is_day(*days, one)
        for hour in sorted(allowed(hours, 0, 23))
        for minute in sorted(allowed(minutes, 0, 59))
    ]
    assert found == wanted


@given(st.text(alphabet="0123456789*?/,-LW#MONSU ", max_size=40))
@settings(max_examples=500)
def test_no_text_does_worse_than_being_refused(text: str) -> None:
    try:
        found = parse(text)
    except BadExpression:
        return
    assert list(islice(found.from_day(START), 2)) == sorted(islice(found.from_day(START), 2))
