"""How long a run has given no sign of life, whoever was told of it: what nobody moves is stuck."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from run_lifecycle.outcome import Run

SILENT_SINCE: Final = "silentSince"
"""On a run's record, in epoch seconds: when the lease ended that the reaper prolonged; gone with the next attempt."""
MOST_SILENT: Final = 100


def silent_seconds(run: Mapping[str, Any], now: datetime) -> int:
    """For how long, in whole seconds; 0 while the run's lease lasts and the reaper has not prolonged it."""
    at = int(now.timestamp())
    until = run.get(SILENT_SINCE) or run.get("leaseUntil")
    return 0 if until is None else max(0, at - int(until))


@dataclass(frozen=True)
class Silent:
    """A run that is silent, without anything that was said in it."""

    tenant_id: str
    run_id: str
    job_id: str | None
    agent: str
    status: str
    seconds: int

    @classmethod
    def of(cls, tenant_id: str, run: Run, now: datetime) -> "Silent":
        """A run as it stands at a moment."""
        job = str(run["jobId"]) if run.get("jobId") else None
        return cls(tenant_id, run["runId"], job, run["agent"], run["status"], silent_seconds(run, now))

    def as_dict(self) -> dict[str, Any]:
        """As operators are told."""
        return {
            "tenantId": self.tenant_id,
            "runId": self.run_id,
            "jobId": self.job_id,
            "agent": self.agent,
            "status": self.status,
            "silentSeconds": self.seconds,
        }
