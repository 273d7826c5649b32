"""Sessions: conversations of one principal with an agent. To anybody else they are not there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from data_access_lib import keys
from data_access_lib.conditions import attr
from data_access_lib.repositories.pages import IdPage, newest_of_partition
from data_access_lib.repositories.records import required, unpack
from data_access_lib.retention import TERMS
from platform_kit.clock import Clock, SystemClock, rfc3339

if TYPE_CHECKING:
    from collections.abc import Mapping

    from data_access_lib.codec import Item
    from data_access_lib.table import TenantScopedTable
    from data_access_lib.transaction import TenantTransaction

LABEL: Final = "session"


class Sessions:
    """Sessions in the runs table, of the acting principal."""

    def __init__(self, table: TenantScopedTable, clock: Clock | None = None) -> None:
        self._table = table
        self._tenant = table.tenant.tenant_id
        self._principal = table.tenant.principal_id
        self._clock = clock or SystemClock()

    def find(self, session_id: str) -> Item | None:
        """The principal's own session; None when there is none, or it is another's."""
        item = self._table.get(keys.session_key(self._tenant, session_id))
        return unpack(item, ()) if item is not None and item["principalId"] == self._principal else None

    def get(self, session_id: str) -> Item:
        """The principal's own session; NotFound when there is none, or it is another's."""
        return required(self.find(session_id), "session")

    def start(self, transaction: TenantTransaction, session: Mapping[str, Any]) -> int:
        """Add a new session of the acting principal (`sessionId` names it); the piece's index, label `session`."""
        now = rfc3339(self._clock.now())
        session_id = session["sessionId"]
        item = {
            "createdAt": now,
            "lastRunAt": now,
            "runs": 1,
            **session,
            "principalId": self._principal,
            **keys.session_key(self._tenant, session_id)._asdict(),
            **keys.session_index(self._tenant, self._principal, session_id)._asdict(),
            "ttl": self._expiry(),
        }
        return transaction.put(self._table.name, item, condition=attr("pk").absent(), label=LABEL)

    def touch(self, transaction: TenantTransaction, session_id: str, *, agent: str | None = None) -> int:
        """Add one more run to the principal's own session; the piece fails (label `session`) when it is not.

        With `agent` it fails for a session with another agent too: then the stored item is the principal's.
        """
        own = attr("principalId").eq(self._principal)
        return transaction.update(
            self._table.name,
            keys.session_key(self._tenant, session_id),
            set_={"lastRunAt": rfc3339(self._clock.now()), "ttl": self._expiry()},
            add={"runs": 1},
            condition=own if agent is None else own & attr("agent").eq(agent),
            label=LABEL,
        )

    def record_run(self, transaction: TenantTransaction, session_id: str, run_id: str) -> int:
        """Add a run to the session's history; the piece's index."""
        item = {
            **keys.session_run_key(self._tenant, session_id, run_id)._asdict(),
            "runId": run_id,
            "ttl": self._expiry(),
        }
        return transaction.put(self._table.name, item)

    def run_ids(self, session_id: str, *, limit: int = 100) -> list[str]:
        """The latest runs of a session, newest first."""
        key = keys.session_key(self._tenant, session_id)
        page = self._table.query(key.pk, begins_with=keys.session_run_prefix(), newest_first=True, limit=limit)
        return [str(item["runId"]) for item in page.items]

    def list(self, *, limit: int = 50, after: str | None = None) -> IdPage:
        """The principal's own sessions, newest first."""
        partition = keys.sessions_partition(self._tenant, self._principal)
        page = newest_of_partition(self._table, partition, limit=limit, after=after, index="gsi1")
        return IdPage([unpack(item, ()) for item in page.items], page.next_id)

    def _expiry(self) -> int:
        return TERMS["SESSION"].expiry(self._clock.now())
