"""Makes the package of a function: its own code, the layers it imports, its locked dependencies, all compiled.

Everything is kept under `.build/` by the hash of what it was made from, so an unchanged function costs a few
milliseconds at the next synth, and two machines make the same bytes from the same commit.
"""

import hashlib
import importlib.util
import os
import shutil
import tempfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from infra.bundling import archive, botocore_data
from infra.bundling.agents import AGENTS, AgentPackage
from infra.bundling.bytecode import compile_tree, interpreter_for
from infra.bundling.locks import Lock, lock_of
from infra.bundling.wheels import ROOT, BundlingError, Requirements, export_groups, install, publish
from infra.config import PackageTarget
from infra.functions import FunctionSpec

# Part of every key: raise it when a change here alters what a package holds.
LAYOUT: Final = 4
CACHE: Final = ROOT / ".build"
"""Where packages and what they are made from are kept, unless another folder is named."""
_KEPT: Final = 6
_STREAM_START: Final = """#!/bin/sh
# Started by the Lambda Web Adapter: it forwards each invocation here and streams the answer back.
exec python -m uvicorn {app} --host 127.0.0.1 --port "${{AWS_LWA_PORT:-8080}}" --no-access-log --log-level warning
"""


# What AgentCore Runtime starts: the agent's own application, listening as the runtime contract asks.
_AGENT_START: Final = """from {module} import {app}

if __name__ == "__main__":
    {app}.run()
"""


@dataclass(frozen=True)
class SourceTree:
    """A folder of the repository and the import path it has inside a package."""

    folder: Path
    place: str

    def files(self) -> dict[str, Path]:
        """Source files by their name in the package; neither hidden files nor what an interpreter or editor left."""
        found = sorted(path for path in self.folder.rglob("*") if path.is_file())
        named = {path.relative_to(self.folder): path for path in found}
        return {f"{self.place}/{name}": path for name, path in named.items() if not _left_behind(name)}

    def update(self, digest: "hashlib._Hash") -> None:
        """Add names and bytes to a digest."""
        for name, path in self.files().items():
            digest.update(f"\0{name}\0".encode() + hashlib.sha256(path.read_bytes()).digest())

    def copy_to(self, folder: Path) -> None:
        """Lay the sources out as they will be imported."""
        for name, path in self.files().items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, folder / name)


def _left_behind(name: Path) -> bool:
    hidden = any(part.startswith(".") or part == "__pycache__" for part in name.parts)
    return hidden or name.name.endswith(("~", ".pyc"))


@dataclass(frozen=True)
class PackageData(SourceTree):
    """Some files of a distribution that is installed here, without its code."""

    names: tuple[str, ...] = ()

    def files(self) -> dict[str, Path]:
        """The files by their name in the package."""
        return {f"{self.place}/{name}": self.folder / name for name in self.names}


def data_of(spec: FunctionSpec) -> list[PackageData]:
    """The data that a function's package takes along; raises BundlingError when its distribution is not installed."""
    wanted: dict[str, list[str]] = {}
    for path in spec.data:
        package, _, name = path.partition("/")
        wanted.setdefault(package, []).append(name)
    return [PackageData(_folder_of(package), package, tuple(names)) for package, names in wanted.items()]


def _folder_of(package: str) -> Path:
    found = importlib.util.find_spec(package)
    places = list(found.submodule_search_locations or ()) if found else []
    if not places:
        raise BundlingError(f"{package} is not installed: make setup")
    return Path(places[0])


def sources(spec: FunctionSpec, root: Path = ROOT) -> list[SourceTree]:
    """The folders a function's package is made from; raises BundlingError when its own is missing."""
    own = root / "lambdas" / spec.folder
    if not own.is_dir():
        raise BundlingError(f"lambdas/{spec.folder} does not exist, but the function {spec.name!r} is made from it")
    layers = [SourceTree(root / "layers" / layer, layer) for layer in spec.layers]
    library = SourceTree(root / "data_access_lib", "data_access_lib")
    return [SourceTree(own, f"lambdas/{spec.folder}"), *layers, library]


AGENT_MANIFEST: Final = "ambit-manifest.json"
"""The manifest's name in an agent's package."""
KIT: Final = SourceTree(AGENTS / "kit" / "ambit_agent", "ambit_agent")
"""What agents are written with."""


def agent_sources(agent: AgentPackage) -> tuple[SourceTree, ...]:
    """An agent's own packages."""
    return tuple(SourceTree(agent.folder / name, Path(name).name) for name in agent.imports)


@dataclass(frozen=True)
class Contents:
    """What one package is made from."""

    name: str
    requirements: Requirements
    trees: tuple[SourceTree, ...]
    extras: tuple[tuple[str, str], ...]  # files written here: name, text
    services: tuple[str, ...]

    @property
    def key(self) -> str:
        """Same key, same bytes."""
        compiled = interpreter_for(self.requirements.target.python) is not None
        head = (str(LAYOUT), self.name, self.requirements.key, repr(self.extras), repr(self.services), repr(compiled))
        digest = hashlib.sha256("\0".join(head).encode())
        for tree in self.trees:
            tree.update(digest)
        return digest.hexdigest()[:16]

    def write_extras(self, folder: Path) -> None:
        """Lay out what is written here, as it will be imported."""
        for name, text in self.extras:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)


