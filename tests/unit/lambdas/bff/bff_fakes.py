"""An identity provider, a session store and a clock that tests own."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from lambdas.bff.errors import GrantRefused, ProviderUnavailable
from lambdas.bff.models import LoginTransaction, Profile, SealedSession, Tokens, WebSession

if TYPE_CHECKING:
    from collections.abc import Callable

NOW = 1_800_000_000
ISSUER = "https://id.example"


@dataclass
class FakeClock:
    epoch: int = NOW

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.epoch, UTC)


@dataclass
class FakeProvider:
    """Rotates refresh tokens as a strict provider does: using one twice ends the grant."""

    clock: FakeClock
    down: bool = False
    good_code: str = "good-code"
    good_refresh: str = "refresh-1"
    ended: bool = False
    issued: int = 1
    refreshes: int = 0
    revoked: list[str] = field(default_factory=list)
    during_refresh: Callable[[], None] | None = None

    def authorize_url(self, transaction: LoginTransaction, prompt: str | None) -> str:
        self._answer()
        return f"{ISSUER}/auth?state={transaction.state}" + (f"&prompt={prompt}" if prompt else "")

    def exchange(self, code: str, transaction: LoginTransaction) -> tuple[Tokens, dict[str, Any]]:
        self._answer()
        if code != self.good_code or not transaction.verifier:
            raise GrantRefused
        return self.tokens(), {"sub": "u-1", "email": "dev@acme.test", "tenantid": "acme", "roles": ["R"]}

    def refresh(self, tokens: Tokens) -> Tokens:
        self._answer()
        self.refreshes += 1
        if self.during_refresh:
            self.during_refresh()
        if self.ended or tokens.refresh_token != self.good_refresh:
            self.ended = True
            raise GrantRefused
        self.issued += 1
        self.good_refresh = f"refresh-{self.issued}"
        return self.tokens()

    def revoke(self, tokens: Tokens) -> None:
        self._answer()
        self.revoked.append(tokens.refresh_token)

    def tokens(self) -> Tokens:
        expires_at = self.clock.epoch + 300
        return Tokens(access_token=f"access-{self.issued}", refresh_token=self.good_refresh, expires_at=expires_at)

    def _answer(self) -> None:
        if self.down:
            raise ProviderUnavailable


@dataclass
class FakeSessions:
    kept: dict[str, WebSession] = field(default_factory=dict)
    leases: dict[str, int] = field(default_factory=dict)
    touches: int = 0

    def create(self, session: WebSession) -> None:
        self.kept[session.secret] = session

    def find(self, secret: str) -> WebSession | None:
        return self.kept.get(secret)

    def touch(self, session: WebSession, idle_expires_at: int) -> WebSession:
        self.touches += 1
        self.kept[session.secret] = replace(self.kept[session.secret], idle_expires_at=idle_expires_at)
        return self.kept[session.secret]

    def take_refresh_lease(self, session: WebSession, now: int) -> bool:
        current = self.kept.get(session.secret)
        if current is None or current.version != session.version or self.leases.get(session.secret, 0) > now:
            return False
        self.leases[session.secret] = now + 15
        return True

    def release_lease(self, session: WebSession) -> None:
        self.leases.pop(session.secret, None)

    def renew(self, session: WebSession, sealed: SealedSession) -> WebSession:
        self.kept[session.secret] = replace(session, sealed=sealed, version=session.version + 1)
        self.leases.pop(session.secret, None)
        return self.kept[session.secret]

    def remove(self, secret: str) -> None:
        self.kept.pop(secret, None)


def a_session(**changes: Any) -> WebSession:
    tokens = Tokens(access_token="access-1", refresh_token="refresh-1", expires_at=NOW + 300)
    profile = Profile(subject="u-1", email="dev@acme.test", tenant_id="acme", roles=["Tenant.Developer"])
    sealed = SealedSession(tokens=tokens, profile=profile)
    session = WebSession("s3cret", sealed, 1, NOW + 3600, NOW + 43_200)
    return replace(session, **changes)
