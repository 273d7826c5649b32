"""What an agent's lock says it needs, asked of uv once for each state of the lock and kept."""

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from infra.bundling.wheels import ROOT, BundlingError, run, uv

LOCK: Final = "uv.lock"
_EXPORT: Final = ("--color", "never", "export", "--locked", "--no-header", "--no-annotate", "--no-dev")


@dataclass(frozen=True)
class Lock:
    """The `uv.lock` that counts for one project: its own, or that of the workspace which it is a member of."""

    root: Path
    folder: Path
    project: str

    @property
    def of_the_platform(self) -> bool:
        """Whether it is this repository's: its members get the kit's sources, the others bring a wheel of it."""
        return self.root == ROOT

    def requirements(self, cache: Path) -> str:
        """The hashed requirements, without the project itself; BundlingError when the lock does not fit the project.

        The same lock and manifests are exported once: the text is kept below `cache` by their digest.
        """
        kept = cache / "locks" / f"{self._state()}.txt"
        if not kept.exists():
            _keep(kept, self._export())
        return kept.read_text(encoding="utf-8")

    def _state(self) -> str:
        digest = hashlib.sha256(self.project.encode())
        for path in (self.root / LOCK, self.root / "pyproject.toml", self.folder / "pyproject.toml"):
            digest.update(hashlib.sha256(path.read_bytes()).digest())
        return digest.hexdigest()[:16]

    def _export(self) -> str:
        only = (
            ("--package", self.project, "--no-emit-workspace") if self.root != self.folder else ("--no-emit-project",)
        )
        try:
            return run([uv(), *_EXPORT, *only], cwd=self.root)
        except BundlingError as error:
            raise BundlingError(f"{self.root / LOCK} does not fit: run `uv lock` in {self.root}.\n{error}") from None


def lock_of(folder: Path, project: str) -> Lock:
    """The lock of a project's folder, or of the nearest folder around it; BundlingError when there is none."""
    home = folder.resolve()
    for place in (home, *home.parents):
        if (place / LOCK).is_file():
            return Lock(place, home, project)
    raise BundlingError(f"{folder} has no {LOCK}: run `uv lock` there, so that every dependency is pinned and hashed")


def _keep(path: Path, text: str) -> None:
    """Write the whole file or none: two pushes may be at it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, made = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    Path(made).rename(path)
