"""What a version is, by hash, and whether its stored record is still what was written. Pure; see docs/registry.md.

    contentHash   what runs and how it is bound: artifact, lock, manifest (model, tools, policy), prompts, and the
                  content hash of its parent
    recordHash    every field that never changes, the content hash among them
    stateHash     the record hash and every field that moves do change: status, when, by whom, why

The server computes all three and nobody states them. Each is the SHA-256 of canonical JSON (RFC 8785).
"""

import hmac
from collections.abc import Mapping
from typing import Any, Final

from governance.canonical_json import digest

CONTENT: Final = ("artifactDigest", "lockDigest", "manifest", "prompts", "parentHash")
"""What the content hash covers; the manifest names the model, the tools and the policy.

The parent is named by its own content hash, as a commit names its parents: the same version has the same hash wherever
it is registered, while its id and its parent's id are each registry's own (ADR 0077).
"""
RECORD: Final = (
    *(
        "versionId",
        "agent",
        "contentHash",
        "artifactKey",
        "runtimeArn",
        "parent",
        "createdBy",
        "createdAt",
        "provenance",
    ),
    *CONTENT,
)
"""What a version's record says for good; `parent` is the id that the version of `parentHash` has in this registry."""
TAMPERED: Final = "tampered"
"""In the place of a state's hash: the record was found not to hold, and shall not come to hold again."""
_HASHES: Final = ("recordHash", "stateHash")

Record = Mapping[str, Any]


def content_hash(record: Record) -> str:
    """The hash of what a version consists of; ValueError when a part of it is not JSON."""
    return digest({"schema": "ambit.version/1", **_part(record, CONTENT)})


def record_hash(record: Record) -> str:
    """The hash of what never changes of a version."""
    return digest(_part(record, RECORD))


def state_hash(record: Record) -> str:
    """The hash of what a version's moves have made of it, on top of the record that it is of."""
    moving = {name: value for name, value in record.items() if name not in RECORD and name not in _HASHES}
    return digest({"recordHash": record.get("recordHash"), "state": moving})


def sealed(record: Record) -> dict[str, Any]:
    """A new record with its three hashes; what is None is absent."""
    known = {name: value for name, value in record.items() if value is not None}
    named = known | {"contentHash": content_hash(known)}
    return moved(named | {"recordHash": record_hash(named)}, {})


def moved(record: Record, changes: Record) -> dict[str, Any]:
    """The record after a move, with the hash of its new state. The hash of the record is kept, never made anew."""
    changed = {name: value for name, value in {**record, **changes}.items() if value is not None}
    return changed | {"stateHash": state_hash(changed)}


def fault_of(record: Record, agent: str, version_id: str) -> str | None:
    """Which part of a stored record is not what was written; None for one that holds.

    `agent` and `version_id` are where it was found, so that one version's record does not pass for another's.
    """
    if (record.get("agent"), record.get("versionId")) != (agent, version_id):
        return "place"
    try:
        made = {
            "contentHash": content_hash(record),
            "recordHash": record_hash(record),
            "stateHash": state_hash(record),
        }
    except (KeyError, ValueError, RecursionError):
        return "form"
    return next((name for name, value in made.items() if not _same(record.get(name), value)), None)


def _part(record: Record, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: record[name] for name in names if record.get(name) is not None}


def _same(stored: object, made: str) -> bool:
    return isinstance(stored, str) and hmac.compare_digest(stored.encode("utf-8", "surrogatepass"), made.encode())
