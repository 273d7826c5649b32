import pytest
from pydantic import ValidationError

from lambdas.schedules.models import CreateSchedule, PatchSchedule

GOOD = {"name": "a", "agent": "echo-agent", "input": "x", "expression": "rate(1 hour)"}


@pytest.mark.parametrize(
    "bad",
    [
        *({"input": ""}, {"input": "x" * 50_001}, {"input": "\ud800"}, {"agent": "Echo"}, {"agent": "a#b"}),
        *({"context": {"a": "x" * 32_000}}, {"metadata": {"a": "x" * 16_000}}, {"jitterMinutes": 1441}),
        *({"jitterMinutes": -1}, {"overlap": "both"}, {"catchUp": "all"}, {"name": "a\nb"}, {"principalId": "root"}),
    ],
)
def test_what_a_schedule_may_not_hold_is_refused(bad: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        CreateSchedule.model_validate({**GOOD, **bad})


def test_a_change_changes_something_and_never_the_agent() -> None:
    assert PatchSchedule.model_validate({"name": "b"}).name == "b"
    for bad in ({}, {"agent": "other"}, {"name": None}):
        with pytest.raises(ValidationError):
            PatchSchedule.model_validate(bad)
