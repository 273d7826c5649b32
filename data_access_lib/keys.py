"""Every key of every item and object, and nothing else builds one (a contract test looks).

A partition key is `TENANT#<owner>#<KIND>[#<shard or entity id>]`, in the table and in its index `gsi1`; platform-owned
items have the owner `platform`. IAM's leading-keys condition and `boundary` both rely on this shape (DESIGN, Data).
Ids are checked here, so that what reaches a key has no separator, no control character and a bounded length:
InvalidIdentifier otherwise.
"""

import hashlib
import re
import unicodedata
import zlib
from datetime import date
from typing import Final, NamedTuple

from data_access_lib.errors import InvalidIdentifier
from data_access_lib.tenant import PLATFORM, RESERVED, TenantId
from platform_kit.ids import is_id

SHARDS: Final = 4
LEADING_KEYS_OF_SESSION_TAG: Final = "TENANT#${aws:PrincipalTag/tenant}#*"
"""The value for IAM's `dynamodb:LeadingKeys` in a tenant role."""
OBJECTS_OF_SESSION_TAG: Final = "tenants/${aws:PrincipalTag/tenant}/*"
"""The resource suffix for S3 in a tenant role."""
LEADING_KEYS_OF_PLATFORM: Final = "TENANT#platform#*"
"""The value for IAM's `dynamodb:LeadingKeys` in a function's own role."""

_META: Final = "META"
_ARGUMENTS: Final = "ARGUMENTS"
_EVENT_PREFIX: Final = "EVENT#"
_RUN_PREFIX: Final = "RUN#"
_CHILDREN: Final = (_EVENT_PREFIX, _RUN_PREFIX)
_LEDGER: Final = frozenset({"AUDIT"})
_DATA_KEY_PREFIX: Final = "NUMBER#"
_VERSION_PREFIX: Final = "V#"
_EVERY_AGENT: Final = "*"
_STATE: Final = re.compile(r"[a-z]{1,20}")
_AGENT: Final = re.compile(r"[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?")
_MONTH: Final = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])", re.ASCII)
_OWNER: Final = re.compile(r"TENANT#([^#]+)#")
_KIND: Final = re.compile(r"TENANT#[^#]+#([A-Z_]+)")
_UNSAFE_IN_NAME: Final = re.compile(r"[^A-Za-z0-9._-]+")
_MAX_NAME: Final = 128
_MAX_SEQ: Final = 9_999_999_999
_MAX_AUDIT_SEQ: Final = 999_999_999_999
_MAX_DATA_KEY: Final = 2**32 - 1
_EXPORTED: Final = re.compile(r"manifest\.json|part-\d{6}\.jsonl", re.ASCII)
_DOCUMENT: Final = re.compile(r"tenants/[^/]+/runs/[^/]+/output\.json")
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_ISSUER_ID: Final = re.compile(r"[0-9a-f]{32}")
_MODEL_ALIAS: Final = re.compile(r"[a-z](?:[a-z0-9.-]{0,62}[a-z0-9])?")
_CIRCUIT: Final = re.compile(r"[a-z]{1,16}/[A-Za-z0-9][A-Za-z0-9._:-]{0,126}")
_TOOL: Final = re.compile(r"[a-z][a-z0-9_-]*(?:\.[a-z][a-z0-9_-]*)*")
_MAX_TOOL: Final = 64
_FLAG: Final = re.compile(r"[a-z](?:[a-z0-9.-]{0,61}[a-z0-9])?")
_SUITE: Final = re.compile(r"[a-z][a-z0-9_-]{0,63}")
_CASE: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_MAX_REPEAT: Final = 99


class Key(NamedTuple):
    """The primary key of an item."""

    pk: str
    sk: str


class IndexKey(NamedTuple):
    """An item's place in the index `gsi1`."""

    gsi1pk: str
    gsi1sk: str


