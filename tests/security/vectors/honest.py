"""Tokens that must be accepted: whatever refuses these proves nothing by refusing the others."""

import json
from collections.abc import Callable
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import rsa

from tests.authority import GLOBEX_ISSUER, Claims, Sign, ec_jwk, ec_key, es256, rs256, rsa_jwk, rsa_key
from tests.security.vectors.base import (
    AUDIENCE,
    ES,
    ISSUER,
    NOW,
    RS,
    SIGNERS,
    Case,
    Cases,
    Signer,
    Vector,
    claims,
    key_set,
    named,
    token_case,
)
from tests.security.vectors.ecdsa import N, numbers, raw
from tests.security.vectors.pkcs1 import honest_case


def _says(**changes: Any) -> Case:
    return token_case(lambda: RS.token(payload=claims(**changes)), None)


def _headed(signer: Signer, **changes: Any) -> Case:
    return token_case(lambda: signer.token(header=signer.header(**changes)), None)


def _keyed(signer: Signer, change: Callable[[Claims], Claims]) -> Case:
    return Case(lambda: Vector(signer.token(), {"keys": [change(signer.jwk)]}), None)


def _without(*names: str) -> Callable[[Claims], Claims]:
    return lambda jwk: {name: value for name, value in jwk.items() if name not in names}


def _beside(*others: Any) -> Case:
    return Case(lambda: Vector(RS.token(), {"keys": [*others, RS.jwk]}), None)


def _of(make: Callable[[], rsa.RSAPrivateKey]) -> Case:
    def vector() -> Vector:
        key = make()
        return Vector(RS.token(sign=rs256(key)), {"keys": [rsa_jwk(key, "k1")]})

    return Case(vector, None)


def _high_s(message: bytes) -> bytes:
    """The other valid signature of a message: RFC 7518 does not forbid it, and nothing here keys on signatures."""
    r, s = numbers(message)
    return raw(r, max(s, N - s))


def _low_s(message: bytes) -> bytes:
    r, s = numbers(message)
    return raw(r, min(s, N - s))


def _until(wanted: Callable[[int, int], bool]) -> Sign:
    """Sign until the numbers are as wanted: a leading zero octet comes once in 256."""

    def sign(message: bytes) -> bytes:
        while not wanted(*(found := numbers(message))):
            pass
        return raw(*found)

    return sign


def _document(change: Callable[[str], str]) -> Case:
    """An honest token whose payload is spelt otherwise, and still says the same."""
    return token_case(lambda: RS.token(payload=change(json.dumps(claims())).encode()), None)


