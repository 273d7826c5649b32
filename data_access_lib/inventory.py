"""Every kind of partition there is, once: what a tenant's export takes along and what its deletion leaves.

A contract test reads the kinds that `keys` can build and fails when one is missing here. Finding a tenant's items
needs no entry: `belongings` finds them by the roll. What the entry says is what becomes of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from data_access_lib import keys

if TYPE_CHECKING:
    from data_access_lib.tenant import TenantId

Table = Literal["control", "runs", "ops", "ledger"]
TABLES: Final[tuple[Table, ...]] = ("control", "runs", "ops", "ledger")
_IDENTITY: Final = "who may enter is said anew in each tenant: its issuers vouch for other principals"
_STATE: Final = "the state of a moment"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of a tenant's own partitions.

    `single` is true when a tenant has one partition of it, named by the kind alone, or one for each of four shards.
    `not_exported` and `not_imported` say why, "" that it is; `kept` why it outlives the tenant, "" that it does not.
    """

    name: str
    table: Table
    holds: str
    single: bool = False
    sharded: bool = False
    not_exported: str = ""
    not_imported: str = ""
    kept: str = ""

    def partitions(self, tenant_id: TenantId) -> list[str]:
        """The partitions of this kind that are known by name: none of a kind that has one for each of its entities."""
        return keys.whole_partitions(tenant_id, self.name, sharded=self.sharded) if self.single else []


KINDS: Final = (
    Kind("INSTANCE", "control", "agents as the tenant runs them", single=True),
    Kind("USER", "control", "members", single=True, not_imported=_IDENTITY),
    Kind("MEMBER", "control", "memberships by principal", not_imported=_IDENTITY),
    Kind("INVITE", "control", "invites", single=True, not_imported=_IDENTITY),
    Kind("APIKEY", "control", "API keys, without their secrets", single=True, not_imported=_IDENTITY),
    Kind("AWSCALLER", "control", "AWS roles that may call", single=True, not_imported=_IDENTITY),
    Kind("POLICY", "control", "policies that narrow what agents may do, every version"),
    Kind("POLICYBINDING", "control", "which policy binds which agent, as it is in force", single=True),
    Kind("MODEL", "control", "what the tenant says of the models its agents may use", single=True),
    Kind("POOL", "control", "shared budgets", single=True),
    Kind(
        *("KILLSWITCH", "control", "what the tenant has stopped"), single=True, not_imported="it was stopped elsewhere"
    ),
    Kind(
        *("WEBHOOK", "control", "webhook endpoints, with their secrets"),
        single=True,
        not_imported="an endpoint shows anew that it wants another tenant's events",
    ),
    Kind(
        *("DATAKEY", "control", "data keys, wrapped by the tenant's KMS key"),
        single=True,
        not_exported="they are wrapped by a key that stays here: content is exported opened",
    ),
    Kind(
        *("SCHEDULE", "control", "schedules of runs"),
        single=True,
        not_imported="they run as principals of the tenant that they were made in",
    ),
    Kind("FIRING", "ops", "what became of each time of a schedule", not_imported="it happened elsewhere"),
    Kind("RUN", "runs", "runs and their events"),
    Kind("JOB", "runs", "the way from a job to its run"),
    Kind("SESSION", "runs", "conversations and their history"),
    Kind("FILE", "runs", "records of files"),
    Kind(
        *("APPROVAL", "runs", "what was held for approval, and who decided"),
        not_imported="they were given in another tenant, and hold for no other",
    ),
    Kind("EVENTLOG", "runs", "events as they were told", single=True, not_imported="they happened elsewhere"),
    Kind("EVENTMARK", "runs", "what was told once, such as thresholds of budgets", single=True, not_exported=_STATE),
    Kind("DELIVERY", "runs", "what was sent to webhook endpoints, and answered", not_imported="it was sent elsewhere"),
    Kind("IDEM", "ops", "answers to repeated requests", not_exported=f"{_STATE}: 24 hours"),
    Kind(
        *("BUDGET", "ops", "what may still be spent in a month"),
        single=True,
        sharded=True,
        not_imported="a new tenant has a budget of its own",
    ),
    Kind("POOLMONTH", "ops", "what is used of shared budgets in a month", not_imported="a new tenant has used nothing"),
    Kind("RATE", "ops", "token buckets", not_exported=_STATE),
    Kind("RUNNING", "ops", "how many runs are going", single=True, not_exported=_STATE),
    Kind("KEYUSE", "ops", "use of API keys", single=True, not_imported=_IDENTITY),
    Kind(
        "OPERATION", "ops", "long operations the tenant began", single=True, not_imported="they were another tenant's"
    ),
    Kind(
        *("AUDITHEAD", "ops", "where the audit chain ends: a number and a hash"),
        single=True,
        not_imported="a new tenant has a chain of its own",
        kept="with the audit chain, which it ends",
    ),
    Kind(
        *("AUDITDETAIL", "ops", "what audit entries are about, with the principals' names"),
        single=True,
        not_imported="a new tenant has a chain of its own",
    ),
    Kind(
        *("AUDITEVENT", "ops", "which events of runs are entered in the audit chain"),
        single=True,
        not_exported="numbers alone: the entries themselves are exported",
    ),
    Kind("SECURITY", "ops", "security events", not_imported="they happened elsewhere"),
    Kind("INCIDENT", "ops", "incidents", single=True, not_imported="they happened elsewhere"),
    Kind("TIMELINE", "ops", "what happened in each incident", not_imported="it happened elsewhere"),
    Kind("HOLD", "ops", "which agents are held back, and why", single=True, not_imported="they were held elsewhere"),
    Kind(*("HOLDBAR", "ops", "what a start of a held agent meets"), single=True, sharded=True, not_exported=_STATE),
    Kind("WEBHOOKGATE", "ops", "which webhook endpoints are spared for a while", single=True, not_exported=_STATE),
    Kind("CANARY", "ops", "what was seen of canaries: counts by version", single=True, not_exported=_STATE),
    Kind(
        *("AUDIT", "ledger", "the audit chain: pseudonyms, actions, ids, hashes"),
        single=True,
        not_imported="a new tenant has a chain of its own",
        kept="audit entries are kept as the law wants; they name principals by pseudonym, and the details are erased",
    ),
)
"""The kinds of a tenant's own partitions."""

