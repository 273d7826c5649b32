"""How a web session can fail, as one tree under the platform's errors.

AmbitError
├── Unauthenticated           401
│   └── SessionExpired        401  SESSION_EXPIRED   no session, ended, or no longer good at the provider
├── Forbidden                 403
│   └── CrossSiteRequest      403  CROSS_SITE_REQUEST
└── DependencyUnavailable     503
└── ProviderUnavailable   503  the identity provider does not answer
SignInFailed                       ends in a redirect to the sign-in page, with a word that page explains
GrantRefused                       the provider refused a refresh token: the session is over
"""

from typing import ClassVar

from platform_kit.errors import DependencyUnavailable, Forbidden, Unauthenticated


class SessionExpired(Unauthenticated):
    """There is no such session, or it has ended."""

    code: ClassVar[str] = "SESSION_EXPIRED"
    title: ClassVar[str] = "Session expired"

    def __init__(self) -> None:
        super().__init__("Your session has ended. Sign in again.")


class CrossSiteRequest(Forbidden):
    """A state-changing call that did not come from the web app's own pages."""

    code: ClassVar[str] = "CROSS_SITE_REQUEST"
    title: ClassVar[str] = "Not from this site"

    def __init__(self) -> None:
        super().__init__("This call is for the web app's own pages.")


class ProviderUnavailable(DependencyUnavailable):
    """The identity provider did not answer, or not in its protocol."""

    def __init__(self) -> None:
        super().__init__("The identity provider is not answering. Try again.", retry_after=5)


class SignInFailed(Exception):
    """A sign-in that cannot be completed; `reason` is one word for the sign-in page."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class GrantRefused(Exception):
    """The provider answered `invalid_grant`: the code or refresh token is used, expired or revoked."""
