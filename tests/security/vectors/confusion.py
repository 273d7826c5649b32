"""An HMAC under what everybody knows, for verifiers that let the token choose what its key is for (RFC 8725 §2.1)."""

import hmac
import json
from collections.abc import Callable
from typing import Any, Final

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from platform_kit.jws import decode_segment
from tests.authority import Sign, b64, ec_key, rsa_key
from tests.security.vectors.base import RS, SIGNERS, Case, Cases, Signer, Vector, named, token_case


def _hmac(secret: bytes, digest: str = "sha256") -> Sign:
    return lambda message: hmac.new(secret, message, digest).digest()


def _public(signer: Signer) -> Any:
    return (rsa_key("platform") if signer is RS else ec_key("issuer")).public_key()


def _encoded(encoding: Encoding, form: PublicFormat) -> Callable[[Signer], bytes]:
    return lambda signer: _public(signer).public_bytes(encoding, form)


def _coordinate(signer: Signer) -> str:
    return str(signer.jwk["n" if signer is RS else "x"])


_INFO: Final = PublicFormat.SubjectPublicKeyInfo
SECRETS: Final[dict[str, Callable[[Signer], bytes]]] = {
    "the public key in PEM": _encoded(Encoding.PEM, _INFO),
    "the public key in PEM without its last newline": lambda s: _encoded(Encoding.PEM, _INFO)(s).strip(),
    "the public key in DER": _encoded(Encoding.DER, _INFO),
    "the public key in OpenSSH's form": _encoded(Encoding.OpenSSH, PublicFormat.OpenSSH),
    "the JWK in JSON": lambda s: json.dumps(s.jwk).encode(),
    "the key's number in base64": lambda s: _coordinate(s).encode(),
    "the key's number in octets": lambda s: decode_segment(_coordinate(s)),
    "the key id": lambda s: s.kid.encode(),
    "nothing": lambda _s: b"",
    "a zero byte": lambda _s: b"\0",
    "the word secret": lambda _s: b"secret",
}


def _confused(signer: Signer, name: str, alg: str) -> Case:
    secret = SECRETS[name]
    digest = f"sha{alg[-3:]}" if alg.startswith("HS") else "sha256"
    reason = "bad_algorithm" if alg.startswith("HS") else "bad_signature"
    return token_case(lambda: signer.token(header=signer.header(alg=alg), sign=_hmac(secret(signer), digest)), reason)


def _hmacs(signer: Signer) -> Cases:
    return {
        **{f"HS256 under {name}": _confused(signer, name, "HS256") for name in SECRETS},
        **{
            f"{alg} under the public key in PEM": _confused(signer, "the public key in PEM", alg)
            for alg in ("HS384", "HS512")
        },
        **{f"an HMAC under {name}, said to be {signer.alg}": _confused(signer, name, signer.alg) for name in SECRETS},
    }


def _symmetric(header_alg: str, **members: Any) -> Case:
    """An HMAC under a secret that the key set itself publishes."""

    def vector() -> Vector:
        jwk = {"kty": "oct", "kid": "k1", "k": b64(b"s" * 64)} | members
        token = RS.token(header=RS.header(alg=header_alg), sign=_hmac(b"s" * 64))
        return Vector(token, {"keys": [jwk]})

    return Case(vector, "bad_algorithm" if header_alg == "HS256" else "unknown_kid")


_PUBLISHED: Final[Cases] = {
    "a published secret under HS256": _symmetric("HS256", alg="HS256"),
    "a published secret under RS256": _symmetric("RS256"),
    "a published secret that says RS256": _symmetric("RS256", alg="RS256"),
    "a published secret dressed as RSA": _symmetric("RS256", kty="RSA", n="AQAB", e="AQAB"),
}

CASES: Final[Cases] = {
    **{k: v for s in SIGNERS for k, v in named(f"{s.alg} confusion", _hmacs(s)).items()},
    **named("confusion", _PUBLISHED),
}
