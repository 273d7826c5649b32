"""True keys and signatures on the curves that ES256 is not."""

from collections.abc import Callable
from functools import cache
from typing import Final, NamedTuple

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from tests.authority import Claims, Sign, b64


class Curve(NamedTuple):
    """A curve, the bytes of a coordinate, the algorithm of JWA it belongs to and that one's digest."""

    make: Callable[[], ec.EllipticCurve]
    size: int
    alg: str
    digest: Callable[[], hashes.HashAlgorithm]


OTHER_CURVES: Final = {
    "P-384": Curve(ec.SECP384R1, 48, "ES384", hashes.SHA384),
    "P-521": Curve(ec.SECP521R1, 66, "ES512", hashes.SHA512),
    "secp256k1": Curve(ec.SECP256K1, 32, "ES256K", hashes.SHA256),
    "BP-256": Curve(ec.BrainpoolP256R1, 32, "ESB256", hashes.SHA256),
}


@cache
def _key(name: str) -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(OTHER_CURVES[name].make())


def jwk_on(name: str) -> Claims:
    """The public half of a key on this curve."""
    public, size = _key(name).public_key().public_numbers(), OTHER_CURVES[name].size
    x, y = (b64(part.to_bytes(size, "big")) for part in (public.x, public.y))
    return {"kty": "EC", "use": "sig", "crv": name, "x": x, "y": y}


def sign_on(name: str, digest: hashes.HashAlgorithm | None = None) -> Sign:
    """`r || s` on this curve, over SHA-256 when no other digest is given."""
    size = OTHER_CURVES[name].size

    def sign(message: bytes) -> bytes:
        r, s = decode_dss_signature(_key(name).sign(message, ec.ECDSA(digest or hashes.SHA256())))
        return r.to_bytes(size, "big") + s.to_bytes(size, "big")

    return sign
