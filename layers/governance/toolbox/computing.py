"""`calculator` and `time`: what needs nobody's data."""

from datetime import datetime
from typing import Annotated, Any, Final

from pydantic import Field

from governance.toolbox.arguments import ToolArguments, ToolResult
from governance.toolbox.arithmetic import FUNCTIONS, MOST_CHARACTERS, evaluate
from platform_kit.clock import rfc3339

_ZONE: Final = r"^[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+){0,2}$"


class Calculate(ToolArguments):
    """A sum: decimal numbers, + - * / // % **, parentheses and a few functions."""

    expression: Annotated[
        str,
        Field(
            min_length=1,
            max_length=MOST_CHARACTERS,
            description=f"For example `round(1234.5 * 0.19, 2)`. Functions: {', '.join(FUNCTIONS)}.",
        ),
    ]

    def told(self) -> dict[str, Any]:
        """What the event log keeps: how long it is, for numbers are the tenant's."""
        return {"characters": len(self.expression)}


class Calculated(ToolResult):
    """What it comes to, in decimal notation; `exact` is false when it had to be rounded."""

    result: str
    exact: bool

    def told(self) -> dict[str, Any]:
        """What the event log keeps."""
        return {"exact": self.exact}

    def summary(self) -> str:
        """The number."""
        return self.result if self.exact else f"{self.result} (rounded)"


class AskTime(ToolArguments):
    """Whose clock: an IANA time zone."""

    zone: Annotated[str, Field(max_length=64, pattern=_ZONE, description="For example `Europe/Berlin`.")] = "UTC"


class TimeTold(ToolResult):
    """The present moment: in UTC, in the zone with its offset, as seconds since 1970, and the day of the week there."""

    utc: str
    local: str
    zone: str
    weekday: str
    unix_seconds: int

    def summary(self) -> str:
        """The moment in the zone."""
        return f"{self.weekday}, {self.local} ({self.zone})"


def calculate(wanted: Calculate) -> Calculated:
    """Compute a sum; BadExpression, a ValueError, for one that cannot be."""
    found = evaluate(wanted.expression)
    return Calculated(result=found.text, exact=found.exact)


def tell_time(wanted: AskTime, now: datetime) -> TimeTold:
    """The moment `now` in a zone; ValueError for a zone that there is not."""
    local = now.astimezone(_zone(wanted.zone))
    return TimeTold(
        utc=rfc3339(now),
        local=local.isoformat(timespec="seconds"),
        zone=wanted.zone,
        weekday=_WEEKDAYS[local.weekday()],
        unix_seconds=int(now.timestamp()),
    )


_WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def _zone(name: str) -> Any:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, OSError, ValueError):
        raise ValueError("There is no such time zone; give an IANA name, such as Europe/Berlin.") from None
