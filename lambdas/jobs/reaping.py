"""Runs that nobody leads any more: those that can are brought back to work, the others end and are settled."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, Protocol

from data_access_lib.errors import ResidencyViolation, RunClosed
from data_access_lib.tenant import TenantContext, TenantId
from governance.approvals import Status
from governance.run_state import LIVE, RunStatus, is_terminal
from lambdas.jobs.ends import AGENT_LOST, LOST
from lambdas.jobs.recovering import ACTING_SECONDS, Recovery
from lambdas.jobs.service import PRINCIPAL
from lambdas.jobs.silence import MOST_SILENT, SILENT_SINCE, Silent, silent_seconds
from platform_kit.clock import Clock
from platform_kit.observability import count, duration_ms, logger
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
        ended: list[str] = []
        failures: list[Exception] = []
        oldest = 0
        for store, run in self._open_runs(tenant_id, failures, then=_expire_approvals):
            if self._look_after(run, store, failures):
                oldest = max(oldest, silent_seconds(run, self.clock.now()))
            else:
                ended.append(run["runId"])
        if tenant_id is None:
            duration_ms("OldestSilentRun", oldest * 1000.0)
        if failures:
            raise failures[0]
        return ended

    def silent(self) -> list[Silent]:
        """Runs of all tenants that gave no sign of life for longer than they may, the longest silent first."""
        now = self.clock.now()
        found = [Silent.of(store.context.tenant_id, run, now) for store, run in self._open_runs(None, [])]
        return sorted((one for one in found if one.seconds), key=lambda one: -one.seconds)[:MOST_SILENT]

    def give_up(self, tenant_id: str, run_id: str) -> str:
        """End a silent run that cannot be brought back; one that is not silent is left alone. The run's status."""
        store = self._store(tenant_id)
        run = store.runs.get(run_id, consistent=True)
        if is_terminal(run["status"]) or not silent_seconds(run, self.clock.now()):
            return str(run["status"])
        self._end(run, store)
        self.recovery.conductor.stop(run, store)
        return str(store.runs.get(run_id, consistent=True)["status"])

    def _open_runs(
        self, tenant_id: str | None, failures: list[Exception], then: Callable[[TenantStore], None] | None = None
    ) -> Iterator[tuple[TenantStore, Run]]:
        """The runs that go on, of one tenant or all but those whose data is kept elsewhere; `then` for each tenant."""
        for tenant in [tenant_id] if tenant_id else self._all_tenants():
            try:
                store = self._store(tenant)
                for status in sorted(LIVE):
                    yield from ((store, run) for run in _all_runs(store, status.value))
                if then is not None:
                    then(store)
            except ResidencyViolation:
                logger().warning("a tenant of another region is passed over", tenant_id=tenant)
            except Exception as failure:  # noqa: BLE001 - whatever is wrong with one tenant, the others' runs are lost too
                _note(failure, failures, tenant_id=tenant)

    def _look_after(self, run: Run, store: TenantStore, failures: list[Exception]) -> bool:
        """Whether the run goes on; one that cannot be looked after is as old as it is, and its age tells of it."""
        try:
            now = int(self.clock.now().timestamp())
            late = int(run.get("leaseUntil") or now) < now
            return not (late or self._decided(run, store)) or self._brought_back(run, store)
        except Exception as failure:  # noqa: BLE001 - as above
            _note(failure, failures, tenant_id=store.context.tenant_id, run_id=run["runId"])
            return True

    def _store(self, tenant_id: str) -> TenantStore:
        return self.open_store(TenantContext(TenantId(tenant_id), PRINCIPAL))

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
        lease, since = lease_until(self.clock.now(), ACTING_SECONDS), run.get(SILENT_SINCE) or run.get("leaseUntil")
        store.runs.amend(run["runId"], {"leaseUntil": lease, SILENT_SINCE: since, **fields})

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


def _note(failure: Exception, failures: list[Exception], **about: Any) -> None:
    logger().error("a tenant's runs, or one, could not be looked after", exc_info=failure, **about)
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
