"""Keys of the table `runs`: runs and their events, jobs, sessions, files, approvals."""

import re
from typing import Final

from data_access_lib.errors import InvalidIdentifier
from data_access_lib.keys.parts import (
    EVENT_PREFIX,
    MAX_SEQ,
    META,
    RECORDED_PREFIX,
    REPLAY_PREFIX,
    RUN_PREFIX,
    IndexKey,
    Key,
    digest_of,
    id_of,
    partition,
    shard_of,
    shard_text,
)
from data_access_lib.tenant import TenantId

_ARGUMENTS: Final = "ARGUMENTS"
_CHECKPOINT: Final = "CHECKPOINT"
_RECORDING: Final = "RECORDING"
_MAX_ATTEMPT: Final = 10_000
_MAX_POSITION: Final = 999_999
_STATE: Final = re.compile(r"[a-z]{1,20}")
_EVENT: Final = re.compile(r"TENANT#([a-z0-9-]+)#RUN#(run_[0-9a-f]{32}) EVENT#[0-9]+", re.ASCII)


def run_key(tenant_id: TenantId, run_id: str) -> Key:
    """A run; its events share the partition."""
    return Key(partition(tenant_id, "RUN", id_of(run_id, "run")), META)


def runs_partition(tenant_id: TenantId, shard: int) -> str:
    """In the index: a quarter of a tenant's runs, by id."""
    return partition(tenant_id, "RUNS", shard_text(shard))


def run_index(tenant_id: TenantId, run_id: str) -> IndexKey:
    """Where the index lists a run."""
    return IndexKey(runs_partition(tenant_id, shard_of(run_id)), id_of(run_id, "run"))


def event_prefix() -> str:
    """What the sort keys of a run's events begin with."""
    return EVENT_PREFIX


def event_key(tenant_id: TenantId, run_id: str, seq: int) -> Key:
    """One event of a run; `seq` is 0 (before the first) to 9 999 999 999."""
    if not 0 <= seq <= MAX_SEQ:
        raise InvalidIdentifier("event")
    return Key(run_key(tenant_id, run_id).pk, f"{EVENT_PREFIX}{seq:010d}")


def run_of_event(place: str) -> tuple[str, str] | None:
    """Tenant and run of an event whose key is told as `pk sk`; None when it is no event's."""
    found = _EVENT.fullmatch(place)
    return (found[1], found[2]) if found else None


def run_checkpoint_key(tenant_id: TenantId, run_id: str) -> Key:
    """From where a run's next attempt goes on; it shares the run's partition."""
    return Key(run_key(tenant_id, run_id).pk, _CHECKPOINT)


def recording_key(tenant_id: TenantId, run_id: str, attempt: int) -> Key:
    """How many calls of an attempt of a run are recorded; it shares the run's partition."""
    suffix = "" if attempt == 1 else f"#{_attempt(attempt)}"
    return Key(run_key(tenant_id, run_id).pk, f"{_RECORDING}{suffix}")


def recorded_prefix(attempt: int) -> str:
    """What the sort keys of an attempt's recorded calls begin with."""
    return f"{RECORDED_PREFIX}{_attempt(attempt)}"


def recorded_call_key(tenant_id: TenantId, run_id: str, attempt: int, position: int) -> Key:
    """One recorded call of an attempt, in the order in which they were begun; at 0: what the attempt was told first."""
    if not 0 <= position <= _MAX_POSITION:
        raise InvalidIdentifier("recorded call")
    return Key(run_key(tenant_id, run_id).pk, f"{recorded_prefix(attempt)}{position:06d}")


def _attempt(attempt: int) -> str:
    """Four digits, from 0000 for the first attempt."""
    if not 0 < attempt <= _MAX_ATTEMPT:
        raise InvalidIdentifier("attempt")
    return f"{attempt - 1:04d}"


def replay_prefix() -> str:
    """What the sort keys of a run's replays begin with."""
    return REPLAY_PREFIX


def replay_key(tenant_id: TenantId, run_id: str, replay_id: str) -> Key:
    """One replay of a run; it shares the run's partition."""
    return Key(run_key(tenant_id, run_id).pk, f"{REPLAY_PREFIX}{id_of(replay_id, 'rpl')}")


def job_key(tenant_id: TenantId, job_id: str) -> Key:
    """What leads from a job to its run."""
    return Key(partition(tenant_id, "JOB", id_of(job_id, "job")), META)


def jobs_partition(tenant_id: TenantId, shard: int) -> str:
    """In the index: a quarter of a tenant's jobs, by id."""
    return partition(tenant_id, "JOBS", shard_text(shard))


def job_index(tenant_id: TenantId, job_id: str) -> IndexKey:
    """Where the index lists a job."""
    return IndexKey(jobs_partition(tenant_id, shard_of(job_id)), id_of(job_id, "job"))


def session_key(tenant_id: TenantId, session_id: str) -> Key:
    """A conversation."""
    return Key(partition(tenant_id, "SESSION", id_of(session_id, "ses")), META)


def session_run_prefix() -> str:
    """What the sort keys of a session's history begin with."""
    return RUN_PREFIX


def session_run_key(tenant_id: TenantId, session_id: str, run_id: str) -> Key:
    """One run in a session's history; it shares the session's partition."""
    return Key(session_key(tenant_id, session_id).pk, f"{RUN_PREFIX}{id_of(run_id, 'run')}")


def sessions_partition(tenant_id: TenantId, principal_id: str) -> str:
    """In the index: one principal's sessions, by id."""
    return partition(tenant_id, "SESSIONS", digest_of(principal_id)[:16])


def session_index(tenant_id: TenantId, principal_id: str, session_id: str) -> IndexKey:
    """Where the index lists a session."""
    return IndexKey(sessions_partition(tenant_id, principal_id), id_of(session_id, "ses"))


def file_key(tenant_id: TenantId, file_id: str) -> Key:
    """A file's record; its bytes are at `file_object`."""
    return Key(partition(tenant_id, "FILE", id_of(file_id, "fil")), META)


def files_partition(tenant_id: TenantId, shard: int) -> str:
    """In the index: a quarter of a tenant's files, by id."""
    return partition(tenant_id, "FILES", shard_text(shard))


def file_index(tenant_id: TenantId, file_id: str) -> IndexKey:
    """Where the index lists a file."""
    return IndexKey(files_partition(tenant_id, shard_of(file_id)), id_of(file_id, "fil"))


def approval_key(tenant_id: TenantId, approval_id: str) -> Key:
    """An approval: what is asked for, who decided, where it stands."""
    return Key(partition(tenant_id, "APPROVAL", id_of(approval_id, "apr")), META)


def approval_arguments_key(tenant_id: TenantId, approval_id: str) -> Key:
    """The frozen arguments of an approval; apart, so that a list need not read them."""
    return Key(approval_key(tenant_id, approval_id).pk, _ARGUMENTS)


def asked_key(tenant_id: TenantId, run_id: str) -> Key:
    """What a run has asked approval for."""
    return Key(partition(tenant_id, "APPROVAL", id_of(run_id, "run")), META)


def approvals_partition(tenant_id: TenantId, status: str) -> str:
    """In the index: a tenant's approvals in one state, by id."""
    if not _STATE.fullmatch(status):
        raise InvalidIdentifier("state")
    return partition(tenant_id, "APPROVALS", status)


def approval_index(tenant_id: TenantId, status: str, approval_id: str) -> IndexKey:
    """Where the index lists an approval while it is in this state."""
    return IndexKey(approvals_partition(tenant_id, status), id_of(approval_id, "apr"))
