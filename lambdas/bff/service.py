"""The web app's session: sign in, keep alive, hand out short-lived access tokens, sign out.

The browser holds a random secret in a cookie that no script can read; the refresh token stays here, encrypted. What the
web app gets is an access token of minutes, kept in memory (OAuth 2.0 for Browser-Based Apps: token-mediating backend).
"""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

from lambdas.bff.errors import GrantRefused, ProviderUnavailable, SessionExpired, SignInFailed
from lambdas.bff.models import (
    ABSOLUTE_SECONDS,
    IDLE_SECONDS,
    LOGIN_SECONDS,
    LoginTransaction,
    SealedSession,
    Tokens,
    WebSession,
    profile_from,
)
from platform_kit.clock import Clock
from platform_kit.observability import count, logger

_FRESH_SECONDS: Final = 60  # a token with less than this left is renewed, so that it outlives the call it is for
_TOUCH_SECONDS: Final = 60  # the idle limit moves at most this often: one write a minute, not one a call
_POLL_SECONDS: Final = 0.15
_MAX_POLLS: Final = 80
_MAX_RETURN_TO: Final = 512
_SERVER_PATHS: Final = ("/bff/", "/v1/")


class Provider(Protocol):
    """What the session needs of an identity provider: see `oidc.IdentityProvider`."""

    def authorize_url(self, transaction: LoginTransaction, prompt: str | None) -> str: ...  # noqa: D102
    def exchange(self, code: str, transaction: LoginTransaction) -> tuple[Tokens, dict[str, Any]]: ...  # noqa: D102
    def refresh(self, tokens: Tokens) -> Tokens: ...  # noqa: D102
    def revoke(self, tokens: Tokens) -> None: ...  # noqa: D102


class Sessions(Protocol):
    """Where sessions are kept: see `sessions.SessionStore`."""

    def create(self, session: WebSession) -> None: ...  # noqa: D102
    def find(self, secret: str) -> WebSession | None: ...  # noqa: D102
    def touch(self, session: WebSession, idle_expires_at: int) -> WebSession: ...  # noqa: D102
    def take_refresh_lease(self, session: WebSession, now: int) -> bool: ...  # noqa: D102
    def release_lease(self, session: WebSession) -> None: ...  # noqa: D102
    def renew(self, session: WebSession, sealed: SealedSession) -> WebSession: ...  # noqa: D102
    def remove(self, secret: str) -> None: ...  # noqa: D102


