"""Keys of the table `ops`: answers to repeated requests, budgets, operations, grants, web sessions, rates, canaries."""

import re
from typing import Final

from data_access_lib.errors import InvalidIdentifier
from data_access_lib.keys.parts import META, Key, checked, digest_of, id_of, partition, shard_text
from data_access_lib.tenant import PLATFORM, TenantId

_MONTH: Final = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])", re.ASCII)
_MOMENT: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z", re.ASCII)
_LOCK: Final = re.compile(r"[a-z](?:[a-z0-9-]{0,62}[a-z0-9])?")
_REGION: Final = re.compile(r"[a-z]{2}(?:-[a-z]{2,9}){1,2}-[0-9]{1,2}")
_CIRCUIT: Final = re.compile(r"[a-z]{1,16}/[A-Za-z0-9][A-Za-z0-9._:-]{0,126}")


def idempotency_key(tenant_id: TenantId, principal_id: str, route: str, key: str) -> Key:
    """A remembered request: one per tenant, principal, route and `Idempotency-Key`."""
    # Lengths first: no two triples make the same text, whatever characters a client puts in.
    text = "|".join(f"{len(part)}:{part}" for part in (principal_id, route, key))
    return Key(partition(tenant_id, "IDEM", digest_of(text)[:40]), META)


def budget_key(tenant_id: TenantId, shard: int, month: str) -> Key:
    """A quarter of a tenant's budget of one month, `YYYY-MM`."""
    if not _MONTH.fullmatch(month):
        raise InvalidIdentifier("month")
    return Key(partition(tenant_id, "BUDGET", shard_text(shard)), month)


def pools_partition(tenant_id: TenantId) -> str:
    """All shared budgets of a tenant."""
    return partition(tenant_id, "POOL")


def pool_key(tenant_id: TenantId, budget_id: str) -> Key:
    """A shared budget."""
    return Key(pools_partition(tenant_id), id_of(budget_id, "bud"))


def pool_month_key(tenant_id: TenantId, budget_id: str, month: str) -> Key:
    """What is used of a shared budget in a month, `YYYY-MM`."""
    if not _MONTH.fullmatch(month):
        raise InvalidIdentifier("month")
    return Key(partition(tenant_id, "POOLMONTH", id_of(budget_id, "bud")), month)


def operations_partition() -> str:
    """All long operations of the platform's operators."""
    return partition(PLATFORM, "OPERATION")


def operation_key(operation_id: str) -> Key:
    """One long operation."""
    return Key(operations_partition(), id_of(operation_id, "opn"))


def grants_partition(tenant_id: TenantId) -> str:
    """Break-glass grants for one tenant: the platform's, so that no tenant's credentials can make one."""
    return partition(PLATFORM, "BREAKGLASS", TenantId(tenant_id))


def grant_key(tenant_id: TenantId, grant_id: str) -> Key:
    """One break-glass grant."""
    return Key(grants_partition(tenant_id), id_of(grant_id, "brk"))


def bff_session_key(secret: str) -> Key:
    """A browser session; the cookie's value itself is never stored."""
    return Key(partition(PLATFORM, "BFFSESSION", digest_of(secret)), META)


def rate_key(tenant_id: TenantId, subject: str) -> Key:
    """A token bucket of a tenant: of the tenant itself, of a key or of an agent (`subject` says which)."""
    return Key(partition(tenant_id, "RATE", digest_of(subject)[:32]), META)


def running_key(tenant_id: TenantId) -> Key:
    """How many runs a tenant has going."""
    return Key(partition(tenant_id, "RUNNING"), META)


def key_usage_key(tenant_id: TenantId, key_id: str) -> Key:
    """How often an API key was used, and when last."""
    return Key(partition(tenant_id, "KEYUSE"), id_of(key_id, "key"))


def circuits_partition() -> str:
    """The circuits of all models: the platform's, as an outage is nobody's in particular."""
    return partition(PLATFORM, "CIRCUIT")


def circuit_key(name: str) -> Key:
    """One model's circuit, by `provider/model`."""
    return Key(circuits_partition(), checked(_CIRCUIT, name, "model"))


def lock_key(name: str) -> Key:
    """One of the platform's locks; a partition each, so that a role may take this one and no other."""
    return Key(partition(PLATFORM, "LOCK", checked(_LOCK, name, "lock")), META)


def runtime_route_key() -> Key:
    """In which region agents run."""
    return Key(partition(PLATFORM, "RUNTIMEROUTE"), META)


def runtime_health_key(region: str) -> Key:
    """How a region's runtime has answered of late: apart from the route, which those who write this may not."""
    return Key(partition(PLATFORM, "RUNTIMEHEALTH"), checked(_REGION, region, "region"))


def firings_partition(tenant_id: TenantId, schedule_id: str) -> str:
    """What became of each time of a schedule."""
    return partition(tenant_id, "FIRING", id_of(schedule_id, "sch"))


def firing_key(tenant_id: TenantId, schedule_id: str, at: str) -> Key:
    """One time of a schedule, in RFC 3339 with milliseconds."""
    return Key(firings_partition(tenant_id, schedule_id), checked(_MOMENT, at, "time"))


def dead_letter_key(queue: str, message_id: str) -> Key:
    """Whether a dead letter was moved: the platform's, as queues hold letters of many tenants."""
    # The length first: no two pairs make the same text.
    return Key(partition(PLATFORM, "DEADLETTER", digest_of(f"{len(queue)}:{queue}|{message_id}")[:40]), META)


def tenant_operations_partition(tenant_id: TenantId) -> str:
    """A tenant's own long operations."""
    return partition(tenant_id, "OPERATION")


def tenant_operation_key(tenant_id: TenantId, operation_id: str) -> Key:
    """One long operation that a tenant began."""
    return Key(tenant_operations_partition(tenant_id), id_of(operation_id, "opn"))


def canaries_partition(tenant_id: TenantId) -> str:
    """What was seen of a tenant's canaries."""
    return partition(tenant_id, "CANARY")


def canary_key(tenant_id: TenantId, canary_id: str) -> Key:
    """What was seen of one canary's two versions."""
    return Key(canaries_partition(tenant_id), id_of(canary_id, "can"))


def canary_window_key(tenant_id: TenantId, canary_id: str, window: int) -> Key:
    """What was seen of one canary's two versions in one window of time."""
    return Key(canaries_partition(tenant_id), f"{id_of(canary_id, 'can')}#{window:012d}")