def shard_of(entity_id: str) -> int:
    """The shard, 0 to 3, that spreads one tenant's items of a kind over partitions: CRC-32 of the id, mod 4."""
    return zlib.crc32(entity_id.encode()) % SHARDS


def tenant_of(pk: str) -> TenantId:
    """The owner named in a partition key, `PLATFORM` included; InvalidIdentifier when it has none."""
    match = _OWNER.match(pk)
    if match is None:
        raise InvalidIdentifier("key")
    return PLATFORM if match.group(1) == RESERVED else TenantId(match.group(1))


def owner_prefix(owner: TenantId) -> str:
    """What every partition key of this owner begins with; ends in the separator."""
    return f"TENANT#{owner}#"


def kind_of(pk: str) -> str:
    """The kind named in a partition key, such as `RUN`; InvalidIdentifier when it has none."""
    match = _KIND.match(pk)
    if match is None:
        raise InvalidIdentifier("key")
    return match.group(1)


def roll_partition(tenant_id: TenantId, shard: int) -> str:
    """In the index `gsi2`: a quarter of all the partitions that a tenant has in a table, by their keys."""
    return _partition(tenant_id, "ROLL", _shard(shard))


def roll_index(pk: str, sk: str) -> dict[str, str]:
    """What puts an item's partition on its tenant's roll, so that all a tenant has can be found without a scan.

    Nothing for what needs no place there: the platform's items, events and histories (their partition is on the roll
    by its first item), and the ledger's, which has no index and is kept.
    """
    owner = tenant_of(pk)
    if owner is PLATFORM or sk.startswith(_CHILDREN) or kind_of(pk) in _LEDGER:
        return {}
    return {"gsi2pk": roll_partition(owner, shard_of(pk)), "gsi2sk": pk}


def whole_partitions(tenant_id: TenantId, kind: str, *, sharded: bool = False) -> list[str]:
    """A tenant's partitions of a kind that has one, or one for each of four shards: known without looking."""
    if not sharded:
        return [_partition(tenant_id, kind)]
    return [_partition(tenant_id, kind, _shard(shard)) for shard in range(SHARDS)]


# control


def tenants_partition() -> str:
    """All tenant records."""
    return _partition(PLATFORM, "TENANT")


def tenant_key(tenant_id: TenantId) -> Key:
    """A tenant's record; the reserved `platform` has one too."""
    return Key(tenants_partition(), _owner(tenant_id))


def issuers_partition() -> str:
    """All trusted issuers."""
    return _partition(PLATFORM, "ISSUER")


def issuer_key(iss: str) -> Key:
    """An issuer's record, by the exact `iss` claim."""
    return Key(issuers_partition(), _digest(iss)[:32])


def issuer_id(iss: str) -> str:
    """How an issuer is named in the API: 32 hexadecimal digits, always the same for an `iss`."""
    return issuer_key(iss).sk


def issuer_id_key(issuer_id: str) -> Key:
    """An issuer's record, by its id."""
    if not isinstance(issuer_id, str) or not _ISSUER_ID.fullmatch(issuer_id):
        raise InvalidIdentifier("issuer")
    return Key(issuers_partition(), issuer_id)


def templates_partition() -> str:
    """All agent templates."""
    return _partition(PLATFORM, "TEMPLATE")


def template_key(agent: str) -> Key:
    """An agent's template."""
    return Key(templates_partition(), agent_name(agent))


def versions_partition(agent: str) -> str:
    """All versions of one agent."""
    return _partition(PLATFORM, "VERSION", agent_name(agent))


def version_key(agent: str, version_id: str) -> Key:
    """One version of an agent."""
    return Key(versions_partition(agent), _id(version_id, "ver"))


def version_ids_partition() -> str:
    """In the index: versions by id, whatever their agent."""
    return _partition(PLATFORM, "VERSION_ID")


def version_index(version_id: str) -> IndexKey:
    """Where the index holds a version."""
    return IndexKey(version_ids_partition(), _id(version_id, "ver"))


