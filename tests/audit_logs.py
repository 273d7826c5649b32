"""Audit logs to tamper with: chains with details, and checkpoints signed by a key of the tests' own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from governance.audit import checkpoint
from governance.audit.chain import Fields, Head, extend
from governance.audit.checkpoint import Checkpoint
from governance.audit.entry import canonical, detail_hash, entry_hash, pseudonym
from governance.audit.merkle import Frontier

Entry = dict[str, Any]
KEY: Final = ec.generate_private_key(ec.SECP256R1())
OTHER_KEY: Final = ec.generate_private_key(ec.SECP256R1())
TENANT: Final = "acme"
_HALF: Final = 32


def log(number: int, *, tenant: str = TENANT, head: Head | None = None, note: str = "Größe") -> list[Entry]:
    """So many entries, each with its salt, detail and principal."""
    start = head or Head()
    details = [{"principalId": "usr:1:ada", "note": note, "n": start.seq + i} for i in range(number)]
    salts = [f"{start.seq + i:032x}" for i in range(number)]
    made = extend(start, (_fields(tenant, salt, detail) for salt, detail in zip(salts, details, strict=True)))
    return [
        {**entry, "salt": salt, "detail": detail, "principalId": "usr:1:ada"}
        for entry, salt, detail in zip(made, salts, details, strict=True)
    ]


def _fields(tenant: str, salt: str, detail: Mapping[str, Any]) -> Fields:
    bound = detail_hash(salt, canonical(detail).decode())
    return Fields("2026-03-04T05:06:07.890Z", pseudonym(tenant, "usr:1:ada"), "file.deleted", "fil_1", "allowed", bound)


def rehashed(entries: Sequence[Entry], seq: int, **change: Any) -> list[Entry]:
    """The log with one entry changed, and every hash from there on computed anew: a forger without the signing key."""
    made, previous = list[Entry](), ""
    for entry in entries:
        other = {**entry, **(change if entry["seq"] == seq else {})}
        if entry["seq"] > seq:
            other["prevHash"] = previous
        other["hash"] = previous = entry_hash(other)
        made.append(other)
    return made


def attested(
    entries: Sequence[Entry], counts: Sequence[int], *, tenant: str = TENANT, key: ec.EllipticCurvePrivateKey = KEY
) -> list[Checkpoint]:
    """Checkpoints of the log after so many entries each."""
    made: list[Checkpoint] = []
    tree = Frontier()
    for count in counts:
        tree = tree.with_entries(entry["hash"] for entry in entries[tree.count : count])
        head = Head(count, entries[count - 1]["hash"])
        last = made[-1] if made else None
        made.append(checkpoint.after(last, tenant, head, tree, time=f"t{count}", key_id="k1").signed(signer(key)))
    return made


def signer(key: ec.EllipticCurvePrivateKey) -> checkpoint.Sign:
    """As KMS signs."""

    def sign(message: bytes) -> bytes:
        r, s = decode_dss_signature(key.sign(message, ec.ECDSA(SHA256())))
        return r.to_bytes(_HALF, "big") + s.to_bytes(_HALF, "big")

    return sign


def verify(_key_id: str, message: bytes, raw: bytes) -> bool:
    """By the public half of the tests' key."""
    der = encode_dss_signature(int.from_bytes(raw[:_HALF], "big"), int.from_bytes(raw[_HALF:], "big"))
    try:
        KEY.public_key().verify(der, message, ec.ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True


def pem(key: ec.EllipticCurvePrivateKey = KEY) -> bytes:
    """The public key as auditors have it."""
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
