"""JSON that readers disagree about, in a header or a payload, rightly signed as it stands."""

import json
from collections.abc import Callable
from typing import Final

from tests.security.vectors.base import ISSUER, RS, Cases, claims, named, token_case

Spoil = Callable[[bytes], bytes]


def _more(extra: str) -> Spoil:
    """The document with this text before its closing brace."""
    return lambda text: text[:-1] + extra.encode() + b"}"


_ANY: Final[dict[str, Spoil]] = {
    "empty": lambda _t: b" ",
    "a list": lambda t: b"[" + t + b"]",
    "text": lambda t: json.dumps(t.decode()).encode(),
    "a number": lambda _t: b"1",
    "null": lambda _t: b"null",
    "true": lambda _t: b"true",
    "cut short": lambda t: t[:-1],
    "two objects": lambda t: t + t,
    "a comma at the end": _more(","),
    "text after the object": lambda t: t + b"x",
    "a NUL after the object": lambda t: t + b"\0",
    "a comment": _more("/* fine */"),
    "a line comment in front": lambda t: b"// fine\n" + t,
    "single quotes": lambda t: t.replace(b'"', b"'"),
    "names without quotes": _more(", spare: 1"),
    "a byte order mark": lambda t: b"\xef\xbb\xbf" + t,
    "UTF-16": lambda t: t.decode().encode("utf-16"),
    "UTF-16 without a mark": lambda t: t.decode().encode("utf-16-le"),
    "UTF-32": lambda t: t.decode().encode("utf-32"),
    "Latin-1": lambda t: t[:-1] + b', "spare": "\xe9"}',
    "an overlong form": lambda t: t[:-1] + b', "spare": "\xc0\xaf"}',
    "a surrogate in UTF-8": lambda t: t[:-1] + b', "spare": "\xed\xa0\x80"}',
    "a cut character": lambda t: t[:-1] + b', "spare": "\xe2\x82"}',
    "beyond Unicode": lambda t: t[:-1] + b', "spare": "\xf4\x90\x80\x80"}',
    "a raw control character": lambda t: t[:-1] + b', "spare": "\x01"}',
    "a raw newline in text": lambda t: t[:-1] + b', "spare": "a\nb"}',
    "a bad escape": _more(', "spare": "\\x41"'),
    "a cut escape": _more(', "spare": "\\u12"'),
    "NaN": _more(', "spare": NaN'),
    "Infinity": _more(', "spare": Infinity'),
    "-Infinity": _more(', "spare": -Infinity'),
    "a number with a leading zero": _more(', "spare": 01'),
    "a hexadecimal number": _more(', "spare": 0x1'),
    "a number with a plus": _more(', "spare": +1'),
    "a bare fraction": _more(', "spare": .5'),
    "an endless number": _more(f', "spare": {"9" * 4400}'),
    "nested very deeply": _more(f', "spare": {"[" * 2900}'),
    "nested very deeply and closed": lambda t: t[:-1] + b', "spare": ' + b"[" * 1400 + b"]" * 1400 + b"}",
    "a member twice": _more(', "spare": 1, "spare": 1'),
    "a nested member twice": _more(', "spare": {"a": 1, "a": 2}'),
    "a member of a listed object twice": _more(', "spare": [{"a": 1, "a": 2}]'),
    "a member twice, once in escapes": _more(', "spare": 1, "\\u0073pare": 2'),
    "an empty name twice": _more(', "": 1, "": 2'),
}
_HEADER: Final[dict[str, Spoil]] = {
    f"{name} twice, {value} last": _more(f', "{name}": {value}')
    for name, value in (
        *(("alg", '"none"'), ("alg", '"RS256"'), ("alg", '"HS256"'), ("kid", '"k1"'), ("kid", '"k2"')),
        *(("typ", '"JWT"'), ("typ", '"at+jwt"')),
    )
} | {"alg twice, none first": lambda t: b'{"alg": "none", ' + t[1:]}
_PAYLOAD: Final[dict[str, Spoil]] = {
    f"{name} twice, {value} last": _more(f', "{name}": {value}')
    for name, value in (
        *(("iss", f'"{ISSUER}"'), ("iss", '"https://evil.test"'), ("aud", '"other"'), ("sub", '"admin"')),
        *(("exp", "9999999999"), ("tenantid", '"globex"'), ("roles", '["Platform.Admin"]')),
    )
} | {"tenantid twice, in escapes": _more(', "\\u0074enantid": "globex"')}


def _header(spoil: Spoil) -> str:
    return RS.token(header=spoil(json.dumps(RS.header()).encode()))


def _payload(spoil: Spoil) -> str:
    return RS.token(payload=spoil(json.dumps(claims()).encode()))


def _cases(spoils: dict[str, Spoil], make: Callable[[Spoil], str]) -> Cases:
    return {
        name: token_case(lambda spoil=spoil: make(spoil), "malformed")  # type: ignore[misc] # a default
        for name, spoil in spoils.items()
    }


CASES: Final[Cases] = {
    **named("header JSON", _cases(_ANY | _HEADER, _header)),
    **named("payload JSON", _cases(_ANY | _PAYLOAD, _payload)),
}
