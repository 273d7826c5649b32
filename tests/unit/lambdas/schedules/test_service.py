"""What the service reads of a record; the whole of it is tested in tests/functional/schedules."""

from datetime import UTC, datetime

import pytest

from governance.schedules.cron import BadExpression
from lambdas.schedules.service import timing_of

RECORD = {"expression": "rate(6 hours)", "timeZone": "UTC", "createdAt": "2026-03-04T05:06:07.000Z"}


def test_a_rate_is_counted_from_when_the_schedule_was_made() -> None:
    moment = datetime(2026, 3, 4, 12, tzinfo=UTC)
    assert timing_of(RECORD).next(moment) == datetime(2026, 3, 4, 17, 6, 7, tzinfo=UTC)


def test_a_record_whose_expression_is_none_says_so() -> None:
    with pytest.raises(BadExpression):
        timing_of({**RECORD, "expression": "sometimes"})
