"""An agent's package: the bytes that run, and the digests that say what they are made from."""

from __future__ import annotations

import hashlib
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from infra.bundling.bundler import CACHE, Bundler
from infra.bundling.wheels import BundlingError
from scripts.agent_push.errors import PushError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from infra.config import PackageTarget
    from scripts.agent_push.folder import Agent


@dataclass(frozen=True)
class Built:
    """A package: its zip file, and in hex the SHA-256 of its bytes, of its locked requirements and of its sources."""

    archive: Path
    digest: str
    lock_digest: str
    tree_hash: str = ""


class Packager:
    """Packages agents for an interpreter, and keeps below `cache` what it makes: whole files, by what they are made of.

    Its methods raise PushError saying what to do. What was made before stays as it was when a later build breaks.
    """

    def __init__(self, target: PackageTarget, cache: Path = CACHE) -> None:
        self._target = target
        self._bundler = Bundler(target, cache)

    def dependencies(self, agent: Agent) -> tuple[str, bool]:
        """The digest of the agent's locked requirements, and whether they had to be installed."""
        with self._told(agent):
            return self._bundler.agent_dependencies(agent.source)

    def build(self, agent: Agent) -> Built:
        """The package: unchanged sources and lock give the kept file, and the same of them anywhere identical bytes."""
        lock_digest, _ = self.dependencies(agent)
        with self._told(agent):
            archive = self._bundler.agent(agent.source)
            tree = self._bundler.agent_tree(agent.source)
        return Built(archive, _digest(archive), lock_digest, tree)

    @contextmanager
    def _told(self, agent: Agent) -> Iterator[None]:
        try:
            yield
        except BundlingError as error:
            raise PushError(f"{agent.manifest.name} cannot be packaged: {error}") from None
        except subprocess.CalledProcessError as error:
            said = (error.stdout or error.stderr or b"").decode("utf-8", "replace").strip()
            raise PushError(
                f"{agent.manifest.name} does not compile for {self._target.runtime}: {said[-2000:]}"
            ) from None


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