def instances_partition(tenant_id: TenantId) -> str:
    """A tenant's agent instances."""
    return _partition(tenant_id, "INSTANCE")


def instance_key(tenant_id: TenantId, agent: str) -> Key:
    """A tenant's instance of an agent."""
    return Key(instances_partition(tenant_id), agent_name(agent))


def users_partition(tenant_id: TenantId) -> str:
    """A tenant's users."""
    return _partition(tenant_id, "USER")


def user_key(tenant_id: TenantId, user_id: str) -> Key:
    """One user of a tenant."""
    return Key(users_partition(tenant_id), _id(user_id, "usr"))


def member_key(tenant_id: TenantId, principal_id: str) -> Key:
    """What the authoriser reads: from a principal to its membership."""
    return Key(_partition(tenant_id, "MEMBER", _digest(principal_id)), _META)


def invites_partition(tenant_id: TenantId) -> str:
    """A tenant's open and settled invites."""
    return _partition(tenant_id, "INVITE")


def invite_key(tenant_id: TenantId, invite_id: str) -> Key:
    """One invite."""
    return Key(invites_partition(tenant_id), _id(invite_id, "inv"))


def api_keys_partition(tenant_id: TenantId) -> str:
    """A tenant's API keys as its admins see them."""
    return _partition(tenant_id, "APIKEY")


def api_key_key(tenant_id: TenantId, key_id: str) -> Key:
    """One API key's record."""
    return Key(api_keys_partition(tenant_id), _id(key_id, "key"))


def aws_callers_partition(tenant_id: TenantId) -> str:
    """A tenant's AWS roles that may call."""
    return _partition(tenant_id, "AWSCALLER")


def aws_caller_key(tenant_id: TenantId, caller_id: str) -> Key:
    """One AWS role's record."""
    return Key(aws_callers_partition(tenant_id), _id(caller_id, "awc"))


def data_keys_partition(tenant_id: TenantId) -> str:
    """A tenant's data keys, each wrapped by its KMS key, and which of them is in use."""
    return _partition(tenant_id, "DATAKEY")


def data_key_key(tenant_id: TenantId, number: int) -> Key:
    """One wrapped data key; `number` counts from 1."""
    return Key(data_keys_partition(tenant_id), f"{_DATA_KEY_PREFIX}{_number(number):010d}")


def data_key_head_key(tenant_id: TenantId) -> Key:
    """Which data key new values are sealed with."""
    return Key(data_keys_partition(tenant_id), _META)


def policies_partition(tenant_id: TenantId) -> str:
    """In the index: a tenant's policies, by id."""
    return _partition(tenant_id, "POLICIES")


def policy_key(tenant_id: TenantId, policy_id: str) -> Key:
    """A policy; its versions share the partition."""
    return Key(_partition(tenant_id, "POLICY", _id(policy_id, "pol")), _META)


def policy_index(tenant_id: TenantId, policy_id: str) -> IndexKey:
    """Where the index lists a policy."""
    return IndexKey(policies_partition(tenant_id), _id(policy_id, "pol"))


def policy_version_key(tenant_id: TenantId, policy_id: str, number: int) -> Key:
    """One version of a policy; `number` counts from 1."""
    if not 1 <= number <= _MAX_SEQ:
        raise InvalidIdentifier("version")
    return Key(policy_key(tenant_id, policy_id).pk, f"{_VERSION_PREFIX}{number:010d}")


def policy_binding_key(tenant_id: TenantId, agent: str | None) -> Key:
    """Which policy binds an agent of the tenant's; None: all of its agents."""
    return Key(_partition(tenant_id, "POLICYBINDING"), _EVERY_AGENT if agent is None else agent_name(agent))


def credential_key(digest: str) -> Key:
    """What the authoriser reads: from the SHA-256 (hex) of an API key's secret, or of a role's ARN, to its grant."""
    if not _DIGEST.fullmatch(digest):
        raise InvalidIdentifier("credential")
    return Key(_partition(PLATFORM, "CREDENTIAL", digest), _META)


