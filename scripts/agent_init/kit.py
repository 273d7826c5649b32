"""The kit that agents are written with, as a wheel that an agent's folder carries and its lock pins."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING, Final

from infra.bundling.agents import AGENTS
from infra.bundling.wheels import BundlingError, run, uv
from scripts.agent_push.errors import PushError

if TYPE_CHECKING:
    from pathlib import Path

KIT: Final = AGENTS / "kit"
PACKAGE: Final = "ambit_agent"


def make_wheel(folder: Path) -> Path:
    """Build the kit's wheel into a folder; PushError when that fails."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        run([uv(), "--color", "never", "build", "--wheel", "--no-create-gitignore", "--out-dir", str(folder), str(KIT)])
    except BundlingError as error:
        raise PushError(f"the kit's wheel cannot be built: {error}") from None
    return wheel_in(folder)


def wheel_in(folder: Path) -> Path:
    """The kit's wheel in a folder; PushError when there is none or more than one."""
    found = sorted(folder.glob(f"{PACKAGE}-*.whl"))
    if len(found) != 1:
        raise PushError(f"{folder} holds {len(found)} wheels of {PACKAGE}, not one")
    return found[0]


def is_current(wheel: Path) -> bool:
    """Whether the wheel holds the platform's own kit, file by file."""
    ours = {path.relative_to(KIT).as_posix(): path.read_bytes() for path in (KIT / PACKAGE).rglob("*.py")}
    with zipfile.ZipFile(wheel) as archive:
        theirs = {name: archive.read(name) for name in archive.namelist() if name.endswith(".py")}
    return ours == theirs
