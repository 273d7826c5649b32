"""JOSE headers that ask the verifier to look elsewhere, to skip something, or to check with another algorithm."""

from collections.abc import Callable
from typing import Any, Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from platform_kit.run_token import raw_signature
from tests.authority import Sign, b64, ec_jwk, ec_key, es256, rs256, rsa_jwk, rsa_key
from tests.security.vectors.base import ES, RS, SIGNERS, Case, Cases, Signer, Vector, named, token_case


def headed(signer: Signer, reason: str, **changes: Any) -> Case:
    """An honest token but for its header, signed as it stands."""
    return token_case(lambda: signer.token(header=signer.header(**changes)), reason)


def without(signer: Signer, name: str, reason: str) -> Case:
    """An honest token whose header lacks a member."""
    kept = {key: value for key, value in signer.header().items() if key != name}
    return token_case(lambda: signer.token(header=kept), reason)


# Algorithms that are true, and not accepted


def _rsa(pad: Any, digest: hashes.HashAlgorithm) -> Sign:
    return lambda message: rsa_key("platform").sign(message, pad, digest)


def _pss(digest: hashes.HashAlgorithm) -> Sign:
    return _rsa(padding.PSS(padding.MGF1(digest), digest.digest_size), digest)


_TRUE: Final[dict[str, Callable[[], Sign]]] = {
    "RS384": lambda: _rsa(padding.PKCS1v15(), hashes.SHA384()),
    "RS512": lambda: _rsa(padding.PKCS1v15(), hashes.SHA512()),
    "PS256": lambda: _pss(hashes.SHA256()),
    "PS384": lambda: _pss(hashes.SHA384()),
    "PS512": lambda: _pss(hashes.SHA512()),
    "RS1": lambda: _rsa(padding.PKCS1v15(), hashes.SHA1()),  # noqa: S303 - the attack
}


def _true_but_not_ours(alg: str, *, said_by_key: bool) -> Case:
    def vector() -> Vector:
        jwk = {name: value for name, value in RS.jwk.items() if name != "alg"} | ({"alg": alg} if said_by_key else {})
        return Vector(RS.token(header=RS.header(alg=alg), sign=_TRUE[alg]()), {"keys": [jwk]})

    return Case(vector, "bad_algorithm")


def _edwards() -> Vector:
    key = ed25519.Ed25519PrivateKey.generate()
    x = b64(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))
    jwk = {"kty": "OKP", "crv": "Ed25519", "kid": "k1", "use": "sig", "alg": "EdDSA", "x": x}
    return Vector(RS.token(header=RS.header(alg="EdDSA"), sign=key.sign), {"keys": [jwk]})


def _es256_with_another_digest(alg: str, digest: hashes.HashAlgorithm) -> Case:
    def sign(message: bytes) -> bytes:
        return raw_signature(ec_key("issuer").sign(message, ec.ECDSA(digest)))

    return token_case(lambda: ES.token(header=ES.header(alg=alg), sign=sign), "bad_algorithm")


_SPELLINGS: Final = (
    *("rs256", "Rs256", "RS256 ", " RS256", "RS256\n", "RS256\0", "RS-256", "RSA256", "SHA256withRSA", "RS２５６"),  # noqa: RUF001
    *("es256", "ES256\0", "none", "None", "NONE", "nOnE", " none", "none\0", "null", "", "dir", "A128KW", "RSA-OAEP"),
    *("http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", None, 0, 1, True, [], ["RS256"], {"alg": "RS256"}),
)


def _algorithms() -> Cases:
    return {
        **{f"alg={alg!r}": headed(RS, "bad_algorithm", alg=alg) for alg in _SPELLINGS},
        **{
            f"alg={alg!r} without a signature": token_case(
                lambda alg=alg: RS.token(header=RS.header(alg=alg), sign=lambda _m: b""),  # type: ignore[misc] # a default
                "malformed",
            )
            for alg in ("none", "None", "NONE", "nOnE", "RS256", "HS256")
        },
        "no alg": without(RS, "alg", "bad_algorithm"),
        **{f"a true {alg}": _true_but_not_ours(alg, said_by_key=False) for alg in _TRUE},
        **{f"a true {alg} of a key that says so": _true_but_not_ours(alg, said_by_key=True) for alg in _TRUE},
        "a true EdDSA": Case(_edwards, "bad_algorithm"),
        "ES384 on P-256": _es256_with_another_digest("ES384", hashes.SHA384()),
        "ES512 on P-256": _es256_with_another_digest("ES512", hashes.SHA512()),
        "ES256 over the RSA key": headed(RS, "unknown_kid", alg="ES256"),
        "RS256 over the elliptic key": headed(ES, "unknown_kid", alg="RS256"),
    }


# Keys and addresses in the token itself


