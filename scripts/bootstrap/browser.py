"""Installs Debian's Chromium for the browser tests when the machine has none.

python3 -m scripts.bootstrap.browser
"""

from __future__ import annotations

import shutil
import subprocess
import sys

from scripts.bootstrap.progress import PrerequisiteMissing, step

NAMES = ("chromium", "chromium-browser", "google-chrome")
INSTALL = ["apt-get", "install", "-y", "--no-install-recommends", "chromium"]


def find_browser() -> str | None:
    """The path of a Chromium that is installed, or None."""
    return next(filter(None, map(shutil.which, NAMES)), None)


def succeeds(command: list[str]) -> bool:
    """Run a command without its output; True when it ended well."""
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def install_browser() -> str:
    """The path of Chromium, installed first when it is missing. Raises PrerequisiteMissing when that fails."""
    found = find_browser()
    if found:
        return found
    # package lists may be old or absent on a fresh machine: update them only when the first try fails
    installed = shutil.which("apt-get") and (
        succeeds(INSTALL) or (succeeds(["apt-get", "update"]) and succeeds(INSTALL))
    )
    found = find_browser()
    if not installed or not found:
        raise PrerequisiteMissing("Chromium is missing: run `sudo apt-get update && sudo apt-get install -y chromium`")
    return found


def main() -> int:
    """Print where Chromium is."""
    try:
        with step("Chromium") as progress:
            progress.note = install_browser()
    except PrerequisiteMissing as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
