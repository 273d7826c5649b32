"""Runs that nobody leads any more: those that can are brought back to work, the others end and are settled."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, Protocol

from data_access_lib.errors import ResidencyViolation, RunClosed
from data_access_lib.tenant import TenantContext, TenantId
from governance.approvals import Status
from governance.run_state import LIVE, RunStatus
from lambdas.jobs.ends import AGENT_LOST, LOST
from lambdas.jobs.recovering import ACTING_SECONDS, Recovery
from lambdas.jobs.service import PRINCIPAL
from platform_kit.clock import Clock
from platform_kit.observability import count, logger
from run_lifecycle import lead
from run_lifecycle.outcome import Run
from run_lifecycle.start import lease_until
from run_lifecycle.store import OpenStore, TenantStore
from run_lifecycle.workflows import RunWorkflows

_CAUSE: Final = "The agent gave no sign of life."


class WaitingTask(Protocol):
    """A task of the run workflow that waits with a token."""

    def go_on(self) -> bool:
        """Let the workflow look again; False when it does not wait any more."""
        ...

    def fail(self, error: str, cause: str) -> bool:
        """Fail it; False when it does not wait any more."""
        ...


class TenantsToWalk(Protocol):
    """All tenants, page by page."""

    def list(self, *, limit: int = 50, after: str | None = None) -> Any: ...  # noqa: D102 - as in TenantRecords


@dataclass(frozen=True)
class Reaper:
    """Looks at every open run whose lease has passed, at every one that waits for people, and at approvals' time."""

    open_store: OpenStore
    recovery: Recovery
    tasks: Callable[[str], WaitingTask]
    workflows: RunWorkflows
    tenants: Callable[[], TenantsToWalk]
    clock: Clock

    def reap(self, tenant_id: str | None) -> list[str]:
        """End what is lost and bring back what is not, of one tenant or all; the ids of the runs that were ended.

        A tenant or a run that cannot be seen to holds up no other; the first of such failures is raised afterwards.
        """
        tenants = [tenant_id] if tenant_id else self._all_tenants()
        failures: list[Exception] = []
        reaped = [run_id for tenant in tenants for run_id in self._reap_if_here(tenant, failures)]
        if failures:
            raise failures[0]
        return reaped

    def _reap_if_here(self, tenant_id: str, failures: list[Exception]) -> list[str]:
        """What is ended of a tenant; nothing of one whose data is kept elsewhere."""
        try:
            return list(self._reap_tenant(tenant_id, failures))
        except ResidencyViolation:
            logger().warning("a tenant of another region is passed over", tenant_id=tenant_id)
        except Exception as failure:  # noqa: BLE001 - whatever is wrong with one tenant, the others' runs are lost too
            _note(failure, failures, tenant_id)
        return []

    def _reap_tenant(self, tenant_id: str, failures: list[Exception]) -> Iterator[str]:
        store = self.open_store(TenantContext(TenantId(tenant_id), PRINCIPAL))
        for status in sorted(LIVE):
            for run in _all_runs(store, status.value):
                try:
                    if self._is_lost(run, store) and not self._brought_back(run, store):
                        yield run["runId"]
                except Exception as failure:  # noqa: BLE001 - as above
                    _note(failure, failures, tenant_id, run["runId"])
        _expire_approvals(store)

    def _is_lost(self, run: Run, store: TenantStore) -> bool:
        """Whether nobody has led it for longer than may be, or it waits for what is decided."""
        now = int(self.clock.now().timestamp())
        return int(run.get("leaseUntil") or now) < now or self._decided(run, store)

    def _decided(self, run: Run, store: TenantStore) -> bool:
        """Whether people have decided about what a run waits for, and nobody told it."""
        if run["status"] != RunStatus.AWAITING_APPROVAL:
            return False
        record = store.approvals.find(str(run.get("pendingApproval")))
        return record is None or record["status"] != Status.PENDING

    def _brought_back(self, run: Run, store: TenantStore) -> bool:
        """Whether the run goes on; what cannot is ended here."""
        try:
            return self._told(run, store) or self._led_again(run, store)
        except RunClosed:
            return True  # it ended in this moment, and not by us

    def _told(self, run: Run, store: TenantStore) -> bool:
        """Whether its workflow waits still, and has been told to look after it."""
        if not run.get("taskToken"):
            return False
        task = self.tasks(str(run["taskToken"]))
        waits = run["status"] == RunStatus.AWAITING_APPROVAL
        if not (task.go_on() if waits else task.fail(AGENT_LOST, _CAUSE)):
            return False
        self._keep(run, store)
        count("RunRescued", how="told")
        return True

    def _led_again(self, run: Run, store: TenantStore) -> bool:
        """Whether it has a workflow again; one that never had one, or cannot go on, is over."""
        if run["agentMode"] != "async" or not run.get("taskToken"):
            self._end(run, store)
            return False
        following = self.recovery.lost(run, store)
        if following == lead.OVER:
            count("RunReaped", agent=run["agent"])
            return False
        name = f"{run['runId']}-{run['leaseUntil']}"
        self.workflows.start(store.context.tenant_id, run, following, name=name)
        self._keep(run, store, execution=name)
        count("RunRescued", how="led_again")
        return True

    def _keep(self, run: Run, store: TenantStore, **fields: Any) -> None:
        """Leave it alone while its workflow acts."""
        lease = lease_until(self.clock.now(), ACTING_SECONDS)
        store.runs.amend(run["runId"], {"leaseUntil": lease, **fields})

    def _end(self, run: Run, store: TenantStore) -> None:
        self.recovery.conductor.end(run, LOST, store)
        count("RunReaped", agent=run["agent"])

    def _all_tenants(self) -> Iterator[str]:
        after: str | None = None
        while True:
            page = self.tenants().list(after=after)
            yield from (tenant["tenantId"] for tenant in page.items)
            after = page.next_id
            if after is None:
                return


def _expire_approvals(store: TenantStore) -> None:
    """Write down whose time is over although nobody has looked: what is told of it is read off that."""
    for record in store.approvals.overdue():
        if store.approvals.expire(record):
            count("ApprovalExpired", kind=str(record["kind"]))


def _note(failure: Exception, failures: list[Exception], tenant_id: str, run_id: str | None = None) -> None:
    logger().error("runs could not be reaped", exc_info=failure, tenant_id=tenant_id, run_id=run_id)
    count("ReapFailed")
    failures.append(failure)


def _all_runs(store: TenantStore, status: str) -> Iterator[Run]:
    after: str | None = None
    while True:
        page = store.runs.list(limit=100, after=after, status=status)
        yield from page.items
        after = page.next_id
        if after is None:
            return