INDEX_KINDS: Final = frozenset(
    {"ROLL", "RUNS", "JOBS", "SESSIONS", "FILES", "POLICIES", "APPROVALS", "VERSION_ID", "EVALUATIONS"}
)
"""Kinds that stand in an index only: they go with the items that put themselves there."""

PLATFORM_KINDS: Final = {
    "TENANT": "the record stays as a tombstone: the id is not given out again",
    "ISSUER": "those bound to the tenant are removed",
    "CREDENTIAL": "those of the tenant's keys and AWS callers are removed",
    "TEMPLATE": "the platform's own",
    "VERSION": "the platform's own",
    "FLAG": "the platform's own; a rule may name a tenant's id",
    "KILLSWITCH": "the platform's own; a target may be a tenant's id",
    "TOOL": "the platform's own",
    "PACKKEY": "the platform's own",
    "TOOLPACK": "the platform's own",
    "TOOLPACKNAME": "the platform's own",
    "TOOLPACKVERSION": "the platform's own",
    "SUITE": "the platform's own",
    "SUITEVERSION": "the platform's own",
    "EVALUATION": "the platform's own: what versions have shown before they were promoted",
    "EVALCASE": "the platform's own: what agents answered in the evaluation tenant; it has nothing of any customer's",
    "CERTIFICATION": "the platform's own: who vouches for a version",
    "PROMOTIONAPPROVAL": "the platform's own: who approved a version's promotion",
    "PROMOTIONOVERRIDE": "the platform's own: who promoted a version past its gates, and why",
    "OPERATION": "kept: what operators had done, with the certificate",
    "BREAKGLASS": "kept for 400 days: what operators opened, and why, outlives the tenant they looked at",
    "CIRCUIT": "the platform's own: whether a provider's model answers; it has nothing of any tenant's",
    "LOCK": "the platform's own: who changes what at this moment, and a count",
    "RUNTIMEROUTE": "the platform's own: in which region agents run, and by which operator it was said",
    "RUNTIMEHEALTH": "the platform's own: how a region's runtime answers; it has nothing of any tenant's",
    "DEADLETTER": "the platform's own, for 15 days: which messages were done again; ids of messages and of operators",
    "BFFSESSION": "expire within a day; the tenant's status closes them at once",
    "INCIDENTEPOCH": "the platform's own: a number alone",
    "INCIDENT": "kept for 400 days: what operators had to look at",
    "TIMELINE": "kept for 400 days: what happened in those incidents, by principal id",
    "SECURITY": "kept for 400 days: evidence of attempts, by principal id",
    "IDEM": "answers to operators, for 24 hours",
    "AUDIT": "kept: the platform's own chain",
    "AUDITHEAD": "kept: the end of the platform's own chain",
    "AUDITDETAIL": "kept: the details of the platform's own chain",
}
"""The kinds of the platform's partitions, and what becomes of a tenant's items there when it is deleted."""

SECRETS: Final = frozenset(
    {"digest", "secrets", "secretDigest", "tokenDigest", "codeDigest", "usageKey", "taskToken", "token"}
)
"""Attributes that no export shows, whatever item they are in."""

_BY_NAME: Final = {kind.name: kind for kind in KINDS}


def kind(name: str) -> Kind:
    """The kind of this name; LookupError when the inventory lacks it."""
    return _BY_NAME[name]
