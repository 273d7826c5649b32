"""Base64url that a lenient decoder forgives (RFC 7515 §2, RFC 4648 §3.5): the bytes are right, the spelling is not.

Where the signature covers the spelling, the token is signed as spelt, so that nothing else is wrong.
"""

import json
from collections.abc import Callable
from typing import Final

from tests.authority import b64
from tests.security.vectors.base import RS, SIGNERS, Cases, Signer, claims, token_case

ALPHABET: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
Spell = Callable[[str], str]


def _inside(extra: str) -> Spell:
    return lambda text: text[:6] + extra + text[6:]


def _loose(text: str) -> str:
    """The same bytes, with an unused low bit of the last character set."""
    return text[:-1] + ALPHABET[ALPHABET.index(text[-1]) | 1]


SPELLINGS: Final[dict[str, Spell]] = {
    **{f"{n} padding characters": lambda text, n=n: text + "=" * n for n in (1, 2, 3, 4)},  # type: ignore[misc] # a default
    "padding inside": _inside("="),
    "padding in front": lambda text: "=" + text,
    "a space in front": lambda text: " " + text,
    "a space after": lambda text: text + " ",
    "a space inside": _inside(" "),
    "a newline after": lambda text: text + "\n",
    "a newline inside": _inside("\n"),
    "a line break of MIME": _inside("\r\n"),
    "a tab inside": _inside("\t"),
    "a NUL inside": _inside("\0"),
    "a NUL after": lambda text: text + "\0",
    "a zero-width space inside": _inside("\u200b"),
    "a byte order mark in front": lambda text: "\ufeff" + text,
    "an exclamation mark inside": _inside("!"),
    "a comma inside": _inside(","),
    "a tilde inside": _inside("~"),
    "a plus of the standard alphabet": _inside("+"),
    "a slash of the standard alphabet": _inside("/"),
    "the standard alphabet": lambda text: text.replace("-", "+").replace("_", "/") + "+/",
    "a full-width first letter": lambda text: chr(ord(text[0]) + 0xFEE0) + text[1:],
    "a character too many": lambda text: text + "A" * (5 - len(text) % 4),
    "loose bits at the end": _loose,
    "percent-encoded": lambda text: f"%{ord(text[0]):02X}" + text[1:],
    "quoted": lambda text: f'"{text}"',
}


def respelt(signer: Signer, part: int, spell: Spell) -> str:
    """A token with one segment spelt so, signed over what stands there."""
    segments = [_with_loose_bits(signer.header()), _with_loose_bits(claims())]
    if part < len(segments):
        segments[part] = spell(segments[part])
    message = ".".join(segments)
    signature = b64(signer.sign(message.encode()))
    return f"{message}.{spell(signature) if part == len(segments) else signature}"


def _with_loose_bits(value: object) -> str:
    """A JSON value as a segment whose last character has unused bits, thanks to white space."""
    text = json.dumps(value).encode()
    return b64(text + b" " * ((1 - len(text)) % 3))


_PARTS: Final = {"header": 0, "payload": 1, "signature": 2}
CASES: Final[Cases] = {
    f"{signer.alg} {name}: {how}": token_case(
        lambda signer=signer, part=part, spell=spell: respelt(signer, part, spell),  # type: ignore[misc] # defaults
        "malformed",
    )
    for signer in SIGNERS
    for name, part in _PARTS.items()
    for how, spell in SPELLINGS.items()
    if signer is RS or name == "signature"
}
