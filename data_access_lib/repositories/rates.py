"""Token buckets of a tenant: one number each, moved by conditional writes; `governance.rates` says what it means.

A bucket's `fullAt` is either past (the bucket is full) or ahead. A condition cannot take the later of two moments, so a
drawer says which of the two it believes; when it is wrong nothing is written, and it learns what is there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from data_access_lib import keys
from data_access_lib.conditions import Increment, attr
from data_access_lib.retention import TERMS
from governance.rates import NANOSECONDS, Limit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from data_access_lib.conditions import Condition
    from data_access_lib.table import TenantScopedTable
    from data_access_lib.tenant import TenantId

FULL_AT: Final = "fullAt"
_KEPT_SECONDS: Final = int(TERMS["RATE"].span.total_seconds())
_ATTEMPTS: Final = 3


@dataclass(frozen=True, slots=True)
class Draw:
    """Tokens to be taken from a bucket, at most a burst of them.

    `believed` is where the bucket's `fullAt` stands, in nanoseconds; None: nowhere.
    """

    subject: str
    limit: Limit
    tokens: int
    believed: int | None = None


class RateBuckets:
    """Buckets in the ops table."""

    def __init__(self, table: TenantScopedTable) -> None:
        self._table = table
        self._tenant = table.tenant.tenant_id

    @property
    def tenant_id(self) -> TenantId:
        """Whose buckets these are."""
        return self._tenant

    def draw(self, draws: Sequence[Draw], now: int) -> None:
        """Take the tokens of every draw, or of none, at the moment `now` (nanoseconds since the epoch).

        One call, whatever their number. ConditionFailed names the first draw that its bucket did not grant, with the
        bucket as it is: it held too little, or was not where the draw believed.
        """
        if len(draws) == 1:
            change, condition = _change(draws[0], now)
            self._table.update(self._key(draws[0]), set_=change, condition=condition)
            return
        transaction = self._table.transaction()
        for draw in draws:
            change, condition = _change(draw, now)
            transaction.update(self._table.name, self._key(draw), set_=change, condition=condition)
        transaction.commit(attempts=_ATTEMPTS)

    def _key(self, draw: Draw) -> keys.Key:
        return keys.rate_key(self._tenant, draw.subject)


def _change(draw: Draw, now: int) -> tuple[dict[str, Any], Condition]:
    limit, full_at = draw.limit, attr(FULL_AT)
    taken = draw.tokens * limit.interval
    expiry = {"ttl": now // NANOSECONDS + _KEPT_SECONDS + limit.burst * limit.interval // NANOSECONDS}
    if draw.believed is None or draw.believed <= now:
        return {FULL_AT: now + taken, **expiry}, full_at.absent() | full_at.le(now)
    latest = now + (limit.burst - draw.tokens) * limit.interval
    return {FULL_AT: Increment(taken), **expiry}, full_at.gt(now) & full_at.le(latest)