def _carried(signer: Signer) -> Cases:
    stranger = rs256(rsa_key("stranger")) if signer is RS else es256(ec_key("stranger"))
    theirs = rsa_jwk(rsa_key("stranger"), "k1") if signer is RS else ec_jwk(ec_key("stranger"), "e1")
    carried: dict[str, Any] = {
        "jwk": theirs,
        "jku": "https://evil.test/jwks",
        "x5u": "https://evil.test/certificate.pem",
        "x5c": ["MIIB"],
    }
    return {
        **{
            f"{name}, signed with that key": token_case(
                lambda name=name, value=value: signer.token(header=signer.header(**{name: value}), sign=stranger),  # type: ignore[misc] # defaults
                "carried_key",
            )
            for name, value in carried.items()
        },
        **{
            f"{name}, honestly signed": headed(signer, "carried_key", **{name: value})
            for name, value in carried.items()
        },
        "its own key as jwk": headed(signer, "carried_key", jwk=signer.jwk),
        "jwk, and no kid": token_case(
            lambda: signer.token(header={"alg": signer.alg, "typ": "JWT", "jwk": theirs}, sign=stranger), "carried_key"
        ),
    }


_CARRIED_VALUES: Final = {
    "jwk": (None, {}, "", [], 1),
    "jku": (None, "", "http://169.254.169.254/", "file:///etc/passwd", "data:application/json,{}", "//evil.test", []),
    "x5u": (None, "", "ldap://evil.test/", "https://login.example.test@evil.test/"),
    "x5c": (None, [], "", ["MIIB", "MIIB"]),
}
_CRITICAL: Final = (
    [],
    ["exp"],
    ["b64"],
    ["alg"],
    ["kid", "kid"],
    [""],
    [1],
    "exp",
    None,
    True,
    {"exp": 1},
    ["http://x/"],
)
_UNKNOWN: Final = {
    "b64": False,
    "zip": "DEF",
    "cty": "JWT",
    "enc": "A256GCM",
    "epk": {},
    "apu": "",
    "p2s": "x",
    "p2c": 10**9,
    "iv": "",
    "tag": "",
    "iss": "https://evil.test",
    "aud": "other",
    "exp": 1,
    "nonce": "x",
    "url": "https://x.test",
    "trust_chain": [],
    "ALG": "none",
    "Alg": "none",
    " alg": "none",
    "alg ": "none",
    "kid\0": "k1",
    "": 1,
    "x5t#S512": "",
    "\uff41\uff4c\uff47": "none",
    "a\u0301lg": "none",
    "__proto__": {"alg": "none"},
    "constructor": {},
    "ppt": "shaken",
}
_KIDS: Final = (
    *("../../../../dev/null", "/etc/passwd", "k1' OR '1'='1", "k1; DROP TABLE keys", "k1\0", "k1\n", "k1 ", " k1", ""),
    *(
        "k" * 129,
        "https://evil.test/k1",
        "k1|id",
        "`id`",
        "$(id)",
        "{{7*7}}",
        "%00",
        "k1#",
        "k1/..",
        "ключ",
        "k1\u200b",
    ),
    *(None, 0, 1, 1.5, True, [], ["k1"], {}, {"kid": "k1"}),
)
_TYPES: Final = (
    *("", "jwt", "Jwt", "at+JWT", "AT+JWT", "JWS", "JOSE", "JOSE+JSON", "JWE", "id+jwt", "logout+jwt", "secevent+jwt"),
    *("dpop+jwt", "ambit-run", "kb+jwt", "vc+sd-jwt", "text/html", "application/json", "JWT ", "JWT\0", None, 1, True),
    *(
        ["JWT"],
        {"typ": "JWT"},
        "oauth-authz-req+jwt",
        "token-introspection+jwt",
        "entity-statement+jwt",
        "wimse-id+jwt",
    ),
)


def _asked() -> Cases:
    carried = {
        f"{name}={value!r:.40}": headed(RS, "carried_key", **{name: value})
        for name, values in _CARRIED_VALUES.items()
        for value in values
    }
    return {
        **carried,
        **{f"crit={value!r}": headed(RS, "critical_extension", crit=value) for value in _CRITICAL},
        "crit and b64=false": headed(RS, "critical_extension", crit=["b64"], b64=False),
        **{f"member {name!a}": headed(RS, "unknown_header", **{name: value}) for name, value in _UNKNOWN.items()},
        **{f"kid={value!a:.40}": headed(RS, "bad_kid", kid=value) for value in _KIDS},
        "no kid": without(RS, "kid", "bad_kid"),
        "kid of the other key": headed(RS, "unknown_kid", kid="e1"),
        "kid in another case": headed(RS, "unknown_kid", kid="K1"),
        **{f"typ={value!r}": headed(RS, "bad_type", typ=value) for value in _TYPES},
        "no typ": without(RS, "typ", "bad_type"),
        "a run token's typ": headed(RS, "bad_type", typ="ambit-run+jwt"),
    }


CASES: Final[Cases] = {
    **named("algorithm", _algorithms()),
    **{k: v for s in SIGNERS for k, v in named(f"{s.alg} carries", _carried(s)).items()},
    **named("header", _asked()),
}
