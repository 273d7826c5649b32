"""Web sessions in the ops table: found by the hash of the cookie's secret, their tokens sealed."""

from dataclasses import replace
from typing import Final

from data_access_lib import keys
from data_access_lib.client import BoundedTable
from data_access_lib.codec import Item
from data_access_lib.conditions import attr
from data_access_lib.errors import ConditionFailed
from lambdas.bff.models import SealedSession, WebSession
from lambdas.bff.sealing import CannotUnseal, Sealer

REFRESH_LEASE_SECONDS: Final = 15
"""How long one refresh may take before another browser tab may try: longer than the provider's timeouts together."""


class SessionStore:
    """Sessions by secret. Nothing here can be turned back into a cookie or a token without the function's key."""

    def __init__(self, table: BoundedTable, sealer: Sealer) -> None:
        self._table = table
        self._sealer = sealer

    def create(self, session: WebSession) -> None:
        """Keep a new session."""
        key = keys.bff_session_key(session.secret)
        self._table.put(
            {
                **key._asdict(),
                "sealed": self._seal(key.pk, session.sealed),
                "version": session.version,
                "idleExpiresAt": session.idle_expires_at,
                "absoluteExpiresAt": session.absolute_expires_at,
                "refreshingUntil": 0,
                "ttl": session.absolute_expires_at,
            },
            condition=attr("pk").absent(),
        )

    def find(self, secret: str) -> WebSession | None:
        """The session of this secret, ended or not; None when there is none that this key can read."""
        key = keys.bff_session_key(secret)
        item = self._table.get(key, consistent=True)
        return None if item is None else self._session(secret, key.pk, item)

    def touch(self, session: WebSession, idle_expires_at: int) -> WebSession:
        """Move the idle limit; the session as given when it was removed meanwhile."""
        try:
            self._table.update(
                keys.bff_session_key(session.secret),
                set_={"idleExpiresAt": idle_expires_at},
                condition=attr("pk").exists(),
            )
        except ConditionFailed:
            return session
        return replace(session, idle_expires_at=idle_expires_at)

    def take_refresh_lease(self, session: WebSession, now: int) -> bool:
        """Whether this caller may refresh the tokens of this version: one at a time, only while they are current."""
        current = attr("version").eq(session.version) & attr("refreshingUntil").le(now)
        try:
            self._table.update(
                keys.bff_session_key(session.secret),
                set_={"refreshingUntil": now + REFRESH_LEASE_SECONDS},
                condition=current,
            )
        except ConditionFailed:
            return False
        return True

    def release_lease(self, session: WebSession) -> None:
        """Let others try at once, after a refresh that did not reach the provider."""
        self._advance(session, {"refreshingUntil": 0})

    def renew(self, session: WebSession, sealed: SealedSession) -> WebSession:
        """Store new tokens as the next version and end the lease."""
        pk = keys.bff_session_key(session.secret).pk
        version = session.version + 1
        change = {"sealed": self._seal(pk, sealed), "version": version, "refreshingUntil": 0}
        self._advance(session, change)
        return replace(session, sealed=sealed, version=version)

    def remove(self, secret: str) -> None:
        """Forget a session."""
        self._table.delete(keys.bff_session_key(secret))

    def _advance(self, session: WebSession, change: dict[str, object]) -> None:
        condition = attr("version").eq(session.version)
        try:
            self._table.update(keys.bff_session_key(session.secret), set_=change, condition=condition)
        except ConditionFailed:
            return  # signed out, or a slower holder of an expired lease: what is stored is newer

    def _seal(self, pk: str, sealed: SealedSession) -> bytes:
        return self._sealer.seal(sealed.model_dump_json().encode(), pk)

    def _session(self, secret: str, pk: str, item: Item) -> WebSession | None:
        try:
            plain = self._sealer.unseal(item["sealed"], pk)
        except CannotUnseal:
            return None  # the key was replaced: everybody signs in again
        return WebSession(
            secret=secret,
            sealed=SealedSession.model_validate_json(plain),
            version=item["version"],
            idle_expires_at=item["idleExpiresAt"],
            absolute_expires_at=item["absoluteExpiresAt"],
        )
