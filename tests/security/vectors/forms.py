"""What is no compact JWS, and tokens that were cut, stretched, wrapped or put together from several."""

import json
from collections.abc import Callable
from typing import Any, Final

from tests.authority import GLOBEX_ISSUER, b64, rs256, rsa_jwk, rsa_key
from tests.security.vectors.base import ES, ISSUER, RS, Case, Cases, Vector, claims, key_set, named, token_case

Reshape = Callable[[str], Any]


def _parts(token: str) -> dict[str, str]:
    return dict(zip(("protected", "payload", "signature"), token.split("."), strict=True))


def _flattened(token: str) -> str:
    return json.dumps(_parts(token))


def _general(token: str) -> str:
    parts = _parts(token)
    payload = parts.pop("payload")
    return json.dumps({"payload": payload, "signatures": [parts]})


_SHAPES: Final[dict[str, Reshape]] = {
    "empty": lambda _t: "",
    "a dot": lambda _t: ".",
    "two dots": lambda _t: "..",
    "a header alone": lambda t: t.split(".")[0],
    "a header and a dot": lambda t: t.split(".")[0] + ".",
    "a payload alone": lambda t: t.split(".")[1],
    "without a signature": lambda t: t.rpartition(".")[0],
    "with an empty signature": lambda t: t.rpartition(".")[0] + ".",
    "with an empty header": lambda t: "." + t.partition(".")[2],
    "detached: an empty payload": lambda t: ".".join([t.split(".")[0], "", t.split(".")[2]]),
    "detached, with the payload behind": lambda t: ".".join([t.split(".")[0], "", t.split(".")[2], t.split(".")[1]]),
    "four segments": lambda t: t + ".AAAA",
    "four segments, the last empty": lambda t: t + ".",
    "five segments, as JWE": lambda t: t + ".AAAA.AAAA",
    "a dot in front": lambda t: "." + t,
    "two dots in the middle": lambda t: t.replace(".", "..", 1),
    "flattened JSON": _flattened,
    "general JSON": _general,
    "general JSON with two signatures": lambda t: _general(t).replace("]", ", {}]"),
    "flattened JSON in base64": lambda t: b64(_flattened(t).encode()),
    "a JSON string": json.dumps,
    "a list of tokens": lambda t: json.dumps([t]),
    "in base64": lambda t: b64(t.encode()),
    "in hexadecimal": lambda t: t.encode().hex(),
    "percent-encoded dots": lambda t: t.replace(".", "%2E"),
    "another dot": lambda t: t.replace(".", "\u2024"),
    "an ideographic dot": lambda t: t.replace(".", "\u3002"),
    "a tab in front": lambda t: "\t" + t,
    "a space after": lambda t: t + " ",
    "a newline after": lambda t: t + "\n",
    "a NUL after": lambda t: t + "\0",
    "a scheme in front": lambda t: "Bearer " + t,
    "a tilde after, as SD-JWT": lambda t: t + "~",
    "disclosures after, as SD-JWT": lambda t: t + "~" + b64(b'["s","sub","admin"]') + "~",
    "quoted": lambda t: f'"{t}"',
    "twice with a comma": lambda t: f"{t},{t}",
    "twice with a space": lambda t: f"{t} {t}",
    "twice with a dot": lambda t: f"{t}.{t}",
    "twice on end": lambda t: t + t,
    "in octets": lambda t: t.encode(),
    "in a list": lambda t: [t],
    "in a mapping": _parts,
    "null": lambda _t: None,
    "a number": lambda _t: 7,
    "backwards": lambda t: t[::-1],
    "without its first character": lambda t: t[1:],
    "a carriage return between": lambda t: t.replace(".", ".\r\n", 1),
    "a text of emoji": lambda _t: "🔑.🔑.🔑",
}
_TOO_LARGE: Final[dict[str, Reshape]] = {
    "one character over 8 KiB": lambda t: t + "A" * (8193 - len(t)),
    "a megabyte": lambda t: t + "A" * 1_000_000,
    "a megabyte of dots": lambda _t: "." * 1_000_000,
}
_CUTS: Final = {"bad_signature": (2, 6, 10, 42, 86, 170, 258, 338), "malformed": (1, 5, 85, 257)}


def _reshaped(shapes: dict[str, Reshape], reason: str) -> Cases:
    return {
        name: token_case(lambda reshape=reshape: reshape(RS.token()), reason)  # type: ignore[misc] # a default
        for name, reshape in shapes.items()
    }


def _cut(characters: int, reason: str) -> Case:
    """An honest token without its last characters: whole octets fewer, or an impossible number of characters."""
    return token_case(lambda: RS.token()[:-characters], reason)


