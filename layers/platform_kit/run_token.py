"""Run tokens: the one credential a running agent holds. Signed by a KMS key of their own, good for five minutes.

A run token has its own issuer, audience and `typ`, so that no other token can pass for one and it can pass for no other
(RFC 8725 §3.11). The gateway's routes accept it and nothing else; every other route refuses it.
"""

import json
import os
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple, Protocol

from platform_kit import jws
from platform_kit.jws import TokenRefused

ISSUER: Final = "ambit-run"
AUDIENCE: Final = "ambit-gateway"
TYPE: Final = "ambit-run+jwt"
ALGORITHM: Final = "ES256"
TTL_SECONDS: Final = 300
LEEWAY_SECONDS: Final = 5  # issuer and verifier are both ours: clocks are close
_COORDINATE_BYTES: Final = 32  # P-256
_BINDING: Final = ("tenant", "run", "agent", "version", "session", "mode", "principal")

Sign = Callable[[bytes], bytes]


class RunClaims(NamedTuple):
    """What a run token says: the run it is for, in all its parts. The last two are set by `verify` (epoch seconds).

    `attempt` is which of the run's attempts it belongs to: a fencing token, by which an older one is told apart.
    """

    tenant: str
    run: str
    agent: str
    version: str
    session: str
    mode: str
    principal: str
    attempt: int = 1
    expires_at: int = 0
    token_id: str = ""


class KmsClient(Protocol):
    """The part of boto3's KMS client that is used here."""

    def sign(self, *, KeyId: str, Message: bytes, MessageType: Any, SigningAlgorithm: Any) -> Mapping[str, Any]:  # noqa: N803 - AWS's names
        """https://docs.aws.amazon.com/kms/latest/APIReference/API_Sign.html."""
        ...


def mint(claims: RunClaims, sign: Sign, key_id: str, now: datetime, *, ttl_seconds: int = TTL_SECONDS) -> str:
    """A signed run token. `sign` maps a message to its raw 64-byte ES256 signature; ValueError on a ttl over 300 s."""
    if not 0 < ttl_seconds <= TTL_SECONDS:
        raise ValueError(f"a run token lives 1 to {TTL_SECONDS} seconds")
    issued = int(now.timestamp())
    header = {"alg": ALGORITHM, "typ": TYPE, "kid": key_id}
    payload = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": f"run:{claims.run}",
        **{name: getattr(claims, name) for name in _BINDING},
        "attempt": claims.attempt,
        "iat": issued,
        "nbf": issued,
        "exp": issued + ttl_seconds,
        "jti": os.urandom(16).hex(),
    }
    message = f"{_segment(header)}.{_segment(payload)}"
    return f"{message}.{jws.encode_segment(sign(message.encode()))}"


def expires_at(now: datetime, *, ttl_seconds: int = TTL_SECONDS) -> int:
    """When a token minted `now` expires, in epoch seconds."""
    return int(now.timestamp()) + ttl_seconds


def verify(token: str, public_key: Any, now: datetime, *, key_id: str | None = None) -> RunClaims:
    """The claims of a valid run token; TokenRefused otherwise.

    `public_key` is a P-256 public key of the `cryptography` package (see `load_public_key`); `key_id`, when given, is
    the only `kid` accepted.
    """
    unverified = jws.parse(token)
    return verify_parsed(unverified, public_key, now.timestamp(), key_id=key_id)


def verify_parsed(token: jws.UnverifiedToken, public_key: Any, now: float, *, key_id: str | None = None) -> RunClaims:
    """As `verify`, for a token that is already taken apart; `now` in epoch seconds."""
    jws.check_header(token.header, algorithms=(ALGORITHM,), types=(TYPE,))
    if key_id is not None and token.key_id != key_id:
        raise TokenRefused("unknown_kid")
    jws.verify_signature(token, public_key, ALGORITHM)
    _check_fixed_claims(token.claims)
    _check_times(token.claims, now)
    return _read(token.claims)


def key_id_of(key_arn: str) -> str:
    """The `kid` of a KMS key: the last part of its ARN."""
    return key_arn.rpartition("/")[2]


def kms_signer(client: KmsClient, key_arn: str) -> Sign:
    """Sign with a KMS key (ECC_NIST_P256): one `kms:Sign` call a token; the key never leaves KMS."""

    def sign(message: bytes) -> bytes:
        answer = client.sign(KeyId=key_arn, Message=message, MessageType="RAW", SigningAlgorithm="ECDSA_SHA_256")
        return raw_signature(answer["Signature"])

    return sign


def raw_signature(der: bytes) -> bytes:
    """From the DER form that KMS gives to the raw `r || s` of RFC 7518 §3.4: 64 bytes."""
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

    r, s = decode_dss_signature(der)
    return r.to_bytes(_COORDINATE_BYTES, "big") + s.to_bytes(_COORDINATE_BYTES, "big")


def load_public_key(der: bytes) -> Any:
    """The public key that `kms:GetPublicKey` gives (DER SubjectPublicKeyInfo); ValueError unless it is on P-256."""
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    key = load_der_public_key(der)
    if not isinstance(key, EllipticCurvePublicKey) or not isinstance(key.curve, SECP256R1):
        raise ValueError("the run token key must be on P-256")  # noqa: TRY004 - a wrong value, not a wrong type
    return key


def _segment(value: Mapping[str, Any]) -> str:
    return jws.encode_segment(json.dumps(value, separators=(",", ":")).encode())


def _check_fixed_claims(claims: Mapping[str, Any]) -> None:
    if claims.get("iss") != ISSUER:
        raise TokenRefused("bad_issuer")
    if claims.get("aud") != AUDIENCE:
        raise TokenRefused("bad_audience")


def _check_times(claims: Mapping[str, Any], now: float) -> None:
    times = [claims.get(name) for name in ("iat", "nbf", "exp")]
    if not all(type(value) is int for value in times):
        raise TokenRefused("bad_times")
    issued, not_before, expires = (int(value) for value in times if value is not None)
    if not 0 < expires - issued <= TTL_SECONDS:
        raise TokenRefused("bad_lifetime")
    if now + LEEWAY_SECONDS < max(issued, not_before):
        raise TokenRefused("not_yet_valid")
    if now >= expires + LEEWAY_SECONDS:
        raise TokenRefused("expired")


def _read(claims: Mapping[str, Any]) -> RunClaims:
    values = [claims.get(name) for name in (*_BINDING, "jti")]
    if not all(isinstance(value, str) and value for value in values) or claims.get("sub") != f"run:{claims['run']}":
        raise TokenRefused("bad_binding")
    attempt = claims.get("attempt", 1)
    if type(attempt) is not int or attempt < 1:
        raise TokenRefused("bad_binding")
    binding = {name: str(claims[name]) for name in _BINDING}
    return RunClaims(**binding, attempt=attempt, expires_at=int(claims["exp"]), token_id=str(claims["jti"]))
