"""What `ambit doctor FOLDER` looks at: whether the agent of a folder can be pushed, and what stands in its way."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from scripts.ambit_cli.finding import Finding

if TYPE_CHECKING:
    from infra.bundling.locks import Lock
    from scripts.agent_push.folder import Agent


def folder_findings(folder: Path) -> Iterator[Finding]:
    """Every check that the folder's state allows; a wrong manifest leaves little else to look at."""
    from scripts.agent_push.folder import FolderError, read_agent

    try:
        agent = read_agent(folder)
    except FolderError as error:
        yield from (Finding("manifest and code", ok=False, detail=problem) for problem in error.problems)
        return
    said = f"{agent.manifest.name}, {agent.manifest.mode.value}, handler {agent.manifest.handler}"
    yield Finding("manifest and code", ok=True, detail=said)
    yield from _lock_findings(agent)
    yield from _suite_findings(agent)


def _lock_findings(agent: "Agent") -> Iterator[Finding]:
    from infra.bundling.bundler import CACHE
    from infra.bundling.locks import lock_of
    from infra.bundling.wheels import BundlingError

    try:
        lock = lock_of(agent.source.folder, agent.source.project)
        count = lock.requirements(CACHE).count("==")
    except BundlingError as error:
        yield Finding("lock", ok=False, detail=str(error))
        return
    yield Finding("lock", ok=True, detail=f"{count} dependencies, pinned and hashed")
    if not lock.of_the_platform:
        yield _kit_finding(lock)


def _kit_finding(lock: "Lock") -> Finding:
    from scripts.agent_init.kit import KIT, is_current, wheel_in
    from scripts.agent_push.errors import PushError

    vendor = lock.root / "vendor"
    anew = f"uv build --wheel --out-dir {vendor} {KIT} && uv lock --directory {lock.root}"
    try:
        wheel = wheel_in(vendor)
    except PushError as error:
        return Finding("kit", ok=False, detail=f"{error}: {anew}")
    if is_current(wheel):
        return Finding("kit", ok=True, detail=f"{wheel.name}, as the platform has it")
    return Finding("kit", ok=True, detail=f"{wheel.name} is not the platform's present one; to take that: {anew}")


def _suite_findings(agent: "Agent") -> Iterator[Finding]:
    """Suites in the folder against those that the manifest names. A name may also be of a suite of the platform's."""
    from scripts.agent_push.folder import FolderError
    from scripts.agent_push.suites import suites_of

    try:
        files = suites_of(agent)
    except FolderError as error:
        yield from (Finding("evaluations", ok=False, detail=problem) for problem in error.problems)
        return
    for file in files:
        said = f"{file.path.name}: {len(file.suite.cases)} cases, sound, and named by the manifest"
        yield Finding("evaluations", ok=True, detail=said)
    if not agent.manifest.evaluations:
        yield Finding("evaluations", ok=False, detail="the manifest names none: nothing says whether a version is good")
