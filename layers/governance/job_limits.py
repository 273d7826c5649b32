"""How long an asynchronous run may take, be silent and be begun again: what its agent declares, inside its plan."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

DEFAULT_HEARTBEAT_SECONDS: Final = 90
FEWEST_HEARTBEAT_SECONDS: Final = 5
MOST_HEARTBEAT_SECONDS: Final = 900
MOST_ATTEMPTS: Final = 10


@dataclass(frozen=True)
class JobLimits:
    """Bounds of one run: `seconds` of work in all, `heartbeat_seconds` of silence, `attempts` with the first one.

    Time in which it waits for people is no work.
    """

    seconds: int
    heartbeat_seconds: int = DEFAULT_HEARTBEAT_SECONDS
    attempts: int = 1


def job_limits(manifest: Mapping[str, Any], most_seconds: int) -> JobLimits:
    """The bounds of a run of the version that declares this, in a plan that includes runs of `most_seconds`."""
    return JobLimits(
        seconds=min(most_seconds, int(manifest.get("maxDurationSeconds") or most_seconds)),
        heartbeat_seconds=int(manifest.get("heartbeatSeconds") or DEFAULT_HEARTBEAT_SECONDS),
        attempts=int(manifest.get("maxAttempts") or 1),
    )
