"""A canary: a share of an agent's sessions goes to a second version, until it is the first or is found to do worse.

Pure: who goes where follows from the session's name alone, so every process decides alike without asking, and what was
seen of both versions is a tally that adds up wherever it is counted.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from math import ceil, exp, fsum, lgamma, log2
from typing import Any, Final, NamedTuple

WHOLE: Final = 10_000
"""Weights are in hundredths of a percent."""
_STEPS: Final = 4
"""Latency buckets for each doubling: a bucket's bounds lie 19 % apart."""
_MOST_BUCKET: Final = 100
WINDOW: Final = timedelta(minutes=15)
"""What was seen lately is what was seen in this window and the one before it."""

ON: Final = "on"
ENDED: Final = "ended"
_APPROVED: Final = "approved"


class Part(StrEnum):
    """Which of a canary's two versions a run is of."""

    STABLE = "stable"
    CANDIDATE = "candidate"


class Reason(StrEnum):
    """Why a canary is ended."""

    ERRORS = "error_rate"
    LATENCY = "latency"
    GUARDRAILS = "guardrails"


@dataclass(frozen=True, slots=True)
class Canary:
    """Two versions and how many sessions of WHOLE go to the second. `salt` is new with every canary: its id.

    `approved_at` (RFC 3339) is which of its approvals the second version had when it began; None: whichever.
    """

    stable: str
    candidate: str
    weight: int
    salt: str
    approved_at: str | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.weight <= WHOLE or self.stable == self.candidate:
            raise ValueError(f"a canary has two versions and a weight of 0 to {WHOLE}")

    def version_of(self, session: str) -> str:
        """The version for a session: the same each time, and a higher weight takes sessions to the candidate only."""
        drawn = int.from_bytes(sha256(f"{self.salt}\n{session}".encode()).digest()[:8]) % WHOLE
        return self.candidate if drawn < self.weight else self.stable

    def admits(self, version: Mapping[str, Any]) -> bool:
        """Whether the candidate, as it is now, may get sessions: approved, and never taken back since it began."""
        same = self.approved_at is None or self.approved_at == version.get("approvedAt")
        return bool(version["status"] == _APPROVED and same)


@dataclass(frozen=True, slots=True)
class Share:
    """That a run belongs to a canary, and as which of its parts."""

    canary_id: str
    part: Part


@dataclass(frozen=True, slots=True)
class Tally:
    """What was seen of a version: finished runs, those that failed, those a guardrail blocked, latencies by bucket."""

    runs: int = 0
    failed: int = 0
    blocked: int = 0
    latencies: Mapping[int, int] = field(default_factory=dict)

    def plus(self, other: "Tally") -> "Tally":
        """Both together."""
        latencies = dict(self.latencies)
        for bucket, count in other.latencies.items():
            latencies[bucket] = latencies.get(bucket, 0) + count
        return Tally(self.runs + other.runs, self.failed + other.failed, self.blocked + other.blocked, latencies)

    def percentile(self, share: float) -> float:
        """The milliseconds that this share of runs stayed within, up to a bucket's width; 0 without runs."""
        wanted, seen = ceil(share * sum(self.latencies.values())), 0
        for bucket in sorted(self.latencies):
            seen += self.latencies[bucket]
            if seen >= wanted:
                return ceiling_of(bucket)
        return 0.0


class Tallies(NamedTuple):
    """What was seen of both versions."""

    stable: Tally
    candidate: Tally

    def plus(self, other: "Tallies") -> "Tallies":
        """Both together."""
        return Tallies(self.stable.plus(other.stable), self.candidate.plus(other.candidate))


class Seen(NamedTuple):
    """What was seen of both versions since the canary began, and lately."""

    whole: Tallies
    lately: Tallies


@dataclass(frozen=True, slots=True)
class Limits:
    """When a candidate does worse. Only what is unlikely by chance counts, and only what is bad enough to matter.

    `least_runs` of the candidate before latency is judged; `significance` of the one-sided exact test of rates;
    `more_failures` and `more_blocks` are shares by which it must be worse besides; `slower` is the ratio of the 95th
    percentiles and `slower_ms` their difference, both of which must be passed.
    """

    least_runs: int = 20
    significance: float = 0.01
    more_failures: float = 0.02
    more_blocks: float = 0.02
    slower: float = 1.5
    slower_ms: float = 250.0


LATELY: Final = Limits(100, significance=1e-5, more_failures=0.05, more_blocks=0.05, slower=2.0, slower_ms=500.0)
"""Stricter: a canary of days is judged in hundreds of windows, in each of which chance has its say anew."""


