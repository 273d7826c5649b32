"""In which of two regions agents run: when to leave one that does not answer, and when to come back. Pure (ADR 0097).

    home --FAILURES over `failing` seconds, none answered between--> standby
    standby --home answered every look for `stable` seconds--> home

It takes seconds to leave and minutes to come back, and after each departure twice as long as after the one before: a
region that comes and goes is not followed. An operator's switch holds until an operator takes it back.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

FAILURES: Final = 5
"""Failures in a row, of any function, that a departure takes."""
WINDOW_MS: Final = 60_000
"""Failures further apart than this are no series; nor is one that ended longer ago."""
LOOK_MS: Final = 180_000
"""Looks at a region further apart than this say nothing of the time between."""
_MOST_DOUBLINGS: Final = 4
_FORGOTTEN_MS: Final = 24 * 3_600_000


@dataclass(frozen=True)
class Regions:
    """The stage's regions; `standby` is "" when it has one alone."""

    home: str
    standby: str = ""

    @property
    def all(self) -> tuple[str, ...]:
        """Home first."""
        return (self.home, self.standby) if self.standby else (self.home,)

    def other(self, region: str) -> str:
        """The one that is not this."""
        return self.standby if region == self.home else self.home


@dataclass(frozen=True)
class Thresholds:
    """Milliseconds: how long a region must fail before it is left, and home answer before it is taken again."""

    failing: int
    stable: int


@dataclass(frozen=True)
class Route:
    """Where agents run. `held`: by an operator, until one takes it back. `token` fences; 0: nobody ever switched.

    `switched` is when (epoch milliseconds), `failovers` how many departures there were of late.
    """

    active: str
    token: int = 0
    held: bool = False
    switched: int = 0
    failovers: int = 0

    @classmethod
    def of(cls, record: Mapping[str, Any] | None, home: str) -> "Route":
        """A stored route; `home` while nobody ever switched."""
        if record is None:
            return cls(home)
        return cls(
            active=str(record["active"]),
            token=int(record["token"]),
            held=bool(record.get("held")),
            switched=int(record.get("switchedAt") or 0),
            failovers=int(record.get("failovers") or 0),
        )

    def to(self, target: str, now: int, *, held: bool, automatic: bool) -> dict[str, Any]:
        """What a switch to a region writes."""
        lately = self.failovers if now - self.switched <= _FORGOTTEN_MS else 0
        return {
            "active": target,
            "held": held,
            "switchedAt": now,
            "failovers": lately + 1 if automatic and target != self.active else lately,
        }


@dataclass(frozen=True)
class Health:
    """How a region answers: failures in a row since `since`, the last at `last`; looks that went well since `well`.

    Epoch milliseconds; `looked` is the last look, `version` counts changes (0: there is no record).
    """

    failures: int = 0
    since: int = 0
    last: int = 0
    well: int = 0
    looked: int = 0
    version: int = 0

    @classmethod
    def of(cls, record: Mapping[str, Any] | None) -> "Health":
        """A stored one."""
        names = ("failures", "since", "last", "well", "looked", "version")
        return cls(**{name: int((record or {}).get(name) or 0) for name in names})

    def fields(self) -> dict[str, int]:
        """What is stored, besides the region and the version."""
        return {
            "failures": self.failures,
            "since": self.since,
            "last": self.last,
            "well": self.well,
            "looked": self.looked,
        }

    def failed(self, now: int) -> "Health":
        """After a call that the region's runtime did not take. It was not well either."""
        if not self.failures or now - self.last > WINDOW_MS:
            return replace(self, failures=1, since=now, last=now, well=0)
        return replace(self, failures=self.failures + 1, last=max(now, self.last), well=0)

    def answered(self) -> "Health":
        """After a call that it took: the series is broken."""
        return replace(self, failures=0, since=0, last=0)

    def seen(self, now: int, *, well: bool) -> "Health":
        """After a look at it."""
        goes_on = well and self.well > 0 and now - self.looked <= LOOK_MS
        return replace(self, looked=now, well=(self.well if goes_on else now) if well else 0)

    def failing(self, now: int, thresholds: Thresholds) -> bool:
        """Whether it is unavailable for good, as far as can be told."""
        lasted = self.last - self.since >= thresholds.failing
        return self.failures >= FAILURES and lasted and now - self.last <= WINDOW_MS

    def stable(self, now: int, span: int) -> bool:
        """Whether it has answered for a span, and still does."""
        return self.well > 0 and now - self.looked <= LOOK_MS and self.looked - self.well >= span


@dataclass(frozen=True)
class Move:
    """A switch that is due, and why."""

    target: str
    reason: str


def due(route: Route, regions: Regions, health: Mapping[str, Health], thresholds: Thresholds, now: int) -> Move | None:
    """The switch that is due by itself; None when things stay as they are."""
    if route.held or not regions.standby or route.active not in regions.all:
        return None
    home = health.get(regions.home, Health())
    if health.get(route.active, Health()).failing(now, thresholds):
        other = regions.other(route.active)
        if now - route.switched >= thresholds.failing and not _is_down(health.get(other, Health()), now):
            return Move(other, f"{route.active} does not answer")
        return None
    if route.active != regions.home and home.stable(now, span_of(route, thresholds)):
        return Move(regions.home, f"{regions.home} answers again")
    return None


def span_of(route: Route, thresholds: Thresholds) -> int:
    """How long home must answer before it is taken again, in milliseconds: doubled with each departure of late."""
    return int(thresholds.stable * 2 ** min(max(route.failovers - 1, 0), _MOST_DOUBLINGS))


def region_of(arn: str) -> str:
    """The region that an ARN names; "" for what is none."""
    parts = arn.split(":")
    return parts[3] if len(parts) > 5 else ""  # noqa: PLR2004 - arn:partition:service:region:account:resource


def runtime_in(version: Mapping[str, Any], region: str) -> str | None:
    """The version's runtime in a region; None when it has none there."""
    arns = (str(version.get(name) or "") for name in ("runtimeArn", "standbyRuntimeArn"))
    return next((arn for arn in arns if region_of(arn) == region), None)


def may_run_in(tenant: Mapping[str, Any], region: str) -> bool:
    """Whether a tenant's residency lets its agents run in a region: where its data is kept, and where it has agreed."""
    return region == tenant.get("residency") or region in (tenant.get("runtimeRegions") or ())


def _is_down(health: Health, now: int) -> bool:
    """Whether the last look at a region found that it does not answer."""
    return health.looked > 0 and now - health.looked <= LOOK_MS and health.well == 0
