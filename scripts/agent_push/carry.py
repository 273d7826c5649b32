"""Versions on their way from one stage to another: a file with the package and what was registered of it.

What is in the file is checked against itself before anything is sent, and the registry that it comes to refuses what
does not come out with the same content hash (ADR 0077).
"""

from __future__ import annotations

import hashlib
import hmac
import json
import tempfile
import time
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from governance.manifest import Manifest, ManifestError
from governance.version_identity import CONTENT, content_hash
from infra.bundling.archive import UNREADABLE
from scripts.agent_push.artifacts import upload
from scripts.agent_push.errors import PushError
from scripts.agent_push.package import Built
from scripts.agent_push.push import control_client, s3_client
from scripts.agent_push.registry import Candidate, Registry
from scripts.agent_push.runtime import Runtimes, artifact_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from scripts.agent_push.stage import Stage

SCHEMA: Final = "ambit.carried-version/1"
MOST_RECORD_BYTES: Final = 4 * 1024 * 1024
MOST_PACKAGE_BYTES: Final = 260 * 1024 * 1024
"""A little more than what AgentCore takes as a package, 250 MB: nobody's file may fill a disk."""
_RECORD, _PACKAGE = "version.json", "package.zip"
_PIECE: Final = 1024 * 1024


@dataclass(frozen=True)
class CarriedVersion:
    """A version as its file has it: `record` names what the content hash covers, by the API's names."""

    manifest: Manifest
    record: Mapping[str, Any]
    built: Built


def write(file: Path, version: Mapping[str, Any], package: Path) -> None:
    """Write a version, as the API shows it, and its package to a file: the same version gives the same bytes."""
    named = ("agent", "contentHash", *CONTENT)
    record = {"schema": SCHEMA, **{name: version[name] for name in named if version.get(name) is not None}}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(zipfile.ZipInfo(_RECORD), json.dumps(record, sort_keys=True, ensure_ascii=False))
        with package.open("rb") as source, archive.open(zipfile.ZipInfo(_PACKAGE), "w", force_zip64=True) as target:
            while piece := source.read(_PIECE):
                target.write(piece)


@contextmanager
def opened(file: Path) -> Iterator[CarriedVersion]:
    """The version of a file, its package unpacked for a while; PushError when the file is not what it says."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            with zipfile.ZipFile(file) as archive:
                record = _record(archive)
                package, digest = _unpacked(archive, Path(folder) / _PACKAGE)
        except (*UNREADABLE, KeyError) as error:
            raise _wrong(file, f"it cannot be read: {error}") from error
        _check(file, record, digest)
        try:
            manifest, lock = Manifest.parse(dict(record["manifest"])), str(record["lockDigest"])
        except KeyError as lacking:
            raise _wrong(file, f"its record has no {lacking}") from None
        except (ManifestError, TypeError, ValueError) as error:
            raise _wrong(file, f"its manifest is none: {error}") from error
        if manifest.name != record.get("agent"):
            raise _wrong(file, "its manifest is of another agent")
        yield CarriedVersion(manifest, record, Built(package, digest, lock))


def bring(carried: CarriedVersion, stage: Stage, registry: Registry) -> tuple[dict[str, Any], bool]:
    """Make a carried version one of a stage's: upload, runtime, registration; its record, and whether it is new.

    PushError when the stage refuses it, and above all when the version does not have the same content hash there.
    """
    built, record = carried.built, carried.record
    key = artifact_key(carried, built)
    upload(s3_client(stage), stage.artifact_bucket, key, built)
    arn, _ = Runtimes(control_client(stage), stage, time.sleep).ensure(carried, built)
    registry.ensure_template(carried.manifest)
    candidate = Candidate(
        built.digest,
        key,
        built.lock_digest,
        record.get("prompts") or {},
        carried.manifest,
        arn,
        carried={name: record[name] for name in ("contentHash", "parentHash") if name in record},
    )
    version, new = registry.create_version(candidate)
    if not hmac.compare_digest(str(version["contentHash"]), str(record["contentHash"])):
        raise PushError(f"the registry made {version['contentHash']} of it, not {record['contentHash']}: do not use it")
    return version, new


def _record(archive: zipfile.ZipFile) -> dict[str, Any]:
    with archive.open(_RECORD) as source:
        text = source.read(MOST_RECORD_BYTES + 1)
    if len(text) > MOST_RECORD_BYTES:
        raise OSError("its record is too large")
    try:
        record = json.loads(text)
    except (ValueError, RecursionError):
        raise OSError("its record is no JSON") from None
    if not isinstance(record, dict) or record.get("schema") != SCHEMA:
        raise OSError(f"it is no {SCHEMA}")
    return record


def _unpacked(archive: zipfile.ZipFile, target: Path) -> tuple[Path, str]:
    """The package in a file of its own, and its SHA-256 in hex. What unpacks to more than is allowed is refused."""
    found, size = hashlib.sha256(), 0
    with archive.open(_PACKAGE) as source, target.open("wb") as file:
        while piece := source.read(_PIECE):
            size += len(piece)
            if size > MOST_PACKAGE_BYTES:
                raise OSError("its package is too large")
            found.update(piece)
            file.write(piece)
    return target, found.hexdigest()


def _check(file: Path, record: Mapping[str, Any], digest: str) -> None:
    if not hmac.compare_digest(digest, str(record.get("artifactDigest"))):
        raise _wrong(file, f"its package has the SHA-256 {digest}, its record says {record.get('artifactDigest')}")
    try:
        made = content_hash(record)
    except (TypeError, ValueError, RecursionError) as error:
        raise _wrong(file, f"its record cannot be hashed: {error}") from error
    if not hmac.compare_digest(made, str(record.get("contentHash"))):
        raise _wrong(file, f"its record has the content hash {made} and says {record.get('contentHash')}")


def _wrong(file: Path, why: str) -> PushError:
    return PushError(f"{file} is not what was exported: {why}. Nothing was sent; export the version again")
