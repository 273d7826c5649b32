"""Zip archives whose bytes depend on their content only: sorted entries, one fixed time, fixed permissions."""

import shutil
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

_EPOCH: Final = (2020, 1, 1, 0, 0, 0)
_ALREADY_COMPRESSED: Final = frozenset({".gz", ".zip", ".whl", ".pem.gz"})
_FILE_MODE: Final = 0o100644
_PROGRAM_MODE: Final = 0o100755
_LEVEL: Final = 6
UNREADABLE: Final = (OSError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error)
"""What reading an archive raises that is damaged, encrypted (RuntimeError) or compressed in a way nobody knows."""


def files_below(tree: Path) -> dict[str, Path]:
    """Every file below a directory by its name in an archive."""
    return {str(path.relative_to(tree)): path for path in tree.rglob("*") if path.is_file()}


def _entry(name: str, source: Path) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, date_time=_EPOCH)
    info.create_system = 3  # unix, on every machine, so that permissions mean what they say
    info.external_attr = (_PROGRAM_MODE if source.suffix == ".sh" else _FILE_MODE) << 16
    stored = source.suffix in _ALREADY_COMPRESSED
    info.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
    return info


def write(target: Path, files: Mapping[str, Path]) -> None:
    """Write a new archive of these files."""
    with zipfile.ZipFile(target, "w", compresslevel=_LEVEL) as archive:
        _add(archive, files)


def extend(target: Path, base: Path, trees: Iterable[Mapping[str, Path]]) -> None:
    """Write an archive that holds everything in `base` and these files besides; nothing is compressed twice."""
    shutil.copyfile(base, target)
    with zipfile.ZipFile(target, "a", compresslevel=_LEVEL) as archive:
        for files in trees:
            _add(archive, files)


def _add(archive: zipfile.ZipFile, files: Mapping[str, Path]) -> None:
    for name in sorted(files):
        archive.writestr(_entry(name, files[name]), files[name].read_bytes(), compresslevel=_LEVEL)
