"""The file of a version on its way; whole journeys are in tests/functional/agents/test_carrying.py."""

import hashlib
from pathlib import Path
from typing import Any

import pytest

from governance.manifest import Manifest
from governance.version_identity import CONTENT, content_hash
from scripts.agent_push import carry
from scripts.agent_push.errors import PushError

MANIFEST = Manifest.parse(
    {"name": "echo-agent", "owner": "t", "description": "d", "mode": "sync", "handler": "e.a:app"}
).as_dict()


def version(package: bytes, **change: Any) -> dict[str, Any]:
    content = {
        "artifactDigest": hashlib.sha256(package).hexdigest(),
        "lockDigest": "1" * 64,
        "manifest": MANIFEST,
        "prompts": {"p.md": "Sei höflich."},
        **change,
    }
    more = {"versionId": "ver_1", "agent": "echo-agent", "runtimeArn": "arn", "createdBy": "usr", "status": "approved"}
    return {**more, **content, "contentHash": content_hash(content)}


def written(folder: Path, package: bytes = b"zip", **change: Any) -> Path:
    source, file = folder / "package.zip", folder / "file"
    source.write_bytes(package)
    carry.write(file, version(package, **change), source)
    return file


def test_what_was_written_is_read_with_what_the_content_hash_covers_and_no_more(tmp_path: Path) -> None:
    with carry.opened(written(tmp_path)) as carried:
        assert carried.built.archive.read_bytes() == b"zip"
        assert (carried.built.lock_digest, carried.manifest.name) == ("1" * 64, "echo-agent")
        assert set(carried.record) == {
            *("schema", "agent", "contentHash", "artifactDigest", "lockDigest", "manifest", "prompts")
        }
    assert not carried.built.archive.exists()


def test_the_same_version_gives_the_same_bytes(tmp_path: Path) -> None:
    first = written(tmp_path).read_bytes()
    assert written(tmp_path).read_bytes() == first


def damaged(file: Path, *, encrypted: bool) -> Path:
    """The file with its record said to be compressed by bytes that are none, or encrypted."""
    data = bytearray(file.read_bytes())
    local, central = data.find(b"PK\x03\x04"), data.find(b"PK\x01\x02")
    for place, flags, method in ((local, 6, 8), (central, 8, 10)):
        data[place + (flags if encrypted else method)] = 1 if encrypted else 8
    file.write_bytes(bytes(data))
    return file


@pytest.mark.parametrize("encrypted", [True, False])
def test_an_archive_that_cannot_be_unpacked_is_refused_in_words(tmp_path: Path, *, encrypted: bool) -> None:
    with (
        pytest.raises(PushError, match="export the version again"),
        carry.opened(damaged(written(tmp_path), encrypted=encrypted)),
    ):
        pass


@pytest.mark.parametrize("missing", ["manifest", "lockDigest"])
def test_a_record_that_lacks_what_a_version_has_is_refused_in_words(tmp_path: Path, missing: str) -> None:
    """It is consistent with itself: nobody needs a key to make a content hash."""
    file, whole = tmp_path / "file", version(b"zip")
    (tmp_path / "package.zip").write_bytes(b"zip")
    content = {name: value for name, value in whole.items() if name in CONTENT and name != missing}
    carry.write(
        file, {"agent": "echo-agent", **content, "contentHash": content_hash(content)}, tmp_path / "package.zip"
    )
    with pytest.raises(PushError, match="export the version again"), carry.opened(file):
        pass


def test_an_agents_name_that_is_not_its_manifests_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "file"
    (tmp_path / "package.zip").write_bytes(b"zip")
    carry.write(file, {**version(b"zip"), "agent": "another"}, tmp_path / "package.zip")
    with pytest.raises(PushError, match="of another agent"), carry.opened(file):
        pass
