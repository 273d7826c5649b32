"""Idempotence by content: a step is skipped while the hash of what it was made from is unchanged."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

IGNORED_FOLDERS = frozenset({"node_modules", "dist", "__pycache__", ".pytest_cache", "cdk.out"})


def files_below(folder: Path) -> list[Path]:
    """Every source file under a folder in a fixed order; build products and caches are left out."""
    found = []
    for entry in sorted(folder.iterdir()):
        if entry.is_dir() and entry.name not in IGNORED_FOLDERS:
            found += files_below(entry)
        elif entry.is_file() and entry.suffix != ".pyc":
            found.append(entry)
    return found


def digest(inputs: Iterable[Path | str]) -> str:
    """SHA-256 over the given files (folders are walked) and plain strings, with their names."""
    total = hashlib.sha256()
    for item in inputs:
        if isinstance(item, str):
            total.update(f"text\0{item}\0".encode())
            continue
        for path in files_below(item) if item.is_dir() else [item]:
            total.update(f"{path}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


class Stamps:
    """Remembers, in one folder, the digest that each finished step was made from."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def is_fresh(self, name: str, value: str) -> bool:
        """True when `name` was finished from exactly this digest."""
        stamp = self._folder / name
        return stamp.is_file() and stamp.read_text(encoding="utf-8") == value

    def mark(self, name: str, value: str) -> None:
        """Record that `name` is finished from this digest."""
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / name).write_text(value, encoding="utf-8")

    def forget(self, name: str) -> None:
        """Make the step run again."""
        (self._folder / name).unlink(missing_ok=True)
