"""The web app's session routes. Redirects for people, problem+json for scripts."""

from datetime import UTC, datetime
from typing import Final

from lambdas.bff.cookies import Cookies
from lambdas.bff.errors import CrossSiteRequest, ProviderUnavailable, SessionExpired, SignInFailed
from lambdas.bff.models import AccessTokenReply, WebSession, WebSessionReply
from lambdas.bff.service import WebSessions
from platform_kit.api import Call, Reply, Routes
from platform_kit.clock import rfc3339
from platform_kit.observability import count, logger

CSRF_HEADER: Final = "x-ambit-csrf"
"""Any value will do: a page of another origin cannot send the header without a preflight that nobody answers."""

ROUTES: Final = Routes("bff")

_CALLBACK_QUERY: Final = {
    "code": "The authorization code.",
    "state": "What the sign-in began with.",
    "iss": "The issuer that answers (RFC 9207).",
    "error": "Why there is no code.",
    "error_description": "The provider's words; not used.",
    "error_uri": "Not used.",
    "session_state": "Some providers send it; not used.",
}


class Bff:
    """What the routes need: the verbs, the cookies, and the one origin that may call."""

    def __init__(self, web: WebSessions, cookies: Cookies, origin: str) -> None:
        self.web = web
        self.cookies = cookies
        self.origin = origin


@ROUTES.handle(
    "GET /bff/login",
    replies={302: None},
    query={"returnTo": "A page of the web app.", "prompt": "`login` asks again who is there."},
)
def login(call: Call, bff: Bff) -> Reply:
    """Begin signing in: redirect to the identity provider."""
    prompt = "login" if call.query.get("prompt") == "login" else None
    try:
        address, transaction = bff.web.begin(call.query.get("returnTo"), prompt)
    except ProviderUnavailable:
        return _sign_in_page(bff, "unavailable")
    return _redirect(address, bff.cookies.set_login(transaction))


@ROUTES.handle("GET /bff/callback", replies={302: None}, query=_CALLBACK_QUERY)
def callback(call: Call, bff: Bff) -> Reply:
    """Finish signing in: redirect into the web app with a session, or to its sign-in page with a reason."""
    transaction = bff.cookies.read_login(call.headers.get("cookie"))
    try:
        session = bff.web.complete(transaction, dict(call.query))
    except SignInFailed as failure:
        return _sign_in_page(bff, failure.reason)
    except ProviderUnavailable:
        return _sign_in_page(bff, "unavailable")
    target = transaction.return_to if transaction else "/"
    return _redirect(target, bff.cookies.set_session(session.secret), bff.cookies.clear_login())


@ROUTES.handle("GET /bff/session", replies={200: WebSessionReply})
def session(call: Call, bff: Bff) -> Reply:
    """Who is signed in here, if anybody, and until when."""
    secret = bff.cookies.read_session(call.headers.get("cookie"))
    try:
        return Reply(_described(bff.web.current(secret)))
    except SessionExpired:
        forget = (bff.cookies.clear_session(),) if secret else ()
        return Reply(WebSessionReply(authenticated=False), cookies=forget)


@ROUTES.handle("POST /bff/token", replies={200: AccessTokenReply})
def token(call: Call, bff: Bff) -> AccessTokenReply:
    """A short-lived access token for the API, for the web app's memory only."""
    _same_site(call, bff)
    secret = bff.cookies.read_session(call.headers.get("cookie"))
    access_token, seconds = bff.web.access_token(secret)
    return AccessTokenReply(access_token=access_token, expires_in=seconds)


@ROUTES.handle("POST /bff/logout", replies={204: None})
def logout(call: Call, bff: Bff) -> Reply:
    """End the session here and at the identity provider."""
    _same_site(call, bff)
    bff.web.sign_out(bff.cookies.read_session(call.headers.get("cookie")))
    return Reply(None, 204, cookies=(bff.cookies.clear_session(),))


def _same_site(call: Call, bff: Bff) -> None:
    if CSRF_HEADER not in call.headers or call.headers.get("origin") != bff.origin:
        count("CrossSiteRequest")
        raise CrossSiteRequest


def _described(current: WebSession) -> WebSessionReply:
    return WebSessionReply(
        authenticated=True,
        user=current.sealed.profile,
        idle_expires_at=_moment(current.idle_expires_at),
        absolute_expires_at=_moment(current.absolute_expires_at),
    )


def _moment(epoch_seconds: int) -> str:
    return rfc3339(datetime.fromtimestamp(epoch_seconds, UTC))


def _sign_in_page(bff: Bff, reason: str) -> Reply:
    logger().warning("sign-in not completed", reason=reason)
    count("SignInFailed", reason=reason)
    return _redirect(f"/sign-in?error={reason}", bff.cookies.clear_login())


def _redirect(location: str, *cookies: str) -> Reply:
    headers = {"location": location, "referrer-policy": "no-referrer"}
    return Reply(None, 302, headers, cookies)
