"""Keys that may not verify what they verify: each vector's signature holds, and the published key forbids its use.

Only the JWK (RFC 7517, RFC 7518 §6) is wrong, so a verifier that reads keys leniently accepts every one of these.
"""

from collections.abc import Callable
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import rsa

from platform_kit.jws import decode_segment
from tests.authority import Claims, b64, ec_key, number, rs256, rsa_jwk, rsa_key
from tests.security.vectors.base import ES, RS, Case, Cases, Signer, Vector, named
from tests.security.vectors.curves import OTHER_CURVES, jwk_on, sign_on

P: Final = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF


def published(signer: Signer, keys: Callable[[], list[Any]], reason: str = "unknown_kid") -> Case:
    """An honest token, judged by these keys."""
    return Case(lambda: Vector(signer.token(), {"keys": keys()}), reason)


def altered(signer: Signer, **members: Any) -> Case:
    """An honest token, judged by its key with these members changed."""
    return published(signer, lambda: [signer.jwk | members])


def lacking(signer: Signer, name: str) -> Case:
    """An honest token, judged by its key without this member."""
    return published(signer, lambda: [{key: value for key, value in signer.jwk.items() if key != name}])


def respelt(signer: Signer, member: str, spell: Callable[[str], Any]) -> Case:
    """An honest token, judged by its key with one number spelt otherwise."""
    return published(signer, lambda: [signer.jwk | {member: spell(signer.jwk[member])}])


_WRONG: Final = (None, 1, True, [], {}, "")
_USES: Final = ("enc", "SIG", "sig ", " sig", "Sig", "verify", "tls", "sig,enc", ["sig"], *_WRONG)
_OPERATIONS: Final = (
    *(["sign"], ["encrypt"], ["wrapKey"], ["deriveKey"], ["verify", "sign"], ["verify", "encrypt"], ["sign", "verify"]),
    *(["verify", "verify"], ["Verify"], ["verify "], [["verify"]], ["verify", None], [1], "verify", "sign", *_WRONG),
)
_ALGORITHMS: Final = (
    *("RS384", "RS512", "PS256", "PS384", "HS256", "none", "None", "ES384", "ES512", "ES256K", "EdDSA", "RSA-OAEP"),
    *("RSA1_5", "ECDH-ES", "dir", "rs256", "es256", "RS256 ", "ES256\n", ["RS256"], ["ES256"], *_WRONG),
)
_TYPES: Final = ("rsa", "ec", "oct", "OKP", "RSA ", "EC ", "AKP", ["RSA"], ["EC"], *_WRONG)
_IDS: Final = ("k2", "K1", "E1", "k1 ", " e1", ["k1"], ["e1"], *_WRONG)


def _said(signer: Signer) -> Cases:
    other = ES if signer is RS else RS
    return {
        **{f"use={value!r}": altered(signer, use=value) for value in _USES},
        **{f"key_ops={value!r}": altered(signer, key_ops=value) for value in _OPERATIONS},
        "use=sig, key_ops=['sign']": altered(signer, use="sig", key_ops=["sign"]),
        "use=enc, key_ops=['verify']": altered(signer, use="enc", key_ops=["verify"]),
        **{f"alg={value!r}": altered(signer, alg=value) for value in _ALGORITHMS},
        f"alg={other.alg!r}": altered(signer, alg=other.alg),
        **{f"kty={value!r}": altered(signer, kty=value) for value in _TYPES},
        "kty of the other kind": altered(signer, kty=other.jwk["kty"], alg=other.alg),
        **{f"kid={value!r}": altered(signer, kid=value) for value in _IDS},
        **{f"no {name}": lacking(signer, name) for name in ("kty", "kid")},
        "the kid twice": published(signer, lambda: [signer.jwk, signer.jwk]),
        "the kid for two keys": published(signer, lambda: [signer.jwk, _stranger(signer)]),
        "the kid for a key of another kind": published(signer, lambda: [signer.jwk, other.jwk | {"kid": signer.kid}]),
        "the kid for a key to encrypt with": published(signer, lambda: [signer.jwk, signer.jwk | {"use": "enc"}]),
        "with a private exponent": altered(signer, d=number(7)),
        "with a symmetric secret": altered(signer, k="AAAA"),
        "a stranger's key": published(signer, lambda: [_stranger(signer)], "bad_signature"),
        "no keys": published(signer, list),
        "text for a key": published(signer, lambda: ["k1", None, 7, [signer.jwk]]),
    }


