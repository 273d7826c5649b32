"""What the doors work with for one run: its tenant's library, opened by nothing but the run token's binding."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from data_access_lib.client import TenantScopedBucket
from data_access_lib.errors import RunClosed, Superseded
from data_access_lib.repositories.files import Files
from data_access_lib.repositories.policies import Policies
from data_access_lib.repositories.runs import Runs
from data_access_lib.tenant import TenantContext
from enforcement.approvals import RunApprovals
from platform_kit.clock import Clock, rfc3339
from platform_kit.errors import Conflict
from platform_kit.identity import RunBinding
from platform_kit.observability import count
from run_lifecycle.outcome import Run
from run_lifecycle.store import TenantStore

_RUNNING: Final = "running"
_WAITING: Final = frozenset({"queued", "awaiting_approval", "paused", "retrying"})


def _nobody_waits(_run: Run) -> None:
    return


def _no_key() -> bytes:
    return b""


@dataclass(frozen=True)
class RunDesk:
    """One run of one tenant: the binding of its token, and the tenant-scoped repositories it may cause to be used.

    `tier` is the tenant's, as the authoriser read it. `wake` tells whoever waits for an asynchronous run that it is
    over. `hash_key` is a secret of the tenant's for guardrails that hash, b"" when it has none.
    """

    binding: RunBinding
    store: TenantStore
    policies: Policies
    tier: str
    clock: Clock
    wake: Callable[[Run], None] = _nobody_waits
    hash_key: Callable[[], bytes] = _no_key
    approvals: RunApprovals | None = None
    """Has calls decided by people; without it, what needs an approval is refused."""

    @property
    def tenant(self) -> TenantContext:
        """Whose run it is."""
        return self.store.context

    @property
    def runs(self) -> Runs:
        """The tenant's runs."""
        return self.store.runs

    @property
    def files(self) -> Files:
        """The tenant's files."""
        return self.store.files

    @property
    def objects(self) -> TenantScopedBucket:
        """The tenant's part of the bucket."""
        return self.store.bucket()

    def running(self) -> dict[str, Any]:
        """The run's record while it runs; RunClosed when it has ended, Conflict when it stands still.

        Superseded for an attempt that is not the run's latest.
        """
        run = self.runs.get(self.binding.run_id, consistent=True)
        if run["status"] in _WAITING:
            count("GatewayRefused", reason="run_not_running")
            raise Conflict(f"The run is {run['status']}; it takes calls only while it is running.")
        if run["status"] != _RUNNING:
            count("GatewayRefused", reason="run_ended")
            raise RunClosed(str(run["status"]))
        if int(run.get("attempt") or 1) != self.binding.attempt:
            count("GatewayRefused", reason="attempt_superseded")
            raise Superseded
        return run

    def now(self) -> str:
        """The present moment as records hold it."""
        return rfc3339(self.clock.now())

    def milliseconds(self) -> int:
        """The present moment in milliseconds since the epoch."""
        return int(self.clock.now().timestamp() * 1000)