def flags_partition() -> str:
    """All capability flags."""
    return _partition(PLATFORM, "FLAG")


def flag_key(name: str) -> Key:
    """One capability flag, by its name."""
    if not isinstance(name, str) or not _FLAG.fullmatch(name):
        raise InvalidIdentifier("flag")
    return Key(flags_partition(), name)


def tools_partition() -> str:
    """All tools that operators have registered."""
    return _partition(PLATFORM, "TOOL")


def tool_key(name: str) -> Key:
    """One registered tool, by its name."""
    if not isinstance(name, str) or len(name) > _MAX_TOOL or not _TOOL.fullmatch(name):
        raise InvalidIdentifier("tool")
    return Key(tools_partition(), name)


def kill_switches_partition(owner: TenantId) -> str:
    """All kill switches that operators have set (`PLATFORM`), or a tenant's administrators."""
    return _partition(owner, "KILLSWITCH")


def kill_switch_key(owner: TenantId, switch_id: str) -> Key:
    """One kill switch of an owner."""
    return Key(kill_switches_partition(owner), _id(switch_id, "ksw"))


def models_partition(tenant_id: TenantId) -> str:
    """What a tenant says of the models it may use."""
    return _partition(tenant_id, "MODEL")


def model_key(tenant_id: TenantId, alias: str) -> Key:
    """A tenant's entry for one model, by the name that agents use."""
    return Key(models_partition(tenant_id), _checked(_MODEL_ALIAS, alias, "model"))


def suites_partition() -> str:
    """All evaluation suites, each as its latest version."""
    return _partition(PLATFORM, "SUITE")


def suite_key(name: str) -> Key:
    """An evaluation suite's latest version."""
    return Key(suites_partition(), _checked(_SUITE, name, "suite"))


def suite_versions_partition(name: str) -> str:
    """All versions of a suite."""
    return _partition(PLATFORM, "SUITEVERSION", _checked(_SUITE, name, "suite"))


def suite_version_key(name: str, number: int) -> Key:
    """One version of a suite; `number` counts from 1."""
    if not 1 <= number <= _MAX_SEQ:
        raise InvalidIdentifier("version")
    return Key(suite_versions_partition(name), f"{_VERSION_PREFIX}{number:010d}")


# runs


def run_key(tenant_id: TenantId, run_id: str) -> Key:
    """A run; its events share the partition."""
    return Key(_partition(tenant_id, "RUN", _id(run_id, "run")), _META)


def runs_partition(tenant_id: TenantId, shard: int) -> str:
    """In the index: a quarter of a tenant's runs, by id."""
    return _partition(tenant_id, "RUNS", _shard(shard))


def run_index(tenant_id: TenantId, run_id: str) -> IndexKey:
    """Where the index lists a run."""
    return IndexKey(runs_partition(tenant_id, shard_of(run_id)), _id(run_id, "run"))


def event_prefix() -> str:
    """What the sort keys of a run's events begin with."""
    return _EVENT_PREFIX


def event_key(tenant_id: TenantId, run_id: str, seq: int) -> Key:
    """One event of a run; `seq` is 0 (before the first) to 9 999 999 999."""
    if not 0 <= seq <= _MAX_SEQ:
        raise InvalidIdentifier("event")
    return Key(run_key(tenant_id, run_id).pk, f"{_EVENT_PREFIX}{seq:010d}")


def job_key(tenant_id: TenantId, job_id: str) -> Key:
    """What leads from a job to its run."""
    return Key(_partition(tenant_id, "JOB", _id(job_id, "job")), _META)


def session_key(tenant_id: TenantId, session_id: str) -> Key:
    """A conversation."""
    return Key(_partition(tenant_id, "SESSION", _id(session_id, "ses")), _META)


def session_run_prefix() -> str:
    """What the sort keys of a session's history begin with."""
    return _RUN_PREFIX


