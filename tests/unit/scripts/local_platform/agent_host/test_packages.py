from __future__ import annotations

import hashlib
import io
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from scripts.local_platform.agent_host.errors import ValidationError
from scripts.local_platform.agent_host.packages import PackageStore
from scripts.local_platform.agent_host.settings import HostSettings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PLACE = {"bucket": "b", "prefix": "k"}


def archive(**files: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        for name, body in files.items():
            package.writestr(name, body)
    return buffer.getvalue()


class OneObject:
    """S3 with one object, and the hash that its metadata claims."""

    def __init__(self, body: bytes | None, recorded: str | None = None) -> None:
        self.body, self.recorded = body, recorded

    def get_object(self, **_: str) -> dict[str, Any]:
        if self.body is None:
            raise ClientError({"Error": {"Code": "NoSuchKey", "Message": "not there"}}, "GetObject")
        metadata = {"sha256": self.recorded} if self.recorded else {}
        return {"Body": self, "ContentLength": len(self.body), "Metadata": metadata}

    def iter_chunks(self, size: int) -> Iterator[bytes]:
        assert self.body is not None
        return (self.body[at : at + size] for at in range(0, len(self.body), size))


def store(tmp_path: Path, body: bytes | None, recorded: str | None = None, **limits: Any) -> PackageStore:
    s3: Any = OneObject(body, recorded)
    return PackageStore(s3, HostSettings(state_dir=tmp_path, **limits))


def test_a_package_is_unpacked_under_its_hash(tmp_path: Path) -> None:
    body = archive(**{"main.py": b"app = 1", "pkg/a.py": b""})
    target = store(tmp_path, body, hashlib.sha256(body).hexdigest()).fetch(PLACE)
    assert target.name == hashlib.sha256(body).hexdigest()
    assert (target / "main.py").read_bytes() == b"app = 1"


def test_the_same_package_is_unpacked_once(tmp_path: Path) -> None:
    packages = store(tmp_path, archive(**{"main.py": b""}))
    target = packages.fetch(PLACE)
    (target / "mark").touch()
    assert (packages.fetch(PLACE) / "mark").exists()


def test_a_package_that_was_changed_on_the_way_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="SHA-256 differs"):
        store(tmp_path, archive(**{"main.py": b""}), "0" * 64).fetch(PLACE)


def test_a_package_that_is_not_what_its_name_says_is_refused_whatever_its_metadata_say(tmp_path: Path) -> None:
    pushed, other = (archive(**{"main.py": code}) for code in (b"app = 1", b"app = 2"))
    named = {"bucket": "b", "prefix": f"agents/echo-agent/{hashlib.sha256(pushed).hexdigest()}.zip"}
    with pytest.raises(ValidationError, match="SHA-256 differs"):
        store(tmp_path, other, hashlib.sha256(other).hexdigest()).fetch(named)
    assert store(tmp_path, pushed).fetch(named).name in named["prefix"]


def test_a_package_that_is_not_there_is_refused_by_its_address(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="s3://b/k"):
        store(tmp_path, None).fetch(PLACE)


@pytest.mark.parametrize("body", [b"not a zip", archive(**{"main.py": b"x" * 1000})[:-40]], ids=["text", "cut off"])
def test_what_is_no_sound_zip_is_refused_and_leaves_nothing(tmp_path: Path, body: bytes) -> None:
    packages = store(tmp_path, body)
    with pytest.raises(ValidationError, match="sound zip"):
        packages.fetch(PLACE)
    assert list(packages.root.iterdir()) == []


@pytest.mark.parametrize("name", ["../evil.py", "a/../../evil.py", "/etc/evil", "a\\..\\evil"])
def test_a_member_that_reaches_outside_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValidationError, match="reaches outside"):
        store(tmp_path, archive(**{name: b""})).fetch(PLACE)


def test_a_link_is_refused(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        link = zipfile.ZipInfo("link")
        link.external_attr = 0o120777 << 16
        package.writestr(link, "/etc/passwd")
    with pytest.raises(ValidationError, match="holds a link"):
        store(tmp_path, buffer.getvalue()).fetch(PLACE)


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        ({"max_package": 10}, "larger than 10"),
        ({"max_unpacked": 999}, "more than 999"),
        ({"max_package_files": 1}, "holds 2"),
    ],
)
def test_size_and_count_are_bounded(tmp_path: Path, limits: dict[str, Any], reason: str) -> None:
    body = archive(**{"main.py": b"x" * 1000, "b.py": b""})
    with pytest.raises(ValidationError, match=reason):
        store(tmp_path, body, **limits).fetch(PLACE)
