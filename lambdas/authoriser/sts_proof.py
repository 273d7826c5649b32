"""AWS callers' proofs: a presigned `GetCallerIdentity`, made for us, that only STS itself can check.

The pattern of EKS and Vault: the caller signs a request to STS and hands us the URL; whoever STS says made it is who
calls. Because the URL decides where we go and what we ask, it is taken apart and put together again: GET, a host of
our list, exactly the parameters of such a request, our audience among what is signed, at most a minute old.
https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
"""

import hashlib
import re
from collections.abc import Callable
from typing import Final, NamedTuple

from lambdas.authoriser.caches import AgeingCache
from lambdas.authoriser.models import DependencyDown
from platform_kit import aws_roles
from platform_kit.jws import TokenRefused, decode_segment

AUDIENCE_HEADER: Final = "x-ambit-audience"
MAX_AGE_SECONDS: Final = 60
LEEWAY_SECONDS: Final = 30
_MOST_REMEMBERED: Final = 4096
_OK: Final = 200
_REDIRECTS: Final = range(300, 400)
_REFUSALS: Final = range(400, 500)
_URL: Final = re.compile(r"(https?)://([a-z0-9.-]{1,253}(?::[0-9]{1,5})?)/\?([A-Za-z0-9%&=._~-]{1,6000})")
_ESCAPES: Final = re.compile(r"(?:[^%]|%[0-9A-Fa-f]{2})*")
_PARAMETERS: Final = {
    "Action": re.compile(r"GetCallerIdentity"),
    "Version": re.compile(r"2011-06-15"),
    "X-Amz-Algorithm": re.compile(r"AWS4-HMAC-SHA256"),
    "X-Amz-Credential": re.compile(r"[A-Z0-9]{16,128}/[0-9]{8}/[a-z0-9-]{1,25}/sts/aws4_request"),
    "X-Amz-Date": re.compile(r"[0-9]{8}T[0-9]{6}Z"),
    "X-Amz-Expires": re.compile(r"[1-9]|[1-5][0-9]|60"),
    "X-Amz-SignedHeaders": re.compile(f"host;{AUDIENCE_HEADER}"),
    # Without a session token it is a user's key, and only roles may call.
    "X-Amz-Security-Token": re.compile(r"[A-Za-z0-9+/=_-]{16,4096}"),
    "X-Amz-Signature": re.compile(r"[0-9a-f]{64}"),
}
_ARN: Final = re.compile(rb"<Arn>([\x21-\x3b\x3d\x3f-\x7e]{20,2048})</Arn>")


class StsAnswer(NamedTuple):
    """What STS said; a body over the bound is cut."""

    status: int
    body: bytes


AskSts = Callable[[str, str], StsAnswer]
"""Asks a host (with its port, if it has one) for a path with our audience header; DependencyDown without an answer."""


class Proof(NamedTuple):
    """A proof in parts that are safe to use; `ends` in epoch seconds."""

    host: str
    path: str
    ends: float


class RoleProofs:
    """Checks proofs, each once: what STS said is remembered while the proof is good."""

    def __init__(self, ask: AskSts, hosts: frozenset[str]) -> None:
        self._ask = ask
        self._hosts = hosts
        self._known: AgeingCache[bytes, str] = AgeingCache(_MOST_REMEMBERED)

    def role(self, text: str, now: float) -> str:
        """The ARN of the role that made a proof; TokenRefused, or DependencyDown while STS does not answer."""
        digest = hashlib.sha256(text.encode()).digest()
        known = self._known.get(digest, now)
        if known is not None:
            return known
        proof = read_proof(text, self._hosts, now)
        role = _role(self._ask(proof.host, proof.path))
        self._known.put(digest, role, min(proof.ends, now + MAX_AGE_SECONDS))
        return role


def read_proof(text: str, hosts: frozenset[str], now: float) -> Proof:
    """A proof taken apart; TokenRefused unless it is exactly what we may send to STS, and young enough."""
    match = _URL.fullmatch(_url(text))
    if match is None:
        raise TokenRefused("malformed_proof")
    scheme, host, query = match.groups()
    if host not in hosts or (scheme == "https") == is_loopback(host):
        raise TokenRefused("foreign_sts")
    given = _parameters(query)
    ends = _end(given, now)
    return Proof(host, "/?" + _query(given), ends)


def is_loopback(host: str) -> bool:
    """Whether this is the local platform's endpoint, which speaks plain HTTP."""
    return host.partition(":")[0] == "127.0.0.1"


def _url(text: str) -> str:
    unpadded = text.rstrip("=")
    if len(text) - len(unpadded) not in {0, -len(unpadded) % 4}:
        raise TokenRefused("malformed_proof")
    try:
        return decode_segment(unpadded).decode("ascii")
    except (TokenRefused, UnicodeDecodeError):
        raise TokenRefused("malformed_proof") from None


def _parameters(query: str) -> dict[str, str]:
    """The parameters by name, each once, all of them and no other, each of its form."""
    from urllib.parse import unquote

    if not _ESCAPES.fullmatch(query):
        raise TokenRefused("malformed_proof")
    pairs = [part.partition("=") for part in query.split("&")]
    given = {unquote(name): unquote(value) for name, _, value in pairs if name}
    if len(given) != len(pairs) or given.keys() != _PARAMETERS.keys():
        raise TokenRefused("bad_parameters")
    for name, form in _PARAMETERS.items():
        if not form.fullmatch(given[name]):
            raise TokenRefused("bad_parameters")
    return given


def _query(given: dict[str, str]) -> str:
    """The query put together again, so that what was checked is what is sent."""
    from urllib.parse import quote

    return "&".join(f"{name}={quote(value, safe='-_.~')}" for name, value in given.items())


def _end(given: dict[str, str], now: float) -> float:
    signed = _seconds(given["X-Amz-Date"])
    ends = signed + int(given["X-Amz-Expires"])
    if given["X-Amz-Credential"].split("/")[1] != given["X-Amz-Date"][:8] or signed > now + LEEWAY_SECONDS:
        raise TokenRefused("bad_proof_time")
    if ends <= now:
        raise TokenRefused("expired_proof")
    return ends


def _seconds(text: str) -> float:
    from datetime import UTC, datetime

    parts = (text[0:4], text[4:6], text[6:8], text[9:11], text[11:13], text[13:15])
    try:
        year, month, day, hour, minute, second = map(int, parts)
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC).timestamp()
    except ValueError:
        raise TokenRefused("bad_proof_time") from None


def _role(answer: StsAnswer) -> str:
    if answer.status in _REDIRECTS or answer.status in _REFUSALS:
        raise TokenRefused("refused_by_sts")
    if answer.status != _OK:
        raise DependencyDown("sts")
    found = _ARN.findall(answer.body)
    role = aws_roles.role_of_session(found[0].decode("ascii")) if len(found) == 1 else None
    if role is None:
        raise TokenRefused("no_role")
    return role