def session_run_key(tenant_id: TenantId, session_id: str, run_id: str) -> Key:
    """One run in a session's history; it shares the session's partition."""
    return Key(session_key(tenant_id, session_id).pk, f"{_RUN_PREFIX}{_id(run_id, 'run')}")


def sessions_partition(tenant_id: TenantId, principal_id: str) -> str:
    """In the index: one principal's sessions, by id."""
    return _partition(tenant_id, "SESSIONS", _digest(principal_id)[:16])


def session_index(tenant_id: TenantId, principal_id: str, session_id: str) -> IndexKey:
    """Where the index lists a session."""
    return IndexKey(sessions_partition(tenant_id, principal_id), _id(session_id, "ses"))


def file_key(tenant_id: TenantId, file_id: str) -> Key:
    """A file's record; its bytes are at `file_object`."""
    return Key(_partition(tenant_id, "FILE", _id(file_id, "fil")), _META)


def files_partition(tenant_id: TenantId, shard: int) -> str:
    """In the index: a quarter of a tenant's files, by id."""
    return _partition(tenant_id, "FILES", _shard(shard))


def file_index(tenant_id: TenantId, file_id: str) -> IndexKey:
    """Where the index lists a file."""
    return IndexKey(files_partition(tenant_id, shard_of(file_id)), _id(file_id, "fil"))


def approval_key(tenant_id: TenantId, approval_id: str) -> Key:
    """An approval: what is asked for, who decided, where it stands."""
    return Key(_partition(tenant_id, "APPROVAL", _id(approval_id, "apr")), _META)


def approval_arguments_key(tenant_id: TenantId, approval_id: str) -> Key:
    """The frozen arguments of an approval; apart, so that a list need not read them."""
    return Key(approval_key(tenant_id, approval_id).pk, _ARGUMENTS)


def asked_key(tenant_id: TenantId, run_id: str) -> Key:
    """What a run has asked approval for."""
    return Key(_partition(tenant_id, "APPROVAL", _id(run_id, "run")), _META)


def approvals_partition(tenant_id: TenantId, status: str) -> str:
    """In the index: a tenant's approvals in one state, by id."""
    if not _STATE.fullmatch(status):
        raise InvalidIdentifier("state")
    return _partition(tenant_id, "APPROVALS", status)


def approval_index(tenant_id: TenantId, status: str, approval_id: str) -> IndexKey:
    """Where the index lists an approval while it is in this state."""
    return IndexKey(approvals_partition(tenant_id, status), _id(approval_id, "apr"))


# ops


def idempotency_key(tenant_id: TenantId, principal_id: str, route: str, key: str) -> Key:
    """A remembered request: one per tenant, principal, route and `Idempotency-Key`."""
    # Lengths first: no two triples make the same text, whatever characters a client puts in.
    text = "|".join(f"{len(part)}:{part}" for part in (principal_id, route, key))
    return Key(_partition(tenant_id, "IDEM", _digest(text)[:40]), _META)


def budget_key(tenant_id: TenantId, shard: int, month: str) -> Key:
    """A quarter of a tenant's budget of one month, `YYYY-MM`."""
    if not _MONTH.fullmatch(month):
        raise InvalidIdentifier("month")
    return Key(_partition(tenant_id, "BUDGET", _shard(shard)), month)


def pools_partition(tenant_id: TenantId) -> str:
    """All shared budgets of a tenant."""
    return _partition(tenant_id, "POOL")


def pool_key(tenant_id: TenantId, budget_id: str) -> Key:
    """A shared budget."""
    return Key(pools_partition(tenant_id), _id(budget_id, "bud"))


def pool_month_key(tenant_id: TenantId, budget_id: str, month: str) -> Key:
    """What is used of a shared budget in a month, `YYYY-MM`."""
    if not _MONTH.fullmatch(month):
        raise InvalidIdentifier("month")
    return Key(_partition(tenant_id, "POOLMONTH", _id(budget_id, "bud")), month)


def operations_partition() -> str:
    """All long operations of the platform's operators."""
    return _partition(PLATFORM, "OPERATION")


