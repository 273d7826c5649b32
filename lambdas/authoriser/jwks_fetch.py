"""Fetch a key set: TLS (plain HTTP on loopback only), no redirect, bounded in size and time."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from http.client import HTTPConnection, HTTPResponse
    from urllib.parse import SplitResult

MAX_BYTES: Final = 256 * 1024
CONNECT_SECONDS: Final = 2.0
TOTAL_SECONDS: Final = 4.0  # all of it, however slowly the bytes come
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_OK: Final = 200
_CHUNK: Final = 16 * 1024


class FetchFailed(Exception):
    """The document could not be had; says why in a few words without naming the address."""


def fetch(uri: str) -> bytes:
    """The document at `uri`, at most `MAX_BYTES`; FetchFailed otherwise."""
    from http.client import HTTPException

    try:
        return _fetch(uri)
    except (OSError, HTTPException, ValueError) as error:
        raise FetchFailed(type(error).__name__) from None


def _fetch(uri: str) -> bytes:
    deadline = time.monotonic() + TOTAL_SECONDS
    connection, target = _connect(uri)
    try:
        connection.request("GET", target, headers={"accept": "application/json", "connection": "close"})
        with connection.getresponse() as response:
            if response.status != _OK:
                raise FetchFailed(f"status {response.status}")
            return _read(response, deadline, time.monotonic)
    finally:
        connection.close()


def _connect(uri: str) -> "tuple[HTTPConnection, str]":
    from http.client import HTTPConnection, HTTPSConnection
    from urllib.parse import urlsplit

    parts = urlsplit(uri)
    host = _host(parts)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if parts.scheme == "https":
        return HTTPSConnection(host, parts.port, timeout=CONNECT_SECONDS), target
    if parts.scheme == "http" and host in _LOOPBACK:
        return HTTPConnection(host, parts.port, timeout=CONNECT_SECONDS), target
    raise FetchFailed("not HTTPS")


def _host(parts: "SplitResult") -> str:
    if not parts.hostname or parts.username is not None or parts.password is not None:
        raise FetchFailed("no plain host")
    return parts.hostname


def _read(response: "HTTPResponse", deadline: float, now: Callable[[], float]) -> bytes:
    body = bytearray()
    while chunk := response.read1(_CHUNK):
        body += chunk
        if len(body) > MAX_BYTES:
            raise FetchFailed("too large")
        if now() > deadline:
            raise FetchFailed("too slow")
    return bytes(body)
