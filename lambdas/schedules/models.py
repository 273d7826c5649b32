"""Schedules as the API shows and takes them."""

import json
from typing import Annotated, Any, Final

from pydantic import AfterValidator, Field

from governance.schedules.policies import CatchUp, Overlap, Status
from platform_kit.fields import Changes, printable
from platform_kit.models import ApiModel, ApiReply

MOST_PREVIEWED: Final = 50
_MAX_CONTEXT: Final = 32_000
_MAX_METADATA: Final = 16_000


def _text(value: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValueError("holds half of a surrogate pair") from None
    return value


def _object(most: int) -> AfterValidator:
    def check(value: dict[str, Any]) -> dict[str, Any]:
        if len(_text(json.dumps(value, ensure_ascii=False)).encode()) > most:
            raise ValueError(f"may have at most {most} bytes of JSON")
        return value

    return AfterValidator(check)


Name = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(printable)]
Agent = Annotated[str, Field(pattern=r"^[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$")]
Input = Annotated[str, Field(min_length=1, max_length=50_000), AfterValidator(_text)]
Context = Annotated[dict[str, Any], _object(_MAX_CONTEXT)]
Metadata = Annotated[dict[str, Any], _object(_MAX_METADATA)]
Expression = Annotated[
    str,
    Field(
        min_length=1,
        max_length=256,
        description="cron(minutes hours day-of-month month day-of-week year), rate(1 hour), at(2026-03-04T05:06:00)",
    ),
]
Zone = Annotated[str, Field(min_length=1, max_length=64, description="Of the IANA database, such as Europe/Berlin.")]
Jitter = Annotated[int, Field(ge=0, le=1440, description="Minutes within which a time is told, at random.")]


class CreateSchedule(ApiModel):
    """Which agent runs when, and what it is asked."""

    name: Name
    agent: Agent
    input: Input
    context: Context | None = None
    metadata: Metadata | None = None
    expression: Expression
    time_zone: Zone = "UTC"
    jitter_minutes: Jitter = 0
    overlap: Overlap = Overlap.SKIP
    catch_up: CatchUp = CatchUp.SKIP


class PatchSchedule(Changes):
    """A change of some fields; the agent stays."""

    name: Name | None = None
    input: Input | None = None
    context: Context | None = None
    metadata: Metadata | None = None
    expression: Expression | None = None
    time_zone: Zone | None = None
    jitter_minutes: Jitter | None = None
    overlap: Overlap | None = None
    catch_up: CatchUp | None = None


class FiringReply(ApiReply):
    """What became of one time. `result`: started, skipped, missed, refused or stopped; `detail` says why."""

    at: str
    result: str
    run_id: str | None = None
    detail: str | None = None


class ScheduleReply(ApiReply):
    """A schedule. `nextRuns` are its next times, while it is active; `last` what became of the last one."""

    schedule_id: str
    name: str
    agent: str
    input: str
    context: dict[str, Any] | None = None
    metadata: dict[str, Any] | None = None
    expression: str
    time_zone: str
    jitter_minutes: int
    overlap: Overlap
    catch_up: CatchUp
    status: Status
    stopped_because: str | None = None
    created_by: str
    created_at: str
    updated_at: str
    last: FiringReply | None = None
    next_runs: list[str]


class ScheduleDetail(ScheduleReply):
    """With what became of its latest times, newest first."""

    history: list[FiringReply]


class SchedulePage(ApiReply):
    """Part of the tenant's schedules, newest first."""

    items: list[ScheduleReply]
    next_cursor: str | None = None


class Preview(ApiReply):
    """The next times, in UTC."""

    schedule_id: str
    times: list[str]


class PreviewTimes(ApiModel):
    """When a schedule would run; nothing is made."""

    expression: Expression
    time_zone: Zone = "UTC"
    limit: Annotated[int, Field(ge=1, le=MOST_PREVIEWED, description="How many times.")] = 5


class Times(ApiReply):
    """The next times of an expression, in UTC; fewer than were asked for when it ends."""

    times: list[str]


class Told(ApiReply):
    """A time that was told out of turn."""

    schedule_id: str
    at: str
