"""Keys of what is told to tenants: their log of events, the endpoints they registered, and what was sent to those."""

import re
from typing import Final

from data_access_lib.keys.parts import Key, checked, id_of, partition
from data_access_lib.tenant import TenantId

_MARK: Final = re.compile(r"[a-z]{1,16}(?:#[0-9-]{1,16}){1,3}")


def webhooks_partition(tenant_id: TenantId) -> str:
    """A tenant's endpoints; in the table `control`."""
    return partition(tenant_id, "WEBHOOK")


def webhook_key(tenant_id: TenantId, webhook_id: str) -> Key:
    """One endpoint."""
    return Key(webhooks_partition(tenant_id), id_of(webhook_id, "whk"))


def event_log_partition(tenant_id: TenantId) -> str:
    """The events of a tenant by id; in the table `runs`."""
    return partition(tenant_id, "EVENTLOG")


def event_log_key(tenant_id: TenantId, event_id: str) -> Key:
    """One event."""
    return Key(event_log_partition(tenant_id), id_of(event_id, "evt"))


def event_mark_key(tenant_id: TenantId, name: str) -> Key:
    """What makes sure that something is told once, such as `budget#2026-11#80`; in the table `runs`."""
    return Key(partition(tenant_id, "EVENTMARK"), checked(_MARK, name, "mark"))


def deliveries_partition(tenant_id: TenantId, webhook_id: str) -> str:
    """What was sent to an endpoint, by id; in the table `runs`."""
    return partition(tenant_id, "DELIVERY", id_of(webhook_id, "whk"))


def delivery_key(tenant_id: TenantId, webhook_id: str, delivery_id: str) -> Key:
    """One event on its way to one endpoint."""
    return Key(deliveries_partition(tenant_id, webhook_id), id_of(delivery_id, "dlv"))


def webhook_gate_key(tenant_id: TenantId, webhook_id: str) -> Key:
    """What spares an endpoint that does not answer; in the table `ops`."""
    return Key(partition(tenant_id, "WEBHOOKGATE"), id_of(webhook_id, "whk"))
