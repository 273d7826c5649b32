"""An agent's folder, read and packaged."""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from governance.manifest import Manifest, ManifestError
from infra.bundling.agents import AGENTS, AgentPackage, export_project
from infra.bundling.bundler import Bundler
from infra.bundling.wheels import BundlingError
from scripts.agent_push.errors import PushError

if TYPE_CHECKING:
    from pathlib import Path

    from infra.config import PackageTarget


@dataclass(frozen=True)
class Agent:
    """An agent of this repository: what it says of itself, and what its package is made from."""

    manifest: Manifest
    source: AgentPackage


@dataclass(frozen=True)
class Built:
    """A package: its zip file, the SHA-256 of its bytes, and that of the locked requirements in it; in hex."""

    archive: Path
    content_hash: str
    lock_digest: str


def find_agent(name: str, folder: Path = AGENTS) -> Agent:
    """The agent of that name; raises PushError when there is none, or its manifest is wrong."""
    documents = {path: tomllib.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*/pyproject.toml"))}
    tables = {path: _table(document) for path, document in documents.items()}
    for path, table in tables.items():
        if table is not None and table.get("name") == name:
            return _agent(path, documents[path], table)
    known = sorted(str(table.get("name")) for table in tables.values() if table is not None)
    raise PushError(f"no agent {name} in {folder}: there are {', '.join(known)}")


def _table(document: dict[str, Any]) -> dict[str, Any] | None:
    table: dict[str, Any] | None = document.get("tool", {}).get("ambit")
    return table


def _agent(path: Path, document: dict[str, Any], table: dict[str, Any]) -> Agent:
    try:
        manifest = Manifest.parse(table)
        imports = tuple(document["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"])
        project = document["project"]["name"]
    except ManifestError as error:
        lines = "".join(f"\n  {problem}" for problem in error.problems)
        raise PushError(f"{path}: [tool.ambit] is wrong:{lines}") from None
    except KeyError as error:
        raise PushError(f"{path}: {error} is missing (project.name, tool.hatch.build.targets.wheel.packages)") from None
    module, _, app = manifest.handler.partition(":")
    source = AgentPackage(manifest.name, project, path.parent, imports, module, app)
    return Agent(manifest, source)


def build(agent: Agent, target: PackageTarget, cache: Path | None = None) -> Built:
    """Package the agent for an interpreter: unchanged sources and lock give the cached file, identical bytes.

    Raises PushError when the dependencies are not in the lock or do not install.
    """
    bundler = Bundler(target) if cache is None else Bundler(target, cache)
    try:
        archive = bundler.agent(agent.source)
        lock = export_project(agent.source.project)
    except BundlingError as error:
        raise PushError(f"{agent.manifest.name} cannot be packaged (is `uv lock` up to date?): {error}") from None
    with archive.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Built(archive, digest, hashlib.sha256(lock.encode()).hexdigest())
