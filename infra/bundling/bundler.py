"""Makes the package of a function: its own code, the layers it imports, its locked dependencies, all compiled.

Everything is kept under `.build/` by the hash of what it was made from, so an unchanged function costs a few
milliseconds at the next synth, and two machines make the same bytes from the same commit.
"""

import hashlib
import os
import shutil
import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from infra.bundling import archive, botocore_data
from infra.bundling.bytecode import compile_tree, interpreter_for
from infra.bundling.wheels import ROOT, BundlingError, Requirements, export_groups, install
from infra.config import PackageTarget
from infra.functions import FunctionSpec

# Part of every key: raise it when a change here alters what a package holds.
LAYOUT: Final = 3
_STREAM_START: Final = """#!/bin/sh
# Started by the Lambda Web Adapter: it forwards each invocation here and streams the answer back.
exec python -m uvicorn {app} --host 127.0.0.1 --port "${{AWS_LWA_PORT:-8080}}" --no-access-log --log-level warning
"""


@dataclass(frozen=True)
class SourceTree:
    """A folder of the repository and the import path it has inside a package."""

    folder: Path
    place: str

    def files(self) -> dict[str, Path]:
        """Source files by their name in the package."""
        found = sorted(path for path in self.folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
        return {f"{self.place}/{path.relative_to(self.folder)}": path for path in found}


def sources(spec: FunctionSpec, root: Path = ROOT) -> list[SourceTree]:
    """The folders a function's package is made from; raises BundlingError when its own is missing."""
    own = root / "lambdas" / spec.folder
    layers = [SourceTree(root / "layers" / layer, layer) for layer in spec.layers]
    library = SourceTree(root / "data_access_lib", "data_access_lib")
    own_tree = [SourceTree(own, f"lambdas/{spec.folder}")] if own.is_dir() else []
    return [*own_tree, *layers, library]


class Bundler:
    """Makes packages for one target and keeps them below one cache directory."""

    def __init__(self, target: PackageTarget, cache: Path = ROOT / ".build") -> None:
        self._target = target
        self._cache = cache

    def package(self, spec: FunctionSpec) -> Path:
        """The zip archive of a function."""
        requirements = Requirements(export_groups(spec.groups), self._target)
        trees = sources(spec)
        key = self._key(spec, requirements, trees)
        finished = self._cache / "functions" / f"{spec.name}-{key}.zip"
        if not finished.exists():
            finished.parent.mkdir(parents=True, exist_ok=True)
            self._make(
                finished, spec, Dependencies(install(requirements, self._cache), requirements.key, self._cache), trees
            )
        return finished

    def _key(self, spec: FunctionSpec, requirements: Requirements, trees: list[SourceTree]) -> str:
        digest = hashlib.sha256(f"{LAYOUT}\0{spec!r}\0{requirements.key}".encode())
        digest.update(repr(interpreter_for(self._target.python) is not None).encode())
        for tree in trees:
            for name, path in tree.files().items():
                digest.update(f"\0{name}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
        return digest.hexdigest()[:16]

    def _make(self, finished: Path, spec: FunctionSpec, dependencies: "Dependencies", trees: list[SourceTree]) -> None:
        with tempfile.TemporaryDirectory(dir=finished.parent) as scratch:
            tree = Path(scratch) / "code"
            self._copy(tree, spec, trees)
            compile_tree(tree, self._target.python)
            made = Path(scratch) / "package.zip"
            archive.extend(
                made, dependencies.archive(), [dependencies.models(spec.services), archive.files_below(tree)]
            )
            made.rename(finished)

    @staticmethod
    def _copy(tree: Path, spec: FunctionSpec, trees: list[SourceTree]) -> None:
        for source in trees:
            for name, path in source.files().items():
                (tree / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, tree / name)
        (tree / "lambdas").mkdir(exist_ok=True)
        (tree / "lambdas" / "__init__.py").touch()
        if spec.streaming:
            (tree / "run.sh").write_text(_STREAM_START.format(app=spec.app))


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
