"""Keys of what is told of acts: audit chains (tables `ledger` and `ops`), security events, incidents; and of holds."""

from datetime import date
from typing import Final

from data_access_lib.errors import InvalidIdentifier
from data_access_lib.keys.parts import MAX_SEQ, META, Key, agent_name, id_of, owner_of, partition, seq_of, shard_text
from data_access_lib.tenant import PLATFORM, TenantId

_SOURCES: Final = frozenset({"can", "evt", "ksw", "run"})


def audit_head_key(owner: TenantId) -> Key:
    """Where an owner's audit chain ends."""
    return Key(partition(owner, "AUDITHEAD"), META)


def audit_detail_key(owner: TenantId, seq: int) -> Key:
    """What an entry of the chain is about in full, apart from it: it can be erased and the chain still holds."""
    return Key(partition(owner, "AUDITDETAIL"), seq_of(seq))


def audit_event_key(tenant_id: TenantId, run_id: str, seq: int) -> Key:
    """The mark of a run's event that is entered in the audit chain; `seq` is the event's, from 1."""
    if not 1 <= seq <= MAX_SEQ:
        raise InvalidIdentifier("event")
    return Key(partition(tenant_id, "AUDITEVENT"), f"{id_of(run_id, 'run')}#{seq:010d}")


def audit_partition(owner: TenantId) -> str:
    """An owner's audit chain, in order."""
    return partition(owner, "AUDIT")


def audit_key(owner: TenantId, seq: int) -> Key:
    """One entry of the chain; `seq` counts from 1."""
    return Key(audit_partition(owner), seq_of(seq))


def security_partition(owner: TenantId, day: date) -> str:
    """One day's security events of an owner (UTC)."""
    return partition(owner_of(owner), "SECURITY", day.isoformat())


def security_event_key(owner: TenantId, day: date, event_id: str) -> Key:
    """One security event."""
    return Key(security_partition(owner, day), id_of(event_id, "evt"))


def incidents_partition(owner: TenantId) -> str:
    """An owner's incidents, by id: in the order of the hours they belong to."""
    return partition(owner, "INCIDENT")


def incident_key(owner: TenantId, incident_id: str) -> Key:
    """One incident."""
    return Key(incidents_partition(owner), id_of(incident_id, "inc"))


def incident_epoch_key() -> Key:
    """How often a grave incident of the platform's was opened: what a promotion compares."""
    return Key(partition(PLATFORM, "INCIDENTEPOCH"), "opened")


def timeline_partition(owner: TenantId, incident_id: str) -> str:
    """What happened in an incident."""
    return partition(owner, "TIMELINE", id_of(incident_id, "inc"))


def timeline_key(owner: TenantId, incident_id: str, source: str) -> Key:
    """One thing that happened: a run's halt, a switch that was set, a canary that was ended, or an event of its own."""
    if source[:3] not in _SOURCES:
        raise InvalidIdentifier("event")
    return Key(timeline_partition(owner, incident_id), id_of(source, source[:3]))


def hold_key(tenant_id: TenantId, agent: str) -> Key:
    """What holds a tenant's agent back, and which of its halts count."""
    return Key(partition(tenant_id, "HOLD"), agent_name(agent))


def hold_bar_key(tenant_id: TenantId, agent: str, shard: int) -> Key:
    """What a start of the agent's meets while it is held: one for each shard, so that starts do not queue for it."""
    return Key(partition(tenant_id, "HOLDBAR", shard_text(shard)), agent_name(agent))
