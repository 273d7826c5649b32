"""How long each kind of a tenant's data is kept, and from when: the one place that says so.

DynamoDB removes what is past its `ttl` (epoch seconds) within days of it (AWS: time to live). The sweep removes what it
left, what has no `ttl`, and objects. docs/tenant-lifecycle.md shows this as a table; a contract test compares them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Final

from data_access_lib import keys
from platform_kit.clock import parse_rfc3339
from platform_kit.ids import id_at, made_at

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from data_access_lib.tenant import TenantId


@dataclass(frozen=True, slots=True)
class Term:
    """Kept for `span` after `since`. `times` are the attributes that say when that was, where an item has no `ttl`."""

    span: timedelta
    since: str
    times: tuple[str, ...] = ()

    def expiry(self, moment: datetime) -> int:
        """The `ttl` of what begins to be kept at this moment."""
        return int((moment + self.span).timestamp())


TERMS: Final[Mapping[str, Term]] = {
    "INVITE": Term(timedelta(days=90), "its end"),
    "APIKEY": Term(timedelta(days=90), "its end"),
    "RUN": Term(timedelta(days=90), "its start, each event its own", ("createdAt",)),
    "JOB": Term(timedelta(days=90), "its start"),
    "SESSION": Term(timedelta(days=90), "its last run", ("lastRunAt",)),
    "FILE": Term(timedelta(days=400), "its description", ("createdAt",)),
    "APPROVAL": Term(timedelta(days=90), "it was asked for", ("createdAt",)),
    "EVENTLOG": Term(timedelta(days=30), "it was told", ("time",)),
    "EVENTMARK": Term(timedelta(days=90), "it was told"),  # longer than the month it is about
    "DELIVERY": Term(timedelta(days=30), "its event", ("createdAt",)),
    "IDEM": Term(timedelta(hours=24), "the request"),
    "BUDGET": Term(timedelta(days=400), "its month's first run"),
    "POOLMONTH": Term(timedelta(days=400), "its month's first run"),
    "RATE": Term(timedelta(hours=1), "the bucket is full again"),
    # Longer than the longest-lived key is listed: a year, and 90 days.
    "KEYUSE": Term(timedelta(days=460), "the last use", ("lastUsedAt",)),
    "OPERATION": Term(timedelta(days=400), "its beginning", ("createdAt",)),
    "AUDITDETAIL": Term(timedelta(days=400), "the entry"),
    "AUDITEVENT": Term(timedelta(days=100), "the entry"),  # longer than the event itself is kept
    "SECURITY": Term(timedelta(days=400), "the event", ("at",)),
    "INCIDENT": Term(timedelta(days=400), "its beginning", ("openedAt",)),
    "WEBHOOKGATE": Term(timedelta(days=7), "its last attempt"),
    "CANARY": Term(timedelta(days=90), "its last run"),
    "FIRING": Term(timedelta(days=90), "its time"),
    "TIMELINE": Term(timedelta(days=400), "what happened", ("at",)),
}
"""By kind. What is in neither this nor UNTIL_DELETED is kept beyond the tenant: the inventory says why."""

UNTIL_DELETED: Final = frozenset(
    {"INSTANCE", "USER", "MEMBER", "AWSCALLER", "POLICY", "POLICYBINDING", "MODEL", "POOL", "DATAKEY", "RUNNING"}
    | {"HOLD", "HOLDBAR", "KILLSWITCH", "WEBHOOK", "SCHEDULE"}
)
"""Kinds that are kept until they are removed by somebody, or with the tenant."""

EXPORTS: Final = Term(timedelta(days=30), "it was asked for")
"""The files of an export."""

UNRECORDED: Final = Term(timedelta(days=1), "its id was made")
"""An object that no record leads to: longer than an upload may be permitted, or a run may last, before there is one."""


def sweep_of_day(now: datetime) -> str:
    """The id of the operation that sweeps on this day (UTC): there is one, whoever asks for it."""
    return id_at("opn", datetime.combine(now.astimezone(UTC).date(), time(), UTC))


def due(item: Mapping[str, Any]) -> int | None:
    """When an item's time is over, in epoch seconds; None for what is kept, and for what does not say how old it is."""
    term = TERMS.get(keys.kind_of(item["pk"]))
    if term is None:
        return None
    if "ttl" in item:
        return int(item["ttl"])
    told = [parse_rfc3339(item[name]) for name in term.times if name in item]
    return term.expiry(told[0]) if told else _by_id(item["pk"], term) or _by_id(item["sk"], term)


def may_be_due(partition: str, now: datetime) -> bool:
    """Whether anything in a partition can be past its time: it need not be read when it is younger than its term."""
    term = TERMS.get(keys.kind_of(partition))
    if term is None:
        return False
    earliest = _by_id(partition, term)
    return earliest is None or earliest <= now.timestamp()


def object_due(tenant_id: TenantId, key: str) -> int | None:
    """When an object's time is over once no record leads to it; None for what is no file, output or export."""
    if key.startswith(keys.exports_root(tenant_id)):
        return _by_id(key, EXPORTS)
    return None if keys.record_of_object(tenant_id, key) is None else _by_id(key, UNRECORDED)


def _by_id(text: str, term: Term) -> int | None:
    """The end of the term when it begins with an id's time: the first id in a key."""
    made = next((moment for part in text.replace("#", "/").split("/") if (moment := made_at(part))), None)
    return None if made is None else term.expiry(made)
