"""Fetch a key set through the guarded door: an issuer's address is somebody else's choice."""

from collections.abc import Callable
from typing import Final

from platform_kit.outbound import Outbound, OutboundError

_OK: Final = 200


class FetchFailed(Exception):
    """The document could not be had; says why in a few words without naming the address."""


def fetcher(outbound: Outbound) -> Callable[[str], bytes]:
    """What gives the document at an address (at most 256 KiB, within four seconds); FetchFailed otherwise."""

    def fetch(uri: str) -> bytes:
        try:
            answer = outbound.get(uri)
        except OutboundError as error:
            raise FetchFailed(str(error)) from None
        if answer.status != _OK:
            raise FetchFailed(f"status {answer.status}")
        return answer.body

    return fetch
