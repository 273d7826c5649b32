"""Sees when an agent's folder changes, by looking: no dependency, and alike on every system."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from infra.bundling.bundler import SourceTree

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

POLL_SECONDS = 0.25

Snapshot = dict[str, tuple[int, int]]


def snapshot(folder: Path) -> Snapshot:
    """Time and size of every file that may go into the package, and of the manifest and the lock."""
    found: Snapshot = {}
    for name, path in SourceTree(folder, "").files().items():
        try:
            about = path.stat()
        except FileNotFoundError:
            continue  # gone between listing and looking: an editor replaced it
        found[name] = (about.st_mtime_ns, about.st_size)
    return found


def wait_for_change(folder: Path, before: Snapshot, sleep: Callable[[float], None] = time.sleep) -> Snapshot:
    """Return the folder's state when it is another than before and has stood still for one look."""
    last = before
    while True:
        sleep(POLL_SECONDS)
        now = snapshot(folder)
        if now != before and now == last:
            return now
        last = now