def operation_key(operation_id: str) -> Key:
    """One long operation."""
    return Key(operations_partition(), _id(operation_id, "opn"))


def grants_partition(tenant_id: TenantId) -> str:
    """Break-glass grants for one tenant: the platform's, so that no tenant's credentials can make one."""
    return _partition(PLATFORM, "BREAKGLASS", TenantId(tenant_id))


def grant_key(tenant_id: TenantId, grant_id: str) -> Key:
    """One break-glass grant."""
    return Key(grants_partition(tenant_id), _id(grant_id, "brk"))


def bff_session_key(secret: str) -> Key:
    """A browser session; the cookie's value itself is never stored."""
    return Key(_partition(PLATFORM, "BFFSESSION", _digest(secret)), _META)


def rate_key(tenant_id: TenantId, subject: str) -> Key:
    """A token bucket of a tenant: of the tenant itself, of a key or of an agent (`subject` says which)."""
    return Key(_partition(tenant_id, "RATE", _digest(subject)[:32]), _META)


def running_key(tenant_id: TenantId) -> Key:
    """How many runs a tenant has going."""
    return Key(_partition(tenant_id, "RUNNING"), _META)


def key_usage_key(tenant_id: TenantId, key_id: str) -> Key:
    """How often an API key was used, and when last."""
    return Key(_partition(tenant_id, "KEYUSE"), _id(key_id, "key"))


def circuits_partition() -> str:
    """The circuits of all models: the platform's, as an outage is nobody's in particular."""
    return _partition(PLATFORM, "CIRCUIT")


def circuit_key(name: str) -> Key:
    """One model's circuit, by `provider/model`."""
    return Key(circuits_partition(), _checked(_CIRCUIT, name, "model"))


def audit_head_key(owner: TenantId) -> Key:
    """Where an owner's audit chain ends."""
    return Key(_partition(owner, "AUDITHEAD"), _META)


def audit_detail_key(owner: TenantId, seq: int) -> Key:
    """What an entry of the chain is about in full, apart from it: it can be erased and the chain still holds."""
    return Key(_partition(owner, "AUDITDETAIL"), _seq(seq))


def audit_event_key(tenant_id: TenantId, run_id: str, seq: int) -> Key:
    """The mark of a run's event that is entered in the audit chain; `seq` is the event's, from 1."""
    if not 1 <= seq <= _MAX_SEQ:
        raise InvalidIdentifier("event")
    return Key(_partition(tenant_id, "AUDITEVENT"), f"{_id(run_id, 'run')}#{seq:010d}")


def tenant_operations_partition(tenant_id: TenantId) -> str:
    """A tenant's own long operations."""
    return _partition(tenant_id, "OPERATION")


def tenant_operation_key(tenant_id: TenantId, operation_id: str) -> Key:
    """One long operation that a tenant began."""
    return Key(tenant_operations_partition(tenant_id), _id(operation_id, "opn"))


def security_partition(owner: TenantId, day: date) -> str:
    """One day's security events of an owner (UTC)."""
    return _partition(_owner(owner), "SECURITY", day.isoformat())


def security_event_key(owner: TenantId, day: date, event_id: str) -> Key:
    """One security event."""
    return Key(security_partition(owner, day), _id(event_id, "evt"))


def incidents_partition(owner: TenantId) -> str:
    """An owner's incidents, by id: in the order of the hours they belong to."""
    return _partition(owner, "INCIDENT")


def incident_key(owner: TenantId, incident_id: str) -> Key:
    """One incident."""
    return Key(incidents_partition(owner), _id(incident_id, "inc"))


def timeline_partition(owner: TenantId, incident_id: str) -> str:
    """What happened in an incident."""
    return _partition(owner, "TIMELINE", _id(incident_id, "inc"))


