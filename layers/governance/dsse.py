"""Envelopes of the Dead Simple Signing Environment (DSSE 1.0.2): what in-toto, SLSA and Sigstore sign with.

    {payload, payloadType, signatures: [{keyid, sig}]}

Signed is the pre-authentication encoding of type and payload, never the JSON around it. A signature is ECDSA on P-256
with SHA-256, in DER as other tools expect it. Source: https://github.com/secure-systems-lab/dsse/blob/v1.0.2/protocol.md
"""

import base64
import binascii
from collections.abc import Callable
from typing import Any, Final

IN_TOTO: Final = "application/vnd.in-toto+json"
_NAMES: Final = frozenset({"payload", "payloadType", "signatures"})
_SIGNATURE_NAMES: Final = frozenset({"keyid", "sig"})
_MOST_SIGNATURES: Final = 8
_COORDINATE_BYTES: Final = 32

Sign = Callable[[bytes], bytes]
"""From a message to its raw 64-byte ES256 signature."""
Verify = Callable[[str, bytes, bytes], bool]
"""Whether a raw signature of a message is the key's of this id: (key id, message, signature)."""


class NotSigned(ValueError):
    """It is no envelope, or nobody who is trusted signed it; the message says which."""


def pae(payload_type: str, payload: bytes) -> bytes:
    """The pre-authentication encoding: type and payload, each with its length in bytes."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def sealed(payload: bytes, sign: Sign, key_id: str, kind: str = IN_TOTO) -> dict[str, Any]:
    """An envelope with one signature; `kind` is the payload's media type."""
    signature = _der(sign(pae(kind, payload)))
    return {
        "payload": base64.b64encode(payload).decode(),
        "payloadType": kind,
        "signatures": [{"keyid": key_id, "sig": base64.b64encode(signature).decode()}],
    }


def opened(envelope: object, verify: Verify, kind: str = IN_TOTO) -> bytes:
    """The payload of an envelope of this kind that a trusted key signed; NotSigned. The key's id is a hint."""
    if not isinstance(envelope, dict) or envelope.keys() != _NAMES or envelope["payloadType"] != kind:
        raise NotSigned(f"it is no envelope of {kind}")
    payload, signatures = _decoded(envelope["payload"]), envelope["signatures"]
    if not isinstance(signatures, list) or not 0 < len(signatures) <= _MOST_SIGNATURES:
        raise NotSigned(f"an envelope has 1 to {_MOST_SIGNATURES} signatures")
    message = pae(kind, payload)
    if not any(_holds(signature, message, verify) for signature in signatures):
        raise NotSigned("no signature is of a trusted key")
    return payload


def _holds(signature: object, message: bytes, verify: Verify) -> bool:
    if not isinstance(signature, dict) or signature.keys() != _SIGNATURE_NAMES or type(signature["keyid"]) is not str:
        raise NotSigned("a signature is not {keyid, sig}")
    raw = _raw(_decoded(signature["sig"]))
    return raw is not None and verify(signature["keyid"], message, raw)


def _decoded(text: object) -> bytes:
    """Standard base64 in its one canonical form: a second spelling of the same bytes would be a second envelope."""
    if type(text) is not str:
        raise NotSigned("a part of the envelope is no base64")
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise NotSigned("a part of the envelope is no base64") from None
    if base64.b64encode(data).decode() != text:
        raise NotSigned("a part of the envelope is no canonical base64")
    return data


def _der(raw: bytes) -> bytes:
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

    half = len(raw) // 2
    return encode_dss_signature(int.from_bytes(raw[:half], "big"), int.from_bytes(raw[half:], "big"))


def _raw(der: bytes) -> bytes | None:
    """The raw form; None for what is no signature on P-256."""
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

    try:
        r, s = decode_dss_signature(der)
        return r.to_bytes(_COORDINATE_BYTES, "big") + s.to_bytes(_COORDINATE_BYTES, "big")
    except (ValueError, OverflowError):
        return None