def _stranger(signer: Signer) -> Claims:
    if signer is RS:
        return rsa_jwk(rsa_key("stranger"), signer.kid)
    public = ec_key("stranger").public_key().public_numbers()
    return signer.jwk | {"x": b64(public.x.to_bytes(32, "big")), "y": b64(public.y.to_bytes(32, "big"))}


_SPELLINGS: Final[dict[str, Callable[[str], Any]]] = {
    "padded": lambda text: text + "=" * (-len(text) % 4 or 4),
    "a space in front": lambda text: " " + text,
    "a newline after": lambda text: text + "\n",
    "a newline inside": lambda text: text[:2] + "\n" + text[2:],
    "a character too many": lambda text: text + "A" * (5 - len(text) % 4),
    "a character outside the alphabet": lambda text: text[:1] + "!" + text[1:],
    "the standard alphabet": lambda text: text.replace("-", "+").replace("_", "/") + "+",
    "full-width letters": lambda text: chr(ord(text[0]) + 0xFEE0) + text[1:],
    "hexadecimal with colons": lambda text: decode_segment(text).hex(":"),
    "a leading zero byte": lambda text: b64(b"\0" + decode_segment(text)),
    "a list": lambda text: [text],
    "null": lambda _text: None,
    "empty": lambda _text: "",
    "a number": lambda _text: 65537,
}


def _spelt(signer: Signer, members: tuple[str, ...]) -> Cases:
    return {
        **{f"{name}: {how}": respelt(signer, name, spell) for name in members for how, spell in _SPELLINGS.items()},
        **{f"no {name}": lacking(signer, name) for name in members},
    }


def _rsa_of(make: Callable[[], rsa.RSAPrivateKey]) -> Case:
    """A true token of a true key whose numbers are not good enough."""

    def vector() -> Vector:
        key = make()
        return Vector(RS.token(sign=rs256(key)), {"keys": [rsa_jwk(key, "k1")]})

    return Case(vector, "unknown_kid")


def _modulus(change: Callable[[int], int]) -> Case:
    return respelt(RS, "n", lambda text: number(change(int.from_bytes(decode_segment(text), "big"))))


def _raised_to_one() -> Vector:
    """With e=1 a signature is its own proof: anybody makes one."""
    from tests.security.vectors.pkcs1 import honest

    return Vector(RS.token(sign=honest), {"keys": [RS.jwk | {"e": number(1)}]})


_RSA: Final[Cases] = {
    **{f"{bits} bits": _rsa_of(lambda bits=bits: rsa_key(f"small {bits}", bits)) for bits in (1024, 1536, 2040)},  # type: ignore[misc] # a default
    "e=3": _rsa_of(lambda: rsa.generate_private_key(3, 2048)),
    "e=1, signed by nobody": Case(_raised_to_one, "unknown_kid"),
    **{
        f"e={name}": altered(RS, e=number(value) if value else "AA")
        for name, value in (
            *(("0", 0), ("2", 2), ("17", 17), ("257", 257), ("65535", 65535), ("65536", 65536), ("65538", 65538)),
            *(("2^32+1", 2**32 + 1), ("2^64+1", 2**64 + 1), ("2^2047", 2**2047)),
        )
    },
    "modulus even": _modulus(lambda n: n - 1),
    "modulus 1": _modulus(lambda _n: 1),
    "modulus halved": _modulus(lambda n: n >> 1),
    "modulus cut to 2047 bits": _modulus(lambda n: n & (2**2047 - 1)),
    "modulus of 8200 bits": _modulus(lambda n: n << 6152 | 1),
    "modulus of 16384 bits": _modulus(lambda n: n << 14336 | 1),
    "modulus of 65536 bits": _modulus(lambda n: n << 63488 | 1),
    "n and e swapped": published(RS, lambda: [RS.jwk | {"n": RS.jwk["e"], "e": RS.jwk["n"]}]),
    "with its primes": published(RS, lambda: [RS.jwk | {"p": number(_primes().p), "q": number(_primes().q)}]),
    "whole private key": published(RS, lambda: [RS.jwk | {"d": number(_primes().d)}]),
    "more primes": altered(RS, oth=[]),
    "a certificate alone": published(RS, lambda: [{"kty": "RSA", "kid": "k1", "use": "sig", "x5c": ["MIIB"]}]),
}


