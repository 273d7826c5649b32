"""Stops every part of the platform (`make dev-down`), also those of a run that was killed."""

from __future__ import annotations

from scripts.bootstrap.progress import say
from scripts.local_platform import parts, processes
from scripts.local_platform.layout import layout_from_environment


def main() -> int:
    """Stop the parts in reverse order of their start."""
    layout = layout_from_environment()
    stopped = [name for name in (parts.STANDBY, *reversed(parts.ALL)) if processes.stop(layout, name)]
    layout.dev_json.unlink(missing_ok=True)
    say(f"Stopped: {', '.join(stopped)}." if stopped else "Nothing was running.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