class Bundler:
    """Makes packages for one target and keeps them below one cache directory."""

    def __init__(self, target: PackageTarget, cache: Path = CACHE) -> None:
        self._target = target
        self._cache = cache
        self._dependencies: dict[str, Dependencies] = {}

    def prepare(self, specs: Iterable[FunctionSpec]) -> None:
        """Install what these functions' packages stand on, side by side: most of the work is other processes'."""
        wanted = {found.key: found for found in map(self._requirements, specs)}
        with ThreadPoolExecutor() as pool:
            for _ in pool.map(lambda requirements: self._installed(requirements).archive(), wanted.values()):
                pass  # raises what went wrong

    def _requirements(self, spec: FunctionSpec) -> Requirements:
        return Requirements(export_groups(spec.groups), self._target)

    def package(self, spec: FunctionSpec) -> Path:
        """The zip archive of a function."""
        start = (("run.sh", _STREAM_START.format(app=spec.app)),) if spec.streaming else ()
        return self._package(
            Contents(
                spec.name,
                self._requirements(spec),
                (*sources(spec), *data_of(spec)),
                (("lambdas/__init__.py", ""), *start),
                spec.services,
            )
        )

    def agent(self, agent: AgentPackage) -> Path:
        """The zip archive of an agent for AgentCore Runtime; BundlingError when its lock does not fit or install."""
        lock = lock_of(agent.folder, agent.project)
        return self._package(
            Contents(
                agent.name,
                self._agent_requirements(lock),
                (*agent_sources(agent), *((KIT,) if lock.of_the_platform else ())),
                (
                    (agent.entry_point, _AGENT_START.format(module=agent.module, app=agent.app)),
                    (AGENT_MANIFEST, agent.manifest),
                ),
                ("bedrock-agentcore",),
            )
        )

    def agent_tree(self, agent: AgentPackage) -> str:
        """SHA-256 (hex) over the names and bytes of the sources that an agent's package is made from."""
        lock, digest = lock_of(agent.folder, agent.project), hashlib.sha256()
        for tree in (*agent_sources(agent), *((KIT,) if lock.of_the_platform else ())):
            tree.update(digest)
        return digest.hexdigest()

    def agent_dependencies(self, agent: AgentPackage) -> tuple[str, bool]:
        """The digest of the agent's locked requirements, and whether they were installed just now. BundlingError."""
        requirements = self._agent_requirements(lock_of(agent.folder, agent.project))
        kept = (self._cache / "wheels" / requirements.key).exists()
        self._installed(requirements).archive()
        return hashlib.sha256(requirements.text.encode()).hexdigest(), not kept

    def _agent_requirements(self, lock: Lock) -> Requirements:
        return Requirements(lock.requirements(self._cache), self._target.for_agents(), lock.root)

    def _package(self, contents: Contents) -> Path:
        finished = self._cache / "packages" / f"{contents.name}-{contents.key}.zip"
        if not finished.exists():
            finished.parent.mkdir(parents=True, exist_ok=True)
            self._make(finished, contents, self._installed(contents.requirements))
        return finished

    def _installed(self, requirements: Requirements) -> "Dependencies":
        if requirements.key not in self._dependencies:
            wheels = install(requirements, self._cache)
            self._dependencies[requirements.key] = Dependencies(wheels, requirements.key, self._cache)
        return self._dependencies[requirements.key]

    def _make(self, finished: Path, contents: Contents, dependencies: "Dependencies") -> None:
        with tempfile.TemporaryDirectory(dir=finished.parent) as scratch:
            extras = Path(scratch) / "extras"
            extras.mkdir()
            contents.write_extras(extras)
            compile_tree(extras, self._target.python)
            made = Path(scratch) / "package.zip"
            code = [archive.files_below(folder) for folder in (*map(self._compile, contents.trees), extras)]
            archive.extend(made, dependencies.archive(), [dependencies.models(contents.services), *code])
            made.rename(finished)
        self._forget_old(finished, contents.name)

    def _compile(self, tree: SourceTree) -> Path:
        """A folder with the sources and their bytecode: functions share most of theirs."""
        compiled = interpreter_for(self._target.python) is not None
        digest = hashlib.sha256(repr((LAYOUT, self._target.python, compiled)).encode())
        tree.update(digest)
        name = tree.place.replace("/", "-")
        finished = self._cache / "sources" / f"{name}-{digest.hexdigest()[:16]}"
        if not finished.exists():
            finished.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=finished.parent) as scratch:
                folder = Path(scratch) / "tree"
                tree.copy_to(folder)
                compile_tree(folder, self._target.python)
                publish(folder, finished)
            self._forget_old(finished, name)
        return finished

    @staticmethod
    def _forget_old(newest: Path, name: str) -> None:
        """Keep the latest few of a name: two targets, and what a branch or two made."""
        same = [path for path in newest.parent.glob(f"{name}-*{newest.suffix}") if len(path.stem) == len(newest.stem)]
        for path in sorted(same, key=lambda path: path.stat().st_mtime_ns, reverse=True)[_KEPT:]:
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)


class Dependencies:
    """An installed set of wheels: one archive for all functions that share it, and the service models beside it."""

    def __init__(self, wheels: Path, key: str, cache: Path) -> None:
        self._wheels = wheels
        self._path = cache / "archives" / f"{key}.zip"

    @cached_property
    def _split(self) -> tuple[dict[str, Path], dict[str, dict[str, Path]]]:
        return botocore_data.split(archive.files_below(self._wheels))

    def archive(self) -> Path:
        """Everything but service models, compressed once."""
        if not self._path.exists():
            self._path.parent.mkdir(parents=True, exist_ok=True)
            handle, made = tempfile.mkstemp(dir=self._path.parent)
            os.close(handle)
            archive.write(Path(made), self._split[0])
            Path(made).rename(self._path)
        return self._path

    def models(self, services: tuple[str, ...]) -> dict[str, Path]:
        """The service models of these services; raises BundlingError for one botocore does not know."""
        try:
            return botocore_data.choose(self._split[1], services)
        except KeyError as error:
            raise BundlingError(f"botocore has no service {error}") from None
