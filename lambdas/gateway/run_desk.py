"""What the gateway works with for one run: its tenant's library, opened by nothing but the run token's binding."""

from dataclasses import dataclass
from typing import Any, Final

from data_access_lib.client import TenantScopedBucket
from data_access_lib.errors import RunClosed
from data_access_lib.repositories.files import Files
from data_access_lib.repositories.runs import Runs
from data_access_lib.tenant import TenantContext
from platform_kit.clock import Clock, rfc3339
from platform_kit.errors import Conflict
from platform_kit.identity import RunBinding
from platform_kit.observability import count

_RUNNING: Final = "running"
_WAITING: Final = frozenset({"queued", "awaiting_approval", "paused", "retrying"})


@dataclass(frozen=True)
class RunDesk:
    """One run of one tenant: the binding of its token, and the tenant-scoped repositories it may cause to be used."""

    binding: RunBinding
    tenant: TenantContext
    runs: Runs
    files: Files
    objects: TenantScopedBucket
    clock: Clock

    def running(self) -> dict[str, Any]:
        """The run's record while it runs; RunClosed when it has ended, Conflict when it stands still."""
        run = self.runs.get(self.binding.run_id, consistent=True)
        if run["status"] in _WAITING:
            count("GatewayRefused", reason="run_not_running")
            raise Conflict(f"The run is {run['status']}; it takes calls only while it is running.")
        if run["status"] != _RUNNING:
            count("GatewayRefused", reason="run_ended")
            raise RunClosed(str(run["status"]))
        return run

    def now(self) -> str:
        """The present moment as records hold it."""
        return rfc3339(self.clock.now())