def window_of(moment: datetime) -> int:
    """The number of the window that a moment lies in."""
    return int(moment.timestamp() // WINDOW.total_seconds())


def going(kept: Mapping[str, Any] | None) -> Canary | None:
    """The canary that an instance's record says is on; None for one that has ended, or makes no sense."""
    if not kept or kept.get("status") != ON:
        return None
    try:
        versions, weight = (str(kept["stable"]), str(kept["candidate"])), int(kept["weight"])
        return Canary(*versions, weight, str(kept["canaryId"]), kept.get("candidateApprovedAt"))
    except (KeyError, TypeError, ValueError):
        return None


def ended(kept: Mapping[str, Any], by: str, reason: str, at: str) -> dict[str, Any]:
    """The record of a canary that takes no session any more; `at` as RFC 3339."""
    return {**kept, "status": ENDED, "weight": 0, "endedBy": by, "reason": reason, "endedAt": at}


def one(*, failed: bool, blocked: bool, milliseconds: float) -> Tally:
    """The tally of one finished run."""
    return Tally(1, int(failed), int(blocked), {bucket_of(milliseconds): 1})


def bucket_of(milliseconds: float) -> int:
    """The bucket a latency falls into; the last takes everything longer."""
    return min(max(0, ceil(_STEPS * log2(max(1.0, milliseconds)))), _MOST_BUCKET)


def ceiling_of(bucket: int) -> float:
    """The longest latency of a bucket, in milliseconds."""
    return float(2 ** (bucket / _STEPS))


def failing(stable: Tally, candidate: Tally, limits: Limits | None = None) -> Reason | None:
    """Why the candidate must go back, None while it does as well as can be told from what was seen."""
    bounds = limits or Limits()
    failures = (stable.failed, candidate.failed)
    if _worse(stable, candidate, failures, bounds.more_failures, bounds.significance):
        return Reason.ERRORS
    blocks = (stable.blocked, candidate.blocked)
    if _worse(stable, candidate, blocks, bounds.more_blocks, bounds.significance):
        return Reason.GUARDRAILS
    if min(stable.runs, candidate.runs) >= bounds.least_runs and _slower(stable, candidate, bounds):
        return Reason.LATENCY
    return None


def convicted(seen: Seen) -> tuple[Reason, Tallies] | None:
    """Why the candidate must go back and by which tallies; None while it does as well as can be told.

    What was seen lately finds one that was good for long and goes bad then. Where the other version had no run lately,
    as beside a candidate that has all sessions, its runs since the beginning are what there is to compare with.
    """
    reason = failing(*seen.whole)
    if reason is not None:
        return reason, seen.whole
    stable = seen.lately.stable if seen.lately.stable.runs else seen.whole.stable
    lately = Tallies(stable, seen.lately.candidate)
    reason = failing(*lately, LATELY) if stable.runs else None
    return None if reason is None else (reason, lately)


def chance(stable: tuple[int, int], candidate: tuple[int, int]) -> float:
    """How likely so many or more of the candidate's runs are bad if both versions are alike: Fisher's exact test.

    Each is (bad, all). Source: R. A. Fisher, Statistical Methods for Research Workers, §21.02.
    """
    (bad_stable, all_stable), (bad_candidate, all_candidate) = stable, candidate
    bad = bad_stable + bad_candidate
    least, most = max(bad_candidate, bad - all_stable), min(bad, all_candidate)
    whole = _ways(all_stable + all_candidate, bad)
    tables = (exp(_ways(all_candidate, k) + _ways(all_stable, bad - k) - whole) for k in range(least, most + 1))
    return min(1.0, fsum(tables))


def _ways(all_of: int, chosen: int) -> float:
    """The logarithm of a binomial coefficient: of a hundred thousand runs the number itself has thousands of digits."""
    return lgamma(all_of + 1) - lgamma(chosen + 1) - lgamma(all_of - chosen + 1)


def _worse(stable: Tally, candidate: Tally, bad: tuple[int, int], margin: float, significance: float) -> bool:
    if not candidate.runs or bad[1] / candidate.runs <= bad[0] / max(1, stable.runs) + margin:
        return False
    return chance((bad[0], stable.runs), (bad[1], candidate.runs)) < significance


def _slower(stable: Tally, candidate: Tally, limits: Limits) -> bool:
    before, now = stable.percentile(0.95), candidate.percentile(0.95)
    return now > before * limits.slower and now - before > limits.slower_ms
