"""What the authoriser reads of a machine's credential: from a digest to a grant. Platform-owned, one item a digest.

    {kind: "key"|"aws", tenantId, id, scopes, agents?, domains?, environment, ipAllow?, ratePerSecond?,
     expiresAt?, status}

`status` is `active`, `revoked`, or `pending`: claimed and not usable yet. A digest is that of an API key's text or of a
role's ARN; the secret itself is nowhere. Items that can expire carry a TTL past their end.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from data_access_lib import keys
from data_access_lib.conditions import attr
from data_access_lib.errors import ConditionFailed
from data_access_lib.repositories.records import pack, unpack
from platform_kit.clock import Clock, SystemClock
from platform_kit.errors import Conflict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from data_access_lib.codec import Item
    from data_access_lib.table import BoundedTable

KIND: Final = "CREDENTIAL"
_CLAIM: Final = timedelta(minutes=15)
_KEPT_SECONDS: Final = 24 * 3600  # past the end, so that nothing depends on when DynamoDB deletes


class Credentials:
    """Credentials in the control table. Times are epoch seconds."""

    def __init__(self, table: BoundedTable, clock: Clock | None = None) -> None:
        self._table = table
        self._clock = clock or SystemClock()

    def find(self, digest: str) -> Item | None:
        """A grant; None when there is none."""
        item = self._table.get(keys.credential_key(digest), consistent=True)
        return None if item is None else unpack(item, ())

    def open(self, digest: str, grant: Mapping[str, Any]) -> None:
        """Make a new credential usable; Conflict when the digest was used before, were it only to revoke it."""
        try:
            self._table.put(_item(digest, {**grant, "status": "active"}), condition=attr("pk").absent())
        except ConditionFailed:
            raise Conflict("The credential was revoked while it was being made.") from None

    def claim(self, digest: str, grant: Mapping[str, Any]) -> None:
        """Take a digest for one tenant, not usable yet; Conflict while another has it.

        A claim that nobody activated within fifteen minutes is anybody's.
        """
        now = int(self._clock.now().timestamp())
        mine = attr("tenantId").eq(grant["tenantId"]) & attr("status").eq("pending")
        stale = attr("status").eq("pending") & attr("claimedUntil").le(now)
        free = attr("pk").absent() | attr("status").eq("revoked") | mine | stale
        claim = {**grant, "status": "pending", "claimedUntil": now + int(_CLAIM.total_seconds())}
        try:
            self._table.put(_item(digest, claim), condition=free)
        except ConditionFailed:
            raise Conflict("It is bound to a tenant already, and can be bound to one only.") from None

    def activate(self, digest: str, owner_id: str) -> None:
        """Make a claimed credential usable; Conflict when it is no longer this owner's claim."""
        mine = attr("id").eq(owner_id) & attr("status").is_in(("pending", "active"))
        try:
            self._table.update(
                keys.credential_key(digest), set_={"status": "active"}, remove=("claimedUntil",), condition=mine
            )
        except ConditionFailed:
            raise Conflict("The credential was revoked while it was being made.") from None

    def shorten(self, digest: str, owner_id: str, expires_at: int) -> None:
        """Let a credential end at `expires_at`; nothing happens when it is not there or ends before."""
        later = attr("id").eq(owner_id) & attr("expiresAt").gt(expires_at)
        ends = {"expiresAt": expires_at, "ttl": expires_at + _KEPT_SECONDS}
        try:
            self._table.update(keys.credential_key(digest), set_=ends, condition=later)
        except ConditionFailed:
            return

    def revoke(self, digest: str, owner_id: str) -> None:
        """Make a credential unusable for good, also one that is only about to be opened; another owner's stays."""
        mark = {"status": "revoked", "id": owner_id, "ttl": int(self._clock.now().timestamp()) + _KEPT_SECONDS}
        owned = attr("pk").absent() | attr("id").eq(owner_id)
        try:
            self._table.update(keys.credential_key(digest), set_=mark, condition=owned)
        except ConditionFailed:
            return


def _item(digest: str, grant: Mapping[str, Any]) -> dict[str, Any]:
    expires = grant.get("expiresAt")
    forget = {} if expires is None else {"ttl": int(expires) + _KEPT_SECONDS}
    return {**pack(grant, ()), **keys.credential_key(digest)._asdict(), **forget}
