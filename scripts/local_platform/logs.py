"""Follows the logs of all parts, each line with the part's name (`make dev-logs`)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from scripts.bootstrap.progress import say
from scripts.local_platform.layout import layout_from_environment

if TYPE_CHECKING:
    from pathlib import Path

POLL_SECONDS = 0.25
LAST_BYTES = 2_000


class Follower:
    """Reads what is added to one log; begins near its end."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._at = max(0, path.stat().st_size - LAST_BYTES)

    def new_lines(self) -> list[str]:
        """Whole lines since the last call; a log that was begun anew is read from its start."""
        size = self.path.stat().st_size
        if size < self._at:
            self._at = 0
        with self.path.open("rb") as log:
            log.seek(self._at)
            chunk = log.read(size - self._at)
        complete = chunk[: chunk.rfind(b"\n") + 1]
        self._at += len(complete)
        return complete.decode(errors="replace").splitlines()


def main() -> int:
    """Print new lines until Ctrl-C; logs that appear later are picked up."""
    layout = layout_from_environment()
    followers: dict[Path, Follower] = {}
    try:
        while True:
            for path in sorted(layout.logs.glob("*.log")):
                for line in followers.setdefault(path, Follower(path)).new_lines():
                    say(f"{path.stem:<18} {line}")
            time.sleep(POLL_SECONDS)
    except KeyboardInterrupt:
        return 0


if __name__ == "__main__":
    raise SystemExit(main())