@dataclass(frozen=True)
class WebSessions:
    """The verbs of signing in and out."""

    provider: Provider
    sessions: Sessions
    clock: Clock
    issuer: str
    pause: Callable[[float], None] = field(default=time.sleep)

    def begin(self, return_to: str | None, prompt: str | None) -> tuple[str, LoginTransaction]:
        """The provider's address for a new sign-in, and what must come back with it."""
        transaction = LoginTransaction(
            state=secrets.token_urlsafe(24),
            nonce=secrets.token_urlsafe(24),
            verifier=secrets.token_urlsafe(48),
            return_to=safe_return_to(return_to),
            expires_at=self._now() + LOGIN_SECONDS,
        )
        return self.provider.authorize_url(transaction, prompt), transaction

    def complete(self, transaction: LoginTransaction | None, answer: dict[str, str]) -> WebSession:
        """Finish a sign-in with what the provider sent back; SignInFailed says why not."""
        current = self._check_answer(transaction, answer)
        try:
            tokens, claims = self.provider.exchange(answer["code"], current)
        except GrantRefused:
            raise SignInFailed("expired") from None
        session = self._new_session(tokens, claims)
        self.sessions.create(session)
        count("SignIn")
        return session

    def current(self, secret: str | None) -> WebSession:
        """The session of a cookie, kept alive by this call; SessionExpired when there is none."""
        session = self.sessions.find(secret) if secret else None
        if session is None:
            raise SessionExpired
        if session.is_over(self._now()):
            self.sessions.remove(session.secret)
            raise SessionExpired
        return self._keep_alive(session)

    def access_token(self, secret: str | None) -> tuple[str, int]:
        """An access token and the seconds it has left, refreshed when it is nearly over."""
        session = self.current(secret)
        if not self._is_fresh(session):
            session = self._refreshed(session)
        tokens = session.sealed.tokens
        return tokens.access_token, max(0, tokens.expires_at - self._now())

    def sign_out(self, secret: str | None) -> None:
        """End the session here and at the provider. Done again, or without a session, it does nothing."""
        session = self.sessions.find(secret) if secret else None
        if session is None:
            return
        self.sessions.remove(session.secret)
        try:
            self.provider.revoke(session.sealed.tokens)
        except ProviderUnavailable:
            # The token is gone from here; what is left at the provider ends by its own lifetime.
            logger().warning("the provider could not be told of a sign-out")
            count("SignOutNotTold")

    def _check_answer(self, transaction: LoginTransaction | None, answer: dict[str, str]) -> LoginTransaction:
        if transaction is None or self._now() >= transaction.expires_at:
            raise SignInFailed("expired")
        if not secrets.compare_digest(transaction.state.encode(), answer.get("state", "").encode()):
            raise SignInFailed("mismatch")
        if answer.get("iss", self.issuer) != self.issuer:
            raise SignInFailed("mismatch")  # RFC 9207: an answer of another issuer (mix-up attack)
        if answer.get("error") or not answer.get("code"):
            raise SignInFailed("denied" if answer.get("error") == "access_denied" else "failed")
        return transaction

    def _new_session(self, tokens: Tokens, claims: dict[str, Any]) -> WebSession:
        now = self._now()
        return WebSession(
            secret=secrets.token_urlsafe(32),
            sealed=SealedSession(tokens=tokens, profile=profile_from(claims)),
            version=1,
            idle_expires_at=now + IDLE_SECONDS,
            absolute_expires_at=now + ABSOLUTE_SECONDS,
        )

    def _keep_alive(self, session: WebSession) -> WebSession:
        limit = min(self._now() + IDLE_SECONDS, session.absolute_expires_at)
        if limit - session.idle_expires_at < _TOUCH_SECONDS:
            return session
        return self.sessions.touch(session, limit)

    def _is_fresh(self, session: WebSession) -> bool:
        return session.sealed.tokens.expires_at - self._now() > _FRESH_SECONDS

    def _refreshed(self, session: WebSession) -> WebSession:
        """Refresh once however many tabs ask: a rotated refresh token used twice ends the session at the provider."""
        for _ in range(_MAX_POLLS):
            if self.sessions.take_refresh_lease(session, self._now()):
                return self._refresh(session)
            self.pause(_POLL_SECONDS)
            latest = self.sessions.find(session.secret)
            if latest is None:
                raise SessionExpired
            if self._is_fresh(latest):
                return latest
            session = latest
        raise ProviderUnavailable

    def _refresh(self, session: WebSession) -> WebSession:
        try:
            tokens = self.provider.refresh(session.sealed.tokens)
        except GrantRefused:
            self.sessions.remove(session.secret)
            raise SessionExpired from None
        except ProviderUnavailable:
            self.sessions.release_lease(session)
            raise
        return self.sessions.renew(session, session.sealed.model_copy(update={"tokens": tokens}))

    def _now(self) -> int:
        return int(self.clock.now().timestamp())


def safe_return_to(path: str | None) -> str:
    """`path` when it is a page of the web app itself, else `/`: no other origin, no server route, no odd character."""
    if path is None or len(path) > _MAX_RETURN_TO or not path.isascii() or not path.isprintable():
        return "/"
    if not path.startswith("/") or path.startswith("//") or "\\" in path or " " in path:
        return "/"
    return "/" if f"{urlsplit(path).path}/".startswith(_SERVER_PATHS) else path
