"""Whether this machine can put agents into a sandbox: tried once, at the start, with an agent that tries the walls."""

from __future__ import annotations

import asyncio
import json
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from scripts.local_platform.agent_host.errors import AccessDeniedError, RuntimeClientError
from scripts.local_platform.agent_host.sandbox import filesystem, walls
from scripts.local_platform.agent_host.zygotes import Zygote

if TYPE_CHECKING:
    from scripts.local_platform.agent_host.settings import HostSettings

PROBE = Path(__file__).with_name("probe.py")
PROBE_SECONDS = 20.0
FIRST_UID, UIDS = 64_000, 1_000
STANDS, UNTRIED = "it stands", "it has not been tried"


@dataclass(frozen=True)
class Confinement:
    """`standing`: agents run in a sandbox here; else `reason` says why they do not."""

    standing: bool
    reason: str

    def describe(self) -> dict[str, Any]:
        """What the host says of itself."""
        return {
            "sandboxed": self.standing,
            "reason": self.reason,
            "layers": list(walls.LAYERS) if self.standing else [],
        }

    def line(self) -> str:
        """One line for the log, that cannot be overlooked when it is bad."""
        if self.standing:
            return f"SANDBOX ON: {', '.join(walls.LAYERS)}"
        return f"SANDBOX OFF: {self.reason}. Only the reference agents run on this machine; every other is refused."

    def refusal(self) -> AccessDeniedError:
        """For an agent that may not run without walls."""
        return AccessDeniedError(
            f"This machine cannot put agents into a sandbox ({self.reason}), so only the reference agents run here"
        )


UNKNOWN = Confinement(standing=False, reason=UNTRIED)


def plan(settings: HostSettings, package: Path, number: int) -> walls.Plan:
    """The sandbox of a zygote; `number` picks its user, so that no two zygotes share one."""
    view = settings.state_dir / "view"
    view.mkdir(parents=True, exist_ok=True)
    port = urlsplit(settings.gateway_url or "").port
    return walls.Plan(
        root=str(view), package=str(package), paths=tuple(filesystem.interpreter_paths()),
        uid=FIRST_UID + number % UIDS, gateway_port=port, tmp_size=settings.session_tmp,
        zygote_processes=settings.session_processes * 8,
    )  # fmt: skip


async def find_out(settings: HostSettings) -> Confinement:
    """Run an agent that pushes against every wall; one that gives way, or cannot be put up, is the reason."""
    with tempfile.TemporaryDirectory(dir=settings.state_dir, prefix=".probe-") as scratch:
        package = Path(scratch) / "package"
        package.mkdir(mode=0o755)
        shutil.copyfile(PROBE, package / "main.py")
        shutil.copyfile(PROBE, package / "uvicorn.py")
        try:
            return await asyncio.wait_for(_probe(settings, package, Path(scratch)), PROBE_SECONDS)
        except (OSError, RuntimeClientError, TimeoutError) as error:
            return Confinement(standing=False, reason=str(error) or type(error).__name__)


async def _probe(settings: HostSettings, package: Path, scratch: Path) -> Confinement:
    zygote = Zygote("sandbox-probe", package, settings, plan(settings, package, UIDS - 1))
    try:
        await zygote.start("main.py", {})
        session = await zygote.fork("probe", scratch / "s", scratch, "[sandbox-probe]")
        reader, writer = await asyncio.open_unix_connection(str(session.socket_path))
        gaps = json.loads(await reader.read(65536) or b'["it ended without a word"]')
        writer.close()
    finally:
        await zygote.stop()
    return Confinement(standing=not gaps, reason="; ".join(gaps) or STANDS)
