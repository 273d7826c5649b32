"""Records of versions as the registry leaves them in the control table, sealed, for tests that have no registry."""

from collections.abc import Mapping
from typing import Any, Final

from data_access_lib import keys
from data_access_lib.repositories.records import pack
from governance.version_identity import sealed

_HASH: Final = "0" * 64


def version_item(agent: str, version_id: str, manifest: object = None, **more: object) -> dict[str, Any]:
    """A version's item, approved unless told, with its keys; `more` joins its record before that is sealed."""
    record: dict[str, Any] = {
        "versionId": version_id,
        "agent": agent,
        "artifactDigest": _HASH,
        "artifactKey": f"agents/{agent}/{_HASH}.zip",
        "lockDigest": _HASH,
        "prompts": {},
        "runtimeArn": f"arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/{agent}-0123456789",
        "manifest": {} if manifest is None else manifest,
        "status": "approved",
        "createdBy": "usr:tests:operator",
        "createdAt": "2026-03-04T05:06:07.890Z",
        **more,
    }
    return packed(sealed(record))


def packed(record: Mapping[str, Any]) -> dict[str, Any]:
    """A version's record as its item is."""
    agent, version_id = str(record["agent"]), str(record["versionId"])
    place = {**keys.version_key(agent, version_id)._asdict(), **keys.version_index(version_id)._asdict()}
    return pack({**record, **place}, ("manifest", "prompts", "provenance"))
