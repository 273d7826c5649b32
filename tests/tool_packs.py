"""Tool packs to publish: manifests, and the keys of the tests' own publishers."""

from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from governance.packs import Manifest, sealed
from governance.public_keys import public_key
from tests.audit_logs import signer

TOOL: Final[dict[str, Any]] = {
    "description": "Look a customer up.",
    "inputSchema": {"type": "object", "properties": {"id": {"type": "string"}}, "additionalProperties": False},
    "risk": "medium",
    "sideEffects": False,
    "target": {"http": "https://crm.example.com/lookup"},
}


def manifest(version: str = "1.2.0", *, name: str = "crm", **tools: Any) -> dict[str, Any]:
    """A pack of `<name>.lookup`, or of the tools that are given by the rest of their names."""
    found = tools or {"lookup": {}}
    return {
        "schema": "ambit-tool-pack/1",
        "name": name,
        "version": version,
        "description": "Customers.",
        "tools": {f"{name}.{rest}": {**TOOL, "version": version, **change} for rest, change in found.items()},
    }


def pem_of(key: ec.EllipticCurvePrivateKey) -> str:
    """The public half."""
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def signed(document: dict[str, Any], key: ec.EllipticCurvePrivateKey) -> dict[str, Any]:
    """The envelope of a manifest."""
    return sealed(Manifest.model_validate(document), signer(key), public_key(pem_of(key)).key_id)