def _of_exactly(size: int) -> str:
    """A token of this many characters, thanks to white space and a signature of fixed size."""
    for spaces in range(size):
        token = RS.token(payload=json.dumps(claims()).encode() + b" " * (spaces + size * 3 // 4 - 700))
        if len(token) >= size:
            return token
    raise AssertionError("no such size")


def _entra() -> Vector:
    """The claims and keys of Microsoft's v2.0 endpoint: no `alg` on the key, an `x5c` that is not looked at."""
    jwk = _without("alg")(RS.jwk) | {"x5t": "k1", "x5c": ["MIIDBTCC"], "issuer": ISSUER, "cloud_instance_name": "x"}
    said = {
        "aio": "AXQAi/8T",
        "azp": "00000000-0000-0000-0000-0000000000aa",
        "azpacr": "1",
        "name": "Ada Lovelace",
        "oid": "00000000-0000-0000-0000-0000000000bb",
        "preferred_username": "ada@globex.test",
        "rh": "0.AX",
        "roles": ["Tenant.Developer"],
        "scp": "api.call",
        "tid": "00000000-0000-0000-0000-0000000000cc",
        "uti": "u",
        "ver": "2.0",
        "nbf": NOW,
        "tenantid": None,
    }
    return Vector(RS.token(payload=claims(**said)), {"keys": [jwk]})


_KEYS: Final[dict[str, Callable[[Claims], Claims]]] = {
    "key without use": _without("use"),
    "key without alg": _without("alg"),
    "key without use, alg and operations": _without("use", "alg", "key_ops"),
    "key_ops=['verify']": lambda jwk: jwk | {"key_ops": ["verify"]},
    "key with a certificate": lambda jwk: jwk | {"x5c": ["MIIB"], "x5t": "x", "x5t#S256": "y", "x5u": "https://x.test"},
    "key with unknown members": lambda jwk: jwk | {"spare": 1, "nbf": 0, "exp": 1},
}
_TOKENS: Final[Cases] = {
    "aud in a list": _says(aud=[AUDIENCE]),
    "aud among others": _says(aud=["x", AUDIENCE, "y"]),
    "aud among sixteen": _says(aud=[AUDIENCE, *map(str, range(15))]),
    "times with fractions": _says(iat=NOW + 0.25, exp=NOW + 300.75),
    "times as exponents": _document(lambda text: text.replace(f"{NOW + 300}", "1.7900003e9")),
    "nbf": _says(nbf=NOW),
    "expired within the leeway": _says(iat=NOW - 300, exp=NOW - 29),
    "valid soon, within the leeway": _says(iat=NOW + 30, exp=NOW + 300),
    "a lifetime of a day": _says(exp=NOW + 86_400),
    "no tenant, no roles": _says(tenantid=None, roles=None),
    "claims in any script": _says(name="Ада Лавлейс 🔑", city="Zürich"),
    "many claims": _says(**{f"c{n}": n for n in range(200)}),
    "groups in a list": _says(groups=[str(n) for n in range(200)]),
    "a claim that says what it is for": _says(typ="Bearer", token_use="access"),
    "an authorised party": _says(azp="client", scope="a b", jti="1", auth_time=NOW, acr="0", amr=["pwd"]),
    "a subject of 255 characters": _says(sub="x" * 255),
    "a subject with a bar": _says(sub="auth0|5f7c8ec7c33c6c004bbafe82"),
    "another order": _document(lambda text: json.dumps(dict(reversed(json.loads(text).items())))),
    "much white space": _document(lambda text: json.dumps(json.loads(text), indent=8)),
    "no white space": _document(lambda text: json.dumps(json.loads(text), separators=(",", ":"))),
    "names in escapes": _document(lambda text: text.replace('"sub"', '"\\u0073ub"')),
    "text in escapes": _document(lambda text: text.replace("user-1", "user\\u002d1")),
    "8 KiB": token_case(lambda: _of_exactly(8190), None),
}
_SETS: Final[Cases] = {
    "beside a key to encrypt with": _beside(rsa_jwk(rsa_key("stranger"), "k2", use="enc")),
    "beside a key on P-384": _beside({"kty": "EC", "crv": "P-384", "kid": "k2", "x": "AA", "y": "AA"}),
    "beside an Edwards key": _beside({"kty": "OKP", "crv": "Ed25519", "kid": "k2", "x": "AA"}),
    "beside a symmetric key": _beside({"kty": "oct", "kid": "k2", "k": "AAAA"}),
    "beside rubbish": _beside(None, 7, "k1", [], {}),
    "beside a kid that stands there twice": _beside(*[rsa_jwk(rsa_key("stranger"), "k2")] * 2),
    "beside the next key": _beside(rsa_jwk(rsa_key("stranger"), "k2")),
    "last of 64 keys": Case(
        lambda: Vector(RS.token(), key_set(*(RS.jwk | {"kid": f"x{n}"} for n in range(63)), RS.jwk)), None
    ),
    "sets by issuer": Case(
        lambda: Vector(RS.token(), {ISSUER: key_set(), GLOBEX_ISSUER: key_set(rsa_jwk(rsa_key("globex"), "k1"))}), None
    ),
    "a set with other members": Case(lambda: Vector(RS.token(), key_set() | {"issuer": "x", "etag": 1}), None),
    "Entra's shape": Case(_entra, None),
}
_NUMBERS: Final[Cases] = {
    "2048 bits": _of(lambda: rsa_key("fresh")),
    "2049 bits": _of(lambda: rsa_key("odd size", 2049)),
    "3072 bits": _of(lambda: rsa_key("large", 3072)),
    "PKCS #1 block made by hand": honest_case(),
    "high s": token_case(lambda: ES.token(sign=_high_s), None),
    "low s": token_case(lambda: ES.token(sign=_low_s), None),
    "r with a leading zero": token_case(lambda: ES.token(sign=_until(lambda r, _s: r < 2**248)), None),
    "s with a leading zero": token_case(lambda: ES.token(sign=_until(lambda _r, s: s < 2**248)), None),
    "another key of the set": Case(
        lambda: Vector(
            ES.token(header=ES.header(kid="e2"), sign=es256(ec_key("next"))),
            key_set(ES.jwk, ec_jwk(ec_key("next"), "e2")),
        ),
        None,
    ),
}


def _plain(signer: Signer) -> Cases:
    return {
        "plain": token_case(signer.token, None),
        "typ=at+jwt": _headed(signer, typ="at+jwt"),
        "with thumbprints": _headed(signer, x5t="x", **{"x5t#S256": "y"}),
        **{f"kid={kid}": _kid(signer, kid) for kid in ("a", "A-Za-z0-9._~=:+@-", "k" * 128, "2026-11-03T00:00:00Z")},
        **{name: _keyed(signer, change) for name, change in _KEYS.items()},
    }


def _kid(signer: Signer, kid: str) -> Case:
    return Case(
        lambda: Vector(signer.token(header=signer.header(kid=kid)), {"keys": [signer.jwk | {"kid": kid}]}), None
    )


CASES: Final[Cases] = {
    **{k: v for s in SIGNERS for k, v in named(f"{s.alg} honest", _plain(s)).items()},
    **named("honest", {**_TOKENS, **_SETS, **_NUMBERS}),
}
