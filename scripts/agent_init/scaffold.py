"""Makes an agent's folder from a template: whole, or not at all."""

from __future__ import annotations

import keyword
import re
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pydantic import TypeAdapter, ValidationError

from governance.manifest import Name
from infra.bundling.wheels import BundlingError, run, uv
from scripts.agent_init.kit import PACKAGE, make_wheel
from scripts.agent_push.errors import PushError
from scripts.agent_push.folder import NAME_HINT, read_agent

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE: Final = Path(__file__).resolve().parent / "templates"
COMMON: Final = "common"
TEMPLATES: Final = {"basic": "basic", "tools": "tools", "rag": "rag", "multi-agent": "multi_agent"}
"""The templates' names and their folders."""


@dataclass(frozen=True)
class Names:
    """What a template's placeholders become."""

    agent: str
    owner: str

    @property
    def package(self) -> str:
        """`invoice-agent` → `invoice_agent`."""
        return self.agent.replace("-", "_")

    def put_into(self, text: str) -> str:
        """The text with the names in their places."""
        given = {"agent-name": self.agent, "agent_package": self.package, "agent-owner": self.owner}
        for placeholder, name in given.items():
            text = text.replace(placeholder, name)
        return text


def scaffold(names: Names, template: str, into: Path) -> Path:
    """The new folder `into/<name>`, with the kit's wheel and a lock; PushError when it cannot be made.

    It is made beside its place and moved there when it is complete and its manifest is sound.
    """
    _require_usable(names)
    target = into / names.agent
    if target.exists():
        raise PushError(f"{target} is there already: choose another name, or another folder with --into")
    into.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=into, prefix=".ambit-init-") as scratch:
        made = Path(scratch) / names.agent
        _write(made, names, template)
        wheel = make_wheel(made / "vendor")
        manifest = made / "pyproject.toml"
        manifest.write_text(manifest.read_text("utf-8").replace("vendor/kit-wheel", f"vendor/{wheel.name}"), "utf-8")
        read_agent(made)
        lock(made)
        made.rename(target)
    return target


def _require_usable(names: Names) -> None:
    try:
        TypeAdapter(Name).validate_python(names.agent)
    except ValidationError:
        raise PushError(f"{names.agent!r} is no agent's name: {NAME_HINT}") from None
    if names.package in {*sys.stdlib_module_names, *keyword.kwlist, PACKAGE}:
        raise PushError(f"{names.agent} would hide Python's own {names.package}: call it {names.agent}-agent")


def lock(folder: Path) -> None:
    """Write the folder's `uv.lock`; PushError with uv's own words."""
    try:
        run([uv(), "--color", "never", "lock", "--quiet", "--no-python-downloads"], cwd=folder)
    except BundlingError as error:
        raise PushError(f"the dependencies cannot be locked (is the package index reachable?): {error}") from None


def _write(made: Path, names: Names, template: str) -> None:
    for source, name in _files(template):
        target = made / names.put_into(name)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
        target.write_text(names.put_into(target.read_text("utf-8")), "utf-8")


def _files(template: str) -> Iterator[tuple[Path, str]]:
    """A template's files and their places; `dot-` stands for the dot of names that would be hidden here."""
    for root in (HERE / COMMON, HERE / TEMPLATES[template]):
        for path in sorted(root.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                yield path, "/".join(re.sub("^dot-", ".", part) for part in path.relative_to(root).parts)
