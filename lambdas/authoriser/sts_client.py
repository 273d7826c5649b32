"""One request to STS: TLS (plain HTTP to the local endpoint), our audience header, no redirect, bounded."""

import time
from typing import TYPE_CHECKING, Final

from lambdas.authoriser.models import DependencyDown
from lambdas.authoriser.sts_proof import AUDIENCE_HEADER, AskSts, StsAnswer, is_loopback

if TYPE_CHECKING:
    from http.client import HTTPConnection, HTTPResponse

MAX_BYTES: Final = 16 * 1024
CONNECT_SECONDS: Final = 2.0
TOTAL_SECONDS: Final = 4.0  # all of it, however slowly the bytes come
_CHUNK: Final = 4096


def asking(audience: str) -> AskSts:
    """What asks STS, saying that the request is for this audience."""
    headers = {AUDIENCE_HEADER: audience, "accept": "text/xml", "connection": "close"}

    def ask(host: str, path: str) -> StsAnswer:
        from http.client import HTTPException

        try:
            return _ask(host, path, headers)
        except (OSError, HTTPException) as error:
            raise DependencyDown(f"sts: {type(error).__name__}") from None

    return ask


def _ask(host: str, path: str, headers: dict[str, str]) -> StsAnswer:
    deadline = time.monotonic() + TOTAL_SECONDS
    connection = _connect(host)
    try:
        connection.request("GET", path, headers=headers)
        with connection.getresponse() as response:
            return StsAnswer(response.status, _read(response, deadline))
    finally:
        connection.close()


def _connect(host: str) -> "HTTPConnection":
    from http.client import HTTPConnection, HTTPSConnection

    if is_loopback(host):
        return HTTPConnection(host, timeout=CONNECT_SECONDS)
    return HTTPSConnection(host, timeout=CONNECT_SECONDS)


def _read(response: "HTTPResponse", deadline: float) -> bytes:
    body = bytearray()
    while len(body) < MAX_BYTES and (chunk := response.read1(_CHUNK)):
        body += chunk
        if time.monotonic() > deadline:
            raise TimeoutError
    return bytes(body[:MAX_BYTES])
