"""One attempt: sign, send through the guard, and what came of it, cut and cleaned for the delivery log."""

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from governance.webhooks import signing
from platform_kit.outbound import Answer, Limits, Outbound, OutboundFailed, OutboundRefused

TIMEOUT_SECONDS: Final = 15.0
CHALLENGE_SECONDS: Final = 5.0
_CONNECT_SECONDS: Final = 5.0
_MOST_ANSWER: Final = 64 * 1024
SHOWN: Final = 1024
"""How many characters of an answer are kept."""
_GONE: Final = 410
_OK, _MULTIPLE = 200, 300
_REDIRECTS: Final = range(300, 400)
_KEPT_HEADERS: Final = ("content-type", "content-length", "date", "retry-after", "server")
_MILLISECOND: Final = 1000
# What looks like a credential in what an endpoint answers: it is somebody's log that is shown here, not our own.
_CREDENTIAL: Final = re.compile(
    r"(?i)(whsec_[A-Za-z0-9+/=]+|amb_[A-Za-z0-9_-]{8,}|eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[\w-]*"
    r"|(?:bearer|basic)\s+[A-Za-z0-9._~+/=-]+"
    r"|(?:password|passwd|secret|token|api[_-]?key|authorization)[\"']?\s*[:=]\s*[\"']?"
    r"(?:(?:bearer|basic)\s+)?[^\s\"',;&}]+)"
)
_HIDDEN: Final = "[redacted]"


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of an attempt. `status` is 0 when there was no answer, `error` a word of ours then.

    `refused`: the guard did not let it out, so no connection was made. `asked_seconds` is the answer's `Retry-After`.
    """

    status: int
    milliseconds: int
    error: str = ""
    refused: bool = False
    response: dict[str, Any] | None = None
    body: str = ""
    asked_seconds: int = 0

    @property
    def succeeded(self) -> bool:
        """Whether the endpoint took it: any 2xx, and nothing else (Standard Webhooks)."""
        return _OK <= self.status < _MULTIPLE

    @property
    def gone(self) -> bool:
        """Whether the endpoint says that it wants nothing any more: 410."""
        return self.status == _GONE


@dataclass(frozen=True)
class Sender:
    """`now` tells the time of signatures, `monotonic` measures."""

    outbound: Outbound
    now: Callable[[], datetime]
    agent: str = "Ambit-Webhooks/1"
    monotonic: Callable[[], float] = time.monotonic

    def send(
        self, url: str, event_id: str, body: bytes, secrets: Sequence[str], *, seconds: float = TIMEOUT_SECONDS
    ) -> Tried:
        """POST a message, once. Never raises for what the endpoint does."""
        said = {
            "content-type": "application/json",
            "user-agent": self.agent,
            **signing.headers(event_id, body, self.now(), secrets),
        }
        limits = Limits(_MOST_ANSWER, min(_CONNECT_SECONDS, seconds), seconds, cut=True)
        begun = self.monotonic()
        try:
            answer = self.outbound.request("POST", url, said, body, limits)
        except OutboundRefused as refusal:
            return Tried(0, self._since(begun), str(refusal), refused=True)
        except OutboundFailed as failure:
            return Tried(0, self._since(begun), str(failure))
        return _read(answer, self._since(begun))

    def _since(self, begun: float) -> int:
        return round((self.monotonic() - begun) * _MILLISECOND)


def cleaned(text: str) -> str:
    """What an endpoint answered, as it may be kept: the beginning, without what looks like a credential."""
    hidden = _CREDENTIAL.sub(_HIDDEN, text[: 2 * SHOWN])
    printable = "".join(character if character.isprintable() or character in "\n\t" else "�" for character in hidden)
    return printable[:SHOWN]


def _read(answer: Answer, milliseconds: int) -> Tried:
    heard = {name.lower(): value for name, value in answer.headers.items()}
    text = answer.body.decode("utf-8", "replace")
    kept = {name: cleaned(heard[name]) for name in _KEPT_HEADERS if name in heard}
    error = "redirects are not followed" if answer.status in _REDIRECTS else ""
    response = {"headers": kept, "body": cleaned(text), "bytes": len(answer.body)}
    return Tried(answer.status, milliseconds, error, response=response, body=text, asked_seconds=_asked(heard))


def _asked(heard: dict[str, str]) -> int:
    text = heard.get("retry-after", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 6 else 0  # noqa: PLR2004 - no huge numeral
