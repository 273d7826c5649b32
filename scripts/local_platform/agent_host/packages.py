"""Agent packages: fetched from S3, checked, unpacked once per content."""

from __future__ import annotations

import hashlib
import re
import shutil
import stat
import tempfile
import zipfile
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from scripts.local_platform.agent_host.errors import ValidationError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from scripts.local_platform.agent_host.settings import HostSettings

HASH_METADATA = "sha256"
# A pushed package is named by its digest. Metadata are written by whoever writes the bytes; the name is in the version.
NAMED_BY_DIGEST = re.compile(r"([0-9a-f]{64})\.zip")


class PackageStore:
    """Unpacked packages under `<state>/packages/<sha256 of the zip>`; shared by versions of equal content."""

    def __init__(self, s3: S3Client, settings: HostSettings) -> None:
        self.s3 = s3
        self.settings = settings
        self.root = settings.state_dir / "packages"
        self.root.mkdir(parents=True, exist_ok=True)

    def fetch(self, location: dict[str, str]) -> Path:
        """Download, verify and unpack `{bucket, prefix, versionId?}`; raises ValidationError."""
        with tempfile.TemporaryDirectory(dir=self.root, prefix=".fetch-") as scratch:
            archive = Path(scratch) / "package.zip"
            digest = self._download(location, archive)
            target = self.root / digest
            if not target.exists():
                unpacked = Path(scratch) / "package"
                self._unpack(archive, unpacked)
                unpacked.replace(target)
        return target

    def path(self, digest: str) -> Path | None:
        """Where a package already unpacked is, or None."""
        target = self.root / digest
        return target if target.is_dir() else None

    def _download(self, location: dict[str, str], archive: Path) -> str:
        """Stream the object to disk; returns its SHA-256, compared with what the pusher recorded."""
        wanted = {"Bucket": location["bucket"], "Key": location["prefix"]}
        if location.get("versionId"):
            wanted["VersionId"] = location["versionId"]
        try:
            answer: Any = self.s3.get_object(**wanted)  # type: ignore[arg-type] # keys as the API names them
        except (ClientError, BotoCoreError) as error:
            raise ValidationError(f"s3://{location['bucket']}/{location['prefix']}: {error}") from error
        if answer["ContentLength"] > self.settings.max_package:
            raise ValidationError(f"The package is larger than {self.settings.max_package} bytes")
        digest = hashlib.sha256()
        with archive.open("wb") as file:
            for chunk in answer["Body"].iter_chunks(1 << 20):
                digest.update(chunk)
                file.write(chunk)
        named = NAMED_BY_DIGEST.fullmatch(PurePosixPath(location["prefix"]).name)
        recorded = {answer["Metadata"].get(HASH_METADATA), named and named[1]} - {None}
        if recorded - {digest.hexdigest()}:
            raise ValidationError("The package is not the one that was pushed: its SHA-256 differs")
        return digest.hexdigest()

    def _unpack(self, archive: Path, target: Path) -> None:
        try:
            with zipfile.ZipFile(archive) as package:
                self._require_sane(package)
                package.extractall(target)
            _let_read(target)
        except zipfile.BadZipFile as error:
            shutil.rmtree(target, ignore_errors=True)
            raise ValidationError(f"The package is not a sound zip file: {error}") from error

    def _require_sane(self, package: zipfile.ZipFile) -> None:
        """Bounded count and size, plain files only, nothing outside the package."""
        members = package.infolist()
        if len(members) > self.settings.max_package_files:
            raise ValidationError(f"The package holds {len(members)} files")
        if sum(member.file_size for member in members) > self.settings.max_unpacked:
            raise ValidationError(f"The package unpacks to more than {self.settings.max_unpacked} bytes")
        for member in members:
            path = PurePosixPath(member.filename)
            if path.is_absolute() or ".." in path.parts or "\\" in member.filename:
                raise ValidationError(f"The package reaches outside itself: {member.filename[:100]}")
            if stat.S_ISLNK(member.external_attr >> 16):
                raise ValidationError(f"The package holds a link: {member.filename[:100]}")


def _let_read(tree: Path) -> None:
    """For everybody to read, whatever this process's umask: agents run as a user of their own."""
    for path in (tree, *tree.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
