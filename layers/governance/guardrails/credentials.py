"""Secrets: keys and tokens by the marks their issuers give them, and values assigned to what is called a secret."""

import base64
import json
import math
import re
from collections import Counter
from typing import Final

from governance.guardrails.classes import DataClass
from governance.guardrails.detector import Detector, Span, ends_here
from governance.guardrails.shapes import Shape, caseless, chars, either, maybe, sequence, text, word
from platform_kit import api_key

_MARKS: Final = "[A-Za-z0-9_-]"
_BASE62: Final = "[A-Za-z0-9]"
_LEAST_LENGTH: Final = 8
_JUDGED: Final = 200
"""Of so many characters of a value it is judged whether it is a secret; masked it is to its end."""
_LEAST_ENTROPY: Final = 2.8
"""Bits a character; a word of English has about 2.5 at this length, random base64 above 3.5."""


def whole(data: bytes, start: int, end: int, _regions: tuple[str, ...]) -> Span | None:
    """All of the candidate, when it ends where a word does."""
    return (start, end) if ends_here(data, end) else None


def anything(_data: bytes, start: int, end: int, _regions: tuple[str, ...]) -> Span | None:
    """All of the candidate."""
    return start, end


def own_key(data: bytes, start: int, end: int, _regions: tuple[str, ...]) -> Span | None:
    """A key of ours, when its checksum holds."""
    return (start, end) if api_key.well_formed(data[start:end].decode("latin-1")) and ends_here(data, end) else None


def signed_token(data: bytes, start: int, end: int, _regions: tuple[str, ...]) -> Span | None:
    """A JWT, when its header is JSON that names an algorithm (RFC 7515)."""
    header = data[start:end].split(b".")[0]
    try:
        named = json.loads(base64.urlsafe_b64decode(header + b"=" * (-len(header) % 4)))
    except ValueError:
        return None
    return (start, end) if isinstance(named, dict) and "alg" in named else None


def assigned(data: bytes, start: int, end: int, _regions: tuple[str, ...]) -> Span | None:
    """The value alone, when it looks random or at least mixes letters with digits."""
    lead = _LEAD.match(data, start, end)
    begin = lead.end() if lead else start
    if not _looks_secret(data[begin:end].decode()):
        return None
    rest = _REST.match(data, end)
    return begin, rest.end() if rest else end


def entropy(value: str) -> float:
    """Shannon's entropy of the characters, in bits a character."""
    return -sum(n / len(value) * math.log2(n / len(value)) for n in Counter(value).values())


def _looks_secret(value: str) -> bool:
    mixed = any(letter.isdigit() for letter in value) and any(letter.isalpha() for letter in value)
    return (
        len(value) >= _LEAST_LENGTH
        and mixed
        and entropy(value) >= _LEAST_ENTROPY
        and not value.lower().startswith(("http", "/", "arn:"))
    )


def _marked(mark: str, least: int, most: int | None = None, allowed: str = _BASE62) -> Shape:
    return sequence(text(mark), chars(allowed, least, most))


_PEM: Final = sequence(
    text("-----BEGIN "),
    maybe(either(*(text(f"{kind} ") for kind in ("RSA", "EC", "DSA", "OPENSSH", "ENCRYPTED", "PGP")))),
    text("PRIVATE KEY"),
    maybe(text(" BLOCK")),
    text("-----"),
    chars(r"[A-Za-z0-9+/=:,.()\\ \t\r\n]", 0),
    maybe(sequence(text("-----END "), chars("[A-Z ]", 11, 40), text("-----"))),
)
_AWS: Final = sequence(either(text("AKIA"), text("ASIA")), chars("[A-Z2-7]", 16, 16))
_GITHUB: Final = sequence(text("gh"), chars("[pousr]", 1, 1), text("_"), chars(_BASE62, 36, 255))
_SLACK: Final = sequence(
    text("x"), either(text("ox"), text("ap")), chars("[abeoprsp]", 1, 1), text("-"), chars("[A-Za-z0-9-]", 10, 250)
)
_SERVICES: Final = either(
    _GITHUB,
    _marked("github_pat_", 22, 255, "[A-Za-z0-9_]"),
    _marked("glpat-", 20, 64, _MARKS),
    _SLACK,
    _marked("AIza", 35, 35, _MARKS),
    _marked("sk-", 20, 255, _MARKS),
    sequence(either(text("sk_"), text("rk_")), either(text("live_"), text("test_")), chars(_BASE62, 16, 255)),
    _marked("npm_", 36, 36),
    _marked("pypi-", 50, 255, _MARKS),
)
_OURS: Final = sequence(text("amb_"), chars(_BASE62, 43, 43), text("_"), chars(_BASE62, 6, 6))
_JWT: Final = sequence(_marked("eyJ", 8, 1000, _MARKS), text("."), chars(_MARKS, 8), text("."), chars(_MARKS, 0))

_CALLED: Final = either(
    sequence(caseless("pass"), either(caseless("word"), caseless("wd"), caseless("phrase"))),
    *(caseless(word) for word in ("pwd", "secret", "token", "credential")),
    sequence(
        either(*(caseless(word) for word in ("api", "access", "private", "client", "account"))),
        maybe(chars("[_-]", 1, 1)),
        caseless("key"),
    ),
)
_QUOTE: Final = chars(r"""["'`]""", 1, 1)
_BLANKS: Final = maybe(chars(r"[ \t]", 1, 3))
_IS: Final = sequence(_BLANKS, either(text("=>"), text(":="), text("="), text(":"), text("\x1f")), _BLANKS)
_VALUE: Final = r"""[!#-&(-+\--:=?-Z^-z|~]"""
_SECRET: Final = Shape(chars(_VALUE, 8, _JUDGED).whole, chars(_VALUE).beginning)
_ASSIGNED: Final = either(
    sequence(
        _CALLED, maybe(_QUOTE), _IS, maybe(sequence(caseless("bearer"), chars(r"[ \t]", 1, 3))), maybe(_QUOTE), _SECRET
    ),
    sequence(caseless("bearer"), chars(r"[ \t]", 1, 3), _SECRET),
)


_LEAD: Final = re.compile(
    rb"""(?i)(?:[a-z]+[_-]?key|[a-z]+)["'`]?[ \t]{0,3}(?:=>|:=|[=:\x1f])?[ \t]{0,3}(?:bearer[ \t]{1,3})?["'`]?"""
)
_REST: Final = re.compile(f"{_VALUE}*".encode())
_C: Final = DataClass
DETECTORS: Final = (
    Detector(_C.PRIVATE_KEY, _PEM, anything, (b"-----BEGIN",)),
    Detector(_C.AWS_KEY, word(_AWS), whole),
    Detector(_C.AMBIT_KEY, word(_OURS), own_key, (b"amb_",)),
    Detector(_C.JWT, word(_JWT), signed_token, (b"eyJ",)),
    Detector(_C.SERVICE_TOKEN, word(_SERVICES), whole),
    Detector(_C.ASSIGNED_SECRET, _ASSIGNED, assigned, free=True),
)
