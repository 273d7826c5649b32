"""Starts the emulator with our corrections, on the emulator's own environment.

    .ambit/tools/emulator/bin/python -m scripts.local_platform.emulator.launch

Its settings are environment variables (see `environment.py`); a correction that no longer fits ends the start.
"""

from __future__ import annotations

import sys

from scripts.local_platform.emulator.patches import apply_all
from scripts.local_platform.emulator.seam import SeamMoved, module

EXPECTED_VERSION = "1.5.33"


def installed_version() -> str:
    """The version of the emulator in this environment."""
    from importlib.metadata import version

    return version("ministack")


def check_version() -> None:
    """SeamMoved unless this is the version that the corrections were written for."""
    if installed_version() != EXPECTED_VERSION:
        raise SeamMoved(f"written for ministack {EXPECTED_VERSION}, found {installed_version()}")


def main() -> int:
    """Check the version, apply the corrections, serve until a signal."""
    try:
        check_version()
        apply_all()
    except SeamMoved as moved:
        print(f"The emulator changed under a correction: {moved}", file=sys.stderr)
        return 1
    # `python -m` put the clone first on the path: functions must not find it there
    sys.argv = ["ministack"]
    module("app").main()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
