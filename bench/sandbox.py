"""What the sandbox costs: the start of a zygote and of a session of the echo agent, with walls and without."""

import asyncio
import statistics
import tempfile
import time
import zipfile
from pathlib import Path
from typing import Final

from bench.measure import Result
from infra.bundling.agents import reference_agents
from infra.bundling.bundler import Bundler
from infra.config import settings_for
from scripts.local_platform.agent_host import confinement
from scripts.local_platform.agent_host.settings import HostSettings
from scripts.local_platform.agent_host.zygotes import Zygote

_ROUNDS: Final = 3
_SESSIONS: Final = 15


def cold_start() -> list[Result]:
    """Medians in milliseconds: until the agent is imported, and until a new session has answered a ping."""
    with tempfile.TemporaryDirectory() as scratch:
        zygotes, sessions = asyncio.run(_measure(Path(scratch)))
    return [
        Result("import an agent, in the sandbox / without one", "ms", *zygotes),
        Result("first answer of a new session, in the sandbox / without one", "ms", *sessions),
    ]


async def _measure(folder: Path) -> tuple[tuple[float, float], tuple[float, float]]:
    package = folder / "package"
    with zipfile.ZipFile(_echo()) as archive:
        archive.extractall(package)
    found: dict[bool, tuple[list[float], list[float]]] = {True: ([], []), False: ([], [])}
    for number in range(_ROUNDS):
        for walls, (started, answered) in found.items():
            await _one(folder, package, started, answered, number if walls else None)
    (a, b), (c, d) = ([statistics.median(times) for times in found[walls]] for walls in (True, False))
    return (a, c), (b, d)


async def _one(folder: Path, package: Path, started: list[float], answered: list[float], number: int | None) -> None:
    settings = HostSettings(state_dir=folder, gateway_url="http://127.0.0.1:8080/v1/gateway")
    plan = None if number is None else confinement.plan(settings, package, number)
    zygote = Zygote("bench", package, settings, plan)
    begun = time.perf_counter()
    await zygote.start("main.py", {})
    started.append((time.perf_counter() - begun) * 1000)
    answered += [await _session(zygote, folder, str(session)) for session in range(_SESSIONS)]
    await zygote.stop()


async def _session(zygote: Zygote, folder: Path, name: str) -> float:
    begun = time.perf_counter()
    process = await zygote.fork(name, folder / f"{name}.sock", folder, "")
    reader, writer = await asyncio.open_unix_connection(str(process.socket_path))
    writer.write(b"GET /ping HTTP/1.1\r\nHost: agent\r\nConnection: close\r\n\r\n")
    assert b"Healthy" in await reader.read()
    spent = (time.perf_counter() - begun) * 1000
    writer.close()
    if (listener := await process.gateway) is not None:
        listener.close()
    await zygote.stop_session(name)
    return spent


def _echo() -> Path:
    (echo,) = (agent for agent in reference_agents() if agent.name == "echo-agent")
    return Bundler(settings_for("local").target).agent(echo)