def timeline_key(owner: TenantId, incident_id: str, source: str) -> Key:
    """One thing that happened: a run's halt, a switch that was set, or an event of its own."""
    if source[:3] not in _SOURCES:
        raise InvalidIdentifier("event")
    return Key(timeline_partition(owner, incident_id), _id(source, source[:3]))


def hold_key(tenant_id: TenantId, agent: str) -> Key:
    """What holds a tenant's agent back, and which of its halts count."""
    return Key(_partition(tenant_id, "HOLD"), agent_name(agent))


def hold_bar_key(tenant_id: TenantId, agent: str, shard: int) -> Key:
    """What a start of the agent's meets while it is held: one for each shard, so that starts do not queue for it."""
    return Key(_partition(tenant_id, "HOLDBAR", _shard(shard)), agent_name(agent))


def evaluations_partition() -> str:
    """All evaluations, by id."""
    return _partition(PLATFORM, "EVALUATION")


def evaluation_key(evaluation_id: str) -> Key:
    """One evaluation: a suite's run on a version."""
    return Key(evaluations_partition(), _id(evaluation_id, "evl"))


def evaluations_of_version(version_id: str) -> str:
    """In the index: a version's evaluations, by id."""
    return _partition(PLATFORM, "EVALUATIONS", _id(version_id, "ver"))


def evaluation_index(version_id: str, evaluation_id: str) -> IndexKey:
    """Where the index holds an evaluation."""
    return IndexKey(evaluations_of_version(version_id), _id(evaluation_id, "evl"))


def evaluation_cases_partition(evaluation_id: str) -> str:
    """What came of an evaluation's cases."""
    return _partition(PLATFORM, "EVALCASE", _id(evaluation_id, "evl"))


def evaluation_case_key(evaluation_id: str, case_id: str, repeat: int) -> Key:
    """What came of one asking of a case; `repeat` counts from 0."""
    if not 0 <= repeat <= _MAX_REPEAT:
        raise InvalidIdentifier("case")
    return Key(evaluation_cases_partition(evaluation_id), f"{_checked(_CASE, case_id, 'case')}#{repeat:02d}")


# ledger


def audit_partition(owner: TenantId) -> str:
    """An owner's audit chain, in order."""
    return _partition(owner, "AUDIT")


def audit_key(owner: TenantId, seq: int) -> Key:
    """One entry of the chain; `seq` counts from 1."""
    return Key(audit_partition(owner), _seq(seq))


# objects in the tenant bucket


def object_root(tenant_id: TenantId) -> str:
    """What every object key of a tenant begins with; ends in the separator."""
    return f"tenants/{TenantId(tenant_id)}/"


def marker_object(tenant_id: TenantId) -> str:
    """What provisioning leaves in a tenant's part of the bucket: the tenant's credentials reach it."""
    return f"{object_root(tenant_id)}.tenant"


def file_object(tenant_id: TenantId, file_id: str, name: str) -> str:
    """Where a file's bytes are; the name is made safe, the id keeps it unique."""
    return f"{object_root(tenant_id)}files/{_id(file_id, 'fil')}/{safe_name(name)}"


def output_object(tenant_id: TenantId, run_id: str) -> str:
    """Where a run's output is when it is too large for its record."""
    return f"{object_root(tenant_id)}runs/{_id(run_id, 'run')}/output.json"


def record_of_object(tenant_id: TenantId, key: str) -> Key | None:
    """The record that leads to an object: a file's, or the run's that it is the output of. None for other objects."""
    folder, _, rest = key.removeprefix(object_root(tenant_id)).partition("/")
    entity = rest.partition("/")[0]
    if folder == "files" and is_id(entity, "fil"):
        return file_key(tenant_id, entity)
    if folder == "runs" and is_id(entity, "run"):
        return run_key(tenant_id, entity)
    return None


def exports_root(tenant_id: TenantId) -> str:
    """What the keys of all of a tenant's exports begin with."""
    return f"{object_root(tenant_id)}exports/"


