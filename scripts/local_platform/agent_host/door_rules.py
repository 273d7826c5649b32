"""What may pass from a sandbox to the gateway: its own routes, the session's own runs, one clear request at a time."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from platform_kit.access import ROUTES, Auth

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    Headers = Iterable[tuple[bytes, bytes]]

MAX_TARGET = 2048
# Connection-bound, or words about where a call comes from, which are the edge's to say.
DROPPED = frozenset({
    b"host", b"connection", b"keep-alive", b"proxy-connection", b"proxy-authorization", b"te", b"trailer", b"upgrade",
    b"transfer-encoding", b"content-length", b"expect", b"forwarded", b"via", b"x-real-ip",
})  # fmt: skip
DROPPED_PREFIXES = (b"x-forwarded-", b"x-amzn-request-context")


@dataclass(frozen=True)
class Refusal:
    """Why a request did not pass; `reason` is one of a fixed set."""

    status: int
    reason: str
    detail: str


NO_ROUTE = Refusal(404, "not_a_gateway_route", "Only the gateway's own routes lead out of here.")
AMBIGUOUS = Refusal(400, "ambiguous_request", "The request does not say in one way where it ends.")
WRONG_HOST = Refusal(421, "wrong_host", "Nothing but the gateway is behind this address.")
TOO_LARGE = Refusal(413, "too_large", "The body is larger than any the gateway takes.")
ANOTHER_RUN = Refusal(403, "another_run", "The token is of a run that is not this session's.")
MALFORMED = Refusal(400, "malformed_request", "That is not HTTP/1.1.")
SLOW = Refusal(408, "too_slow", "The request did not come to its end in time.")
UNREACHABLE = Refusal(503, "gateway_unreachable", "The gateway does not answer.")


@cache
def routes() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Method and path of every route that takes run tokens, from the platform's one table of routes."""
    found = (route for route in ROUTES if route.auth is Auth.RUN)
    return tuple((route.method, re.compile(re.sub(r"\{[a-z]+\}", "[A-Za-z0-9_:-]+", route.path))) for route in found)


def judge(method: str, target: str, headers: Headers, authorities: Collection[str]) -> Refusal | None:
    """Why the head of a request may not pass, or None. `authorities` are the names the gateway goes by inside."""
    path = target.partition("?")[0]
    if len(target) > MAX_TARGET or not any(method == verb and form.fullmatch(path) for verb, form in routes()):
        return NO_ROUTE
    names = [name for name, _ in headers]
    framed = names.count(b"content-length") + names.count(b"transfer-encoding")
    if framed > 1 or names.count(b"host") != 1 or names.count(b"authorization") > 1:
        return AMBIGUOUS
    host = dict(headers)[b"host"].decode("latin-1")
    return None if host in authorities else WRONG_HOST


def judge_token(headers: Mapping[bytes, bytes], runs: Collection[str]) -> Refusal | None:
    """ANOTHER_RUN for a token that names a run this session was never given.

    What it says is not believed, only compared: whether a token is any good is for the gateway to find out.
    """
    claims = unverified_claims(headers.get(b"authorization", b""))
    return ANOTHER_RUN if "run" in claims and claims["run"] not in runs else None


def unverified_claims(authorization: bytes) -> dict[str, Any]:
    """The payload of a bearer JWT; empty when it is none."""
    parts = authorization.split(b" ")[-1].split(b".")
    if len(parts) != 3:  # noqa: PLR2004 - header, payload, signature
        return {}
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + b"=" * (-len(parts[1]) % 4)))
    except (ValueError, RecursionError):
        return {}
    return claims if isinstance(claims, dict) else {}


def passed_on(headers: Headers) -> list[tuple[bytes, bytes]]:
    """The headers the gateway gets."""
    return [(name, value) for name, value in headers if name not in DROPPED and not name.startswith(DROPPED_PREFIXES)]
