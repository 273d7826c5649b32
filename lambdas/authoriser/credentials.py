"""What the caller sent in `Authorization`, and nothing else: no other header, path, query or body says who calls.

Where it called from is the address that API Gateway saw; a header such as `X-Forwarded-For` says what its sender likes.
"""

import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from platform_kit.jws import MAX_TOKEN_BYTES, TokenRefused

BEARER: Final = "bearer"
AMBIT_STS: Final = "ambitsts"
API_KEY_PREFIX: Final = "amb_"
_MOST_SCHEME_BYTES: Final = 32
# RFC 9110 §11.4 and RFC 6750 §2.1: a scheme in any case, spaces, one token; no comma, so no second credential.
_CREDENTIAL: Final = re.compile(r"([A-Za-z][A-Za-z0-9-]{0,30}) +([A-Za-z0-9._~+/-]+=*)")


class Credential(NamedTuple):
    """A scheme in lower case, what follows it, and the caller's address; "" when API Gateway gave none."""

    scheme: str
    value: str
    source_ip: str = ""


def read_credential(event: Mapping[str, Any]) -> Credential:
    """The one credential of a request; TokenRefused when there is none, more than one, or a malformed one."""
    text = _only_header(event)
    if len(text) > MAX_TOKEN_BYTES + _MOST_SCHEME_BYTES:
        raise TokenRefused("too_large")
    match = _CREDENTIAL.fullmatch(text)
    if match is None:
        raise TokenRefused("malformed_header")
    return Credential(match.group(1).lower(), match.group(2), _source_ip(event))


def _source_ip(event: Mapping[str, Any]) -> str:
    identity = (event.get("requestContext") or {}).get("identity") or {}
    return str(identity.get("sourceIp") or "")


def _only_header(event: Mapping[str, Any]) -> str:
    single, several = _values(event.get("headers")), _values(event.get("multiValueHeaders"))
    values = several or single
    if not values:
        raise TokenRefused("no_credential")
    if len(values) > 1 or len(single) > 1 or (single and single != values):
        raise TokenRefused("several_credentials")
    return values[0]


def _values(headers: Mapping[str, Any] | None) -> list[str]:
    found: list[str] = []
    for name, value in (headers or {}).items():
        if name.lower() == "authorization":
            found.extend(map(str, value) if isinstance(value, list) else [str(value)])
    return found