def export_object(tenant_id: TenantId, operation_id: str, name: str) -> str:
    """A file of an export: its manifest, or one of its parts."""
    if not _EXPORTED.fullmatch(name):
        raise InvalidIdentifier("file")
    return f"{exports_root(tenant_id)}{_id(operation_id, 'opn')}/{name}"


def audit_checkpoints_root(tenant_id: TenantId) -> str:
    """What the keys of a tenant's checkpoints begin with, in the bucket under object lock."""
    return f"{object_root(tenant_id)}audit/checkpoints/"


def audit_checkpoint_object(tenant_id: TenantId, count: int) -> str:
    """A signed checkpoint of so many entries."""
    return f"{audit_checkpoints_root(tenant_id)}{_seq(count)}.json"


def audit_segment_object(tenant_id: TenantId, first: int, last: int) -> str:
    """The entries that a checkpoint added."""
    return f"{object_root(tenant_id)}audit/segments/{_seq(first)}-{_seq(last)}.jsonl"


def is_document(key: str) -> bool:
    """Whether an object is a document that the platform wrote itself, and seals: a run's output."""
    return _DOCUMENT.fullmatch(key) is not None


def certificate_object(tenant_id: TenantId, operation_id: str) -> str:
    """Where the certificate of a tenant's deletion is, in the platform's own bucket."""
    return f"certificates/{TenantId(tenant_id)}/{_id(operation_id, 'opn')}.json"


def suite_object(digest: str) -> str:
    """Where a suite's cases are, in the platform's own bucket: no tenant's role and no agent reaches it."""
    return f"evaluations/suites/{_checked(_DIGEST, digest, 'suite')}.json"


def safe_name(name: str) -> str:
    """A client's file name as an object key takes it: its last segment in `A-Z a-z 0-9 . _ -`, ≤ 128, no dot first."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFKD", name))[-1]
    cleaned = _UNSAFE_IN_NAME.sub("_", last.encode("ascii", "ignore").decode()).lstrip(".")
    return cleaned[-_MAX_NAME:].lstrip(".") or "file"


def agent_name(agent: str) -> str:
    """`agent` when it can name an agent (1 to 63 of `a-z 0-9 -`, a letter first); InvalidIdentifier otherwise."""
    if not isinstance(agent, str) or not _AGENT.fullmatch(agent):
        raise InvalidIdentifier("agent")
    return agent


def _partition(owner: TenantId, kind: str, *rest: str) -> str:
    return "#".join(("TENANT", _owner(owner), kind, *rest))


def _owner(owner: TenantId) -> TenantId:
    return PLATFORM if owner is PLATFORM else TenantId(owner)


def _id(value: str, prefix: str) -> str:
    if not isinstance(value, str) or not is_id(value, prefix):
        raise InvalidIdentifier(_KINDS[prefix])
    return value


def _checked(grammar: re.Pattern[str], value: str, what: str) -> str:
    if not isinstance(value, str) or not grammar.fullmatch(value):
        raise InvalidIdentifier(what)
    return value


def _seq(seq: int) -> str:
    if not 1 <= seq <= _MAX_AUDIT_SEQ:
        raise InvalidIdentifier("entry")
    return f"{seq:012d}"


def _number(number: int) -> int:
    if not 1 <= number <= _MAX_DATA_KEY:
        raise InvalidIdentifier("data key")
    return number


def _shard(shard: int) -> str:
    if not 0 <= shard < SHARDS:
        raise InvalidIdentifier("shard")
    return str(shard)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


_SOURCES: Final = frozenset({"evt", "ksw", "run"})
_KINDS: Final = {
    "apr": "approval",
    "awc": "AWS caller",
    "brk": "break-glass grant",
    "evl": "evaluation",
    "evt": "event",
    "fil": "file",
    "inc": "incident",
    "inv": "invite",
    "pol": "policy",
    "bud": "budget",
    "job": "job",
    "key": "API key",
    "ksw": "kill switch",
    "opn": "operation",
    "run": "run",
    "ses": "session",
    "usr": "user",
    "ver": "version",
}
