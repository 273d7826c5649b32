"""A tenant's data as the life of a run needs it: one bundle of repositories, bound to one tenant and principal."""

from collections.abc import Callable
from dataclasses import dataclass

from data_access_lib.client import TenantScopedBucket, TenantScopedTable, TenantTransaction
from data_access_lib.data_keys import Keyrings
from data_access_lib.repositories.approvals import Approvals
from data_access_lib.repositories.audit import AuditLog
from data_access_lib.repositories.budgets import Budgets
from data_access_lib.repositories.canaries import Canaries
from data_access_lib.repositories.files import Files
from data_access_lib.repositories.holds import Holds
from data_access_lib.repositories.idempotency import Idempotency
from data_access_lib.repositories.incidents import Incidents
from data_access_lib.repositories.instances import Instances
from data_access_lib.repositories.policies import Policies
from data_access_lib.repositories.pools import PoolDefinitions, Pools
from data_access_lib.repositories.rates import RateBuckets
from data_access_lib.repositories.recordings import Recordings
from data_access_lib.repositories.replays import Replays
from data_access_lib.repositories.run_checkpoints import RunCheckpoints
from data_access_lib.repositories.runs import Runs
from data_access_lib.repositories.sessions import Sessions
from data_access_lib.repositories.webhooks import Webhooks
from data_access_lib.sessions import TenantSessions
from data_access_lib.signals import AccessSignals
from data_access_lib.tenant import TenantContext
from governance.incidents import Fact
from platform_kit.clock import Clock
from run_lifecycle.guarding import HASHING


@dataclass(frozen=True)
class TenantStore:
    """The repositories of one tenant. `transaction` spans all its tables; `bucket` is made when first asked for.

    `hash_key` is a secret of the tenant's for guardrails that hash, b"" when it has none. `audit` opens the tenant's
    audit log for a service of this name; None: whoever holds this store ends no canary.
    """

    context: TenantContext
    runs: Runs
    checkpoints: RunCheckpoints
    recordings: Recordings
    replays: Replays
    approvals: Approvals
    sessions: Sessions
    files: Files
    answers: Idempotency
    budgets: Budgets
    pools: Pools
    pool_definitions: PoolDefinitions
    rates: RateBuckets
    instances: Instances
    incidents: Incidents
    holds: Holds
    policies: Policies
    canaries: Canaries
    webhooks: Webhooks
    hash_key: Callable[[], bytes]
    transaction: Callable[[], TenantTransaction]
    bucket: Callable[[], TenantScopedBucket]
    audit: Callable[[str], AuditLog] | None = None
    tell_operators: Callable[[Fact], None] | None = None


OpenStore = Callable[[TenantContext], TenantStore]


@dataclass(frozen=True)
class StoreNames:
    """Where the data is; `ledger_table` for those who end canaries."""

    control_table: str
    runs_table: str
    ops_table: str
    tenant_bucket: str
    ledger_table: str | None = None


def store_opener(names: StoreNames, sessions: TenantSessions, signals: AccessSignals, clock: Clock) -> OpenStore:
    """Opens a tenant's store with credentials and keys that reach that tenant only; they are cached for all stores."""
    keyrings = Keyrings(sessions, names.control_table, signals)

    def open_store(context: TenantContext) -> TenantStore:
        client, content = sessions.dynamodb(context.tenant_id), keyrings.content(context)

        def table(name: str) -> TenantScopedTable:
            return TenantScopedTable(client, name, context, signals, content=content)

        def bucket() -> TenantScopedBucket:
            s3 = sessions.s3(context.tenant_id)
            return TenantScopedBucket(s3, names.tenant_bucket, context, signals, content=content)

        def audit(principal_id: str) -> AuditLog:
            acting = TenantContext(context.tenant_id, principal_id)
            ledger, heads = (
                TenantScopedTable(client, name, acting, signals) for name in (names.ledger_table or "", names.ops_table)
            )
            return AuditLog(ledger, heads, clock)

        runs, ops, control = table(names.runs_table), table(names.ops_table), table(names.control_table)
        return TenantStore(
            context=context,
            runs=Runs(runs, clock),
            checkpoints=RunCheckpoints(runs, bucket, clock),
            recordings=Recordings(runs, bucket, clock),
            replays=Replays(runs, clock),
            approvals=Approvals(runs, clock),
            sessions=Sessions(runs, clock),
            files=Files(runs, clock),
            answers=Idempotency(ops, clock),
            budgets=Budgets(ops, clock),
            pools=Pools(ops, clock),
            pool_definitions=PoolDefinitions(control),
            rates=RateBuckets(ops),
            instances=Instances(control),
            incidents=Incidents(ops),
            holds=Holds(ops),
            policies=Policies(control),
            canaries=Canaries(ops),
            webhooks=Webhooks(control),
            hash_key=lambda: keyrings.secret(context, HASHING),
            transaction=runs.transaction,
            bucket=bucket,
            audit=audit if names.ledger_table else None,
            tell_operators=signals.happened,
        )

    return open_store