def _stretched(characters: int) -> Case:
    """An honest token with letters after it that decode to zeros."""
    reason = "malformed" if (342 + characters) % 4 == 1 else "bad_signature"
    return token_case(lambda: RS.token() + "A" * characters, reason)


# A token inside another, or beside it


def _nested(*, header: dict[str, Any] | None = None) -> Callable[[], str]:
    return lambda: RS.token(header=RS.header(**(header or {})), payload=RS.token().encode())


_NESTED: Final[Cases] = {
    "header and payload swapped": token_case(lambda: RS.token(header=claims(), payload=RS.header()), "bad_issuer"),
    "a JWS in a JWS": token_case(_nested(), "malformed"),
    "a JWS in a JWS that says so": token_case(_nested(header={"cty": "JWT"}), "malformed"),
    "a JWS as a JSON string": token_case(lambda: RS.token(payload=RS.token()), "malformed"),
    "claims in base64 once more": token_case(lambda: RS.token(payload=b64(json.dumps(claims()).encode())), "malformed"),
    "unencoded payload": token_case(
        lambda: RS.token().split(".")[0] + "." + json.dumps(claims()) + "." + RS.token().split(".")[2], "malformed"
    ),
    "unencoded payload, signed so": token_case(lambda: _unencoded(), "malformed"),  # noqa: PLW0108 - defined below
    "a payload that is no object": token_case(lambda: RS.token(payload=["sub", "admin"]), "malformed"),
    "a payload of text": token_case(lambda: RS.token(payload="admin"), "malformed"),
    "a binary payload": token_case(lambda: RS.token(payload=bytes(range(256))), "malformed"),
    "the other signer's payload and signature": token_case(
        lambda: RS.token().split(".")[0] + "." + ES.token().partition(".")[2], "bad_signature"
    ),
    "the other signer's header": token_case(
        lambda: ES.token().split(".")[0] + "." + RS.token().partition(".")[2], "bad_signature"
    ),
}


def _unencoded() -> str:
    """RFC 7797 without `crit`: the payload as it is, and the signature over it as it is."""
    head, payload = RS.token(header=RS.header(b64=False)).split(".")[0], json.dumps(claims())
    return f"{head}.{payload}.{b64(RS.sign(f'{head}.{payload}'.encode()))}"


# Whose keys count


def _of_two(keys: Callable[[], Any], reason: str) -> Case:
    return Case(lambda: Vector(RS.token(), keys()), reason)


_TRUST: Final[Cases] = {
    "its key in another issuer's set": _of_two(
        lambda: {ISSUER: key_set(ES.jwk), GLOBEX_ISSUER: key_set()}, "unknown_kid"
    ),
    "another issuer's key under the same kid": _of_two(
        lambda: {ISSUER: key_set(rsa_jwk(rsa_key("globex"), "k1")), GLOBEX_ISSUER: key_set()}, "bad_signature"
    ),
    "signed by the other issuer": Case(
        lambda: Vector(
            RS.token(sign=rs256(rsa_key("globex"))),
            {ISSUER: key_set(), GLOBEX_ISSUER: key_set(rsa_jwk(rsa_key("globex"), "k1"))},
        ),
        "bad_signature",
    ),
    "no set of its issuer": _of_two(lambda: {GLOBEX_ISSUER: key_set()}, "bad_key_set"),
    "no set at all": _of_two(dict, "bad_key_set"),
    "a key instead of a set": _of_two(lambda: RS.jwk, "bad_key_set"),
    "keys by name": _of_two(lambda: {"keys": {"k1": RS.jwk}}, "bad_key_set"),
    "an issuer's set that is a list": _of_two(lambda: {ISSUER: [RS.jwk]}, "bad_key_set"),
    "an issuer's set that is text": _of_two(lambda: {ISSUER: json.dumps(key_set())}, "bad_key_set"),
    "an issuer's set without keys": _of_two(lambda: {ISSUER: {}}, "bad_key_set"),
    "65 keys": _of_two(lambda: key_set(*(RS.jwk | {"kid": f"x{n}"} for n in range(64)), RS.jwk), "bad_key_set"),
}

CASES: Final[Cases] = {
    **named("form", {**_reshaped(_SHAPES, "malformed"), **_reshaped(_TOO_LARGE, "too_large")}),
    **{f"form: {n} characters cut": _cut(n, reason) for reason, counts in _CUTS.items() for n in counts},
    **{f"form: {n} characters after": _stretched(n) for n in (1, 2, 3, 4, 8, 64, 342)},
    **named("nesting", _NESTED),
    **named("trust", _TRUST),
}
