"""What the web app is told of its session, and what the platform keeps of it."""

from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from platform_kit.models import ApiReply

LOGIN_SECONDS: Final = 600
"""How long a person may take to sign in."""
IDLE_SECONDS: Final = 3600
"""A session unused for this long is over."""
ABSOLUTE_SECONDS: Final = 12 * 3600
"""A session is over after this long, used or not."""


class Profile(ApiReply):
    """The signed-in person as the identity provider describes them; the API decides by its own records, not by this."""

    subject: str
    email: str | None = None
    name: str | None = None
    tenant_id: str | None = None
    roles: list[str] = Field(default_factory=list)


class WebSessionReply(ApiReply):
    """`user` and the times (RFC 3339 UTC) are there when `authenticated`."""

    authenticated: bool
    user: Profile | None = None
    idle_expires_at: str | None = None
    absolute_expires_at: str | None = None


class AccessTokenReply(ApiReply):
    """An access token for the API, to be held in memory only. `expiresIn` is in seconds."""

    access_token: str = Field(repr=False)
    expires_in: int
    token_type: str = "Bearer"  # noqa: S105 - RFC 6750's name of the scheme, not a secret


class LoginTransaction(BaseModel):
    """What a sign-in must bring back unchanged, sealed in a cookie until then. `expires_at` in epoch seconds."""

    model_config = ConfigDict(frozen=True)

    state: str
    nonce: str
    verifier: str = Field(repr=False)
    return_to: str
    expires_at: int


class Tokens(BaseModel):
    """The provider's answer. `expires_at` is the access token's end in epoch seconds."""

    model_config = ConfigDict(frozen=True)

    access_token: str = Field(repr=False)
    refresh_token: str = Field(repr=False)
    expires_at: int


class SealedSession(BaseModel):
    """The part of a session that is stored encrypted."""

    model_config = ConfigDict(frozen=True)

    tokens: Tokens
    profile: Profile


@dataclass(frozen=True)
class WebSession:
    """One browser's session. Times in epoch seconds; `version` moves with every new pair of tokens."""

    secret: str
    sealed: SealedSession
    version: int
    idle_expires_at: int
    absolute_expires_at: int

    def is_over(self, now: int) -> bool:
        """Whether the session ended by disuse or by age."""
        return now >= min(self.idle_expires_at, self.absolute_expires_at)


def profile_from(claims: dict[str, Any]) -> Profile:
    """The profile from verified ID token claims; providers differ in what they call an address."""
    roles = claims.get("roles")
    return Profile(
        subject=str(claims["sub"]),
        email=claims.get("email") or claims.get("preferred_username"),
        name=claims.get("name"),
        tenant_id=claims.get("tenantid"),
        roles=[str(role) for role in roles] if isinstance(roles, list) else [],
    )