def _primes() -> rsa.RSAPrivateNumbers:
    return rsa_key("platform").private_numbers()


def _point(change: Callable[[int, int], tuple[int, int]], size: int = 32, reason: str = "unknown_kid") -> Case:
    def keys() -> list[Any]:
        public = ec_key("issuer").public_key().public_numbers()
        x, y = (b64(part.to_bytes(size, "big")) for part in change(public.x, public.y))
        return [ES.jwk | {"x": x, "y": y}]

    return published(ES, keys, reason)


def _on_curve(name: str, said: str) -> Case:
    """A true ES256 signature of a true key on another curve, whose JWK says that it is on `said`."""
    return Case(
        lambda: Vector(ES.token(sign=sign_on(name)), {"keys": [jwk_on(name) | {"kid": "e1", "crv": said}]}),
        "unknown_kid",
    )


def _of_its_own_algorithm(name: str) -> Case:
    """A true signature of the algorithm that goes with a curve: none that is accepted here."""
    curve = OTHER_CURVES[name]

    def vector() -> Vector:
        token = ES.token(header=ES.header(alg=curve.alg), sign=sign_on(name, curve.digest()))
        return Vector(token, {"keys": [jwk_on(name) | {"kid": "e1", "alg": curve.alg}]})

    return Case(vector, "bad_algorithm")


_CURVES: Final = (
    *("P-384", "P-521", "P-192", "secp256k1", "p-256", "P256", "prime256v1", "secp256r1", "P-256 ", "BP-256"),
    *("Ed25519", "X25519", "1.2.840.10045.3.1.7", *_WRONG),
)
_EC: Final[Cases] = {
    **{f"crv={value!r}": altered(ES, crv=value) for value in _CURVES},
    "no crv": lacking(ES, "crv"),
    **{f"a key on {name}": _on_curve(name, name) for name in OTHER_CURVES},
    **{f"a key on {name} that says P-256": _on_curve(name, "P-256") for name in OTHER_CURVES},
    **{f"a key on {name} with its own algorithm": _of_its_own_algorithm(name) for name in OTHER_CURVES},
    "x and y swapped": _point(lambda x, y: (y, x)),
    "y negated": _point(lambda x, y: (x, P - y), reason="bad_signature"),
    "y one more": _point(lambda x, y: (x, y + 1)),
    "the point at infinity as zeros": _point(lambda _x, _y: (0, 0)),
    "x zero": _point(lambda _x, y: (0, y)),
    "x the field's prime": _point(lambda _x, y: (P, y)),
    "x beyond the field": _point(lambda _x, y: (2**256 - 1, y)),
    "coordinates of 33 bytes": _point(lambda x, y: (x, y), size=33),
    "coordinates of 48 bytes": _point(lambda x, y: (x, y), size=48),
    "a compressed point": published(ES, lambda: [ES.jwk | {"x": b64(b"\2" + decode_segment(ES.jwk["x"])), "y": ""}]),
    "an uncompressed point in x": published(
        ES, lambda: [ES.jwk | {"x": b64(b"\4" + decode_segment(ES.jwk["x"]) + decode_segment(ES.jwk["y"]))}]
    ),
}

CASES: Final[Cases] = {
    **{
        name: case
        for signer, members, more in ((RS, ("n", "e"), _RSA), (ES, ("x", "y"), _EC))
        for name, case in named(f"{signer.alg} key", {**_said(signer), **_spelt(signer, members), **more}).items()
    }
}
