"""An agent's folder, read and checked before anything is built: every fault with its file, its line and what to do."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from governance.manifest import Fault, Manifest, ManifestError
from infra.bundling.agents import AGENTS, AgentPackage, agent_package
from scripts.agent_push.errors import PushError
from scripts.agent_push.handler_code import CodeFault, code_faults
from scripts.agent_push.toml_lines import line_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

TABLE: Final = ("tool", "ambit")
MOST_PROMPT_BYTES: Final = 65_536
NAME_HINT: Final = "2 to 25 lower case letters, digits and single hyphens, such as invoice-agent"
_HINTS: Final = {
    "name": NAME_HINT,
    "handler": "module:name, such as invoice_agent.agent:app",
    "domain": "lower case letters, digits and hyphens, such as finance",
    "tools": "lower case names, such as files.read",
    "evaluations": "names of suites: lower case letters, digits, hyphens and underscores, such as invoice-agent-core",
    "prompts": "files below the agent's folder, such as invoice_agent/system.md",
}
_AT_LINE: Final = re.compile(r"\(at line (\d+), column \d+\)|\(at end of document\)")


@dataclass(frozen=True)
class Agent:
    """What an agent says of itself, what its package is made from, and the text of each of its prompts."""

    manifest: Manifest
    source: AgentPackage
    prompts: Mapping[str, str] = field(default_factory=dict)


class FolderError(PushError):
    """An agent's folder that cannot be pushed; `problems` are lines of `file:line: what is wrong and what to do`."""

    def __init__(self, folder: Path, problems: Sequence[str]) -> None:
        listed = "".join(f"\n  {problem}" for problem in problems)
        super().__init__(f"{folder} cannot be pushed, {len(problems)} to put right:{listed}")
        self.problems = tuple(problems)


def find_agent(name: str, folder: Path = AGENTS) -> Agent:
    """The agent of that name among the folders in `folder`; raises PushError when there is none, or it is wrong."""
    known = {}
    for path in sorted(folder.glob("*/pyproject.toml")):
        try:
            table = tomllib.loads(path.read_text("utf-8")).get("tool", {}).get("ambit")
        except ValueError:
            continue  # another agent's trouble, told when that one is pushed
        if table is not None:
            known[str(table.get("name"))] = path.parent
    if name not in known:
        raise PushError(f"no agent {name} in {folder}: there are {', '.join(sorted(known))}")
    return read_agent(known[name])


def read_agent(folder: Path) -> Agent:
    """The agent of a folder; raises FolderError with all that is wrong in it."""
    path = folder / "pyproject.toml"
    if not path.is_file():
        raise FolderError(folder, [f"{path}: there is none: `ambit init NAME` makes an agent's folder"])
    text = path.read_text("utf-8", errors="replace")
    document = _document(folder, path, text)
    faults, manifest = _manifest(document)
    if manifest is None or faults:
        raise FolderError(folder, _told(path, text, faults))
    source = agent_package(folder, document)
    found = [*_package_faults(source), *_prompt_faults(source, manifest)] or code_faults(source, manifest)
    if found:
        raise FolderError(folder, _told(path, text, found))
    return Agent(manifest, source, {name: (folder / name).read_text("utf-8") for name in manifest.prompts})


def _document(folder: Path, path: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        found = _AT_LINE.search(message)
        line = int(found[1]) if found and found[1] else text.count("\n") + 1
        said = _AT_LINE.sub("", message).strip()
        raise FolderError(folder, [f"{path}:{line}: this is no TOML: {said[0].lower()}{said[1:]}"]) from None


def _manifest(document: dict[str, Any]) -> tuple[list[Fault], Manifest | None]:
    """The faults of the tables that matter, with paths from the document's root; the manifest when there are none."""
    faults = list(_project_faults(document))
    table = document.get("tool", {}).get("ambit")
    if not isinstance(table, dict):
        return [*faults, Fault(TABLE, "[tool.ambit] is missing: it says what the agent is, see docs/agents.md")], None
    try:
        return faults, Manifest.parse(table)
    except ManifestError as error:
        found = [Fault((*TABLE, *fault.path), _helped(fault, table)) for fault in error.faults]
        return [*faults, *found], None


def _project_faults(document: dict[str, Any]) -> Iterator[Fault]:
    project = document.get("project")
    if not isinstance(project, dict) or not isinstance(project.get("name"), str):
        yield Fault(("project", "name"), "project.name is missing: uv knows the agent's dependencies by it")
    try:
        packages = document["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    except (KeyError, TypeError):
        return
    if not isinstance(packages, list) or not all(isinstance(name, str) for name in packages):
        at = ("tool", "hatch", "build", "targets", "wheel", "packages")
        yield Fault(at, "packages: a list of folders' names, or leave it out")


def _helped(fault: Fault, table: Mapping[str, Any]) -> str:
    """The fault with the value there and, where a pattern was not met, words instead of the pattern."""
    value: Any = table
    for part in fault.path:
        try:
            value = value[part]
        except (KeyError, IndexError, TypeError):
            return fault.message
    if "should match pattern" in fault.message:
        key = ".".join(map(str, fault.path))
        return f"{key}: {value!r} will not do: {_HINTS[str(fault.path[0])]}"
    shown = (
        f" (it is {value!r})" if isinstance(value, str | int | float | bool) and "named" not in fault.message else ""
    )
    return f"{fault.message}{shown}" if not fault.message.startswith("unknown key") else fault.message


def _package_faults(source: AgentPackage) -> Iterator[Fault]:
    at = ("tool", "hatch", "build", "targets", "wheel", "packages")
    for name in source.imports:
        home = source.folder / name
        if not home.is_dir() or not home.resolve().is_relative_to(source.folder.resolve()):
            yield Fault(
                at, f"packages: {name} is no folder here; the code of the handler {source.module} belongs in it"
            )
            continue
        for path in sorted(home.rglob("*")):
            if path.is_symlink() and not path.resolve().is_relative_to(home.resolve()):
                yield Fault(at, f"{path.relative_to(source.folder)} is a link that leads out of {name}: copy the file")


def _prompt_faults(source: AgentPackage, manifest: Manifest) -> Iterator[Fault]:
    for number, name in enumerate(manifest.prompts):
        why = _prompt_fault(source, name)
        if why:
            yield Fault((*TABLE, "prompts", number), f"prompts: {name} {why}")
            return
    size = sum(len(name.encode()) + (source.folder / name).stat().st_size for name in manifest.prompts)
    if size > MOST_PROMPT_BYTES:
        yield Fault((*TABLE, "prompts"), f"prompts: they have {size} bytes together, {MOST_PROMPT_BYTES} at most")


def _prompt_fault(source: AgentPackage, name: str) -> str | None:
    path = source.folder / name
    if not path.is_file():
        return "is not there: paths start at the agent's folder"
    if not any(path.resolve().is_relative_to((source.folder / place).resolve()) for place in source.imports):
        return f"is not packaged: it belongs below {' or '.join(source.imports)}"
    content = path.read_bytes()
    if len(content) > MOST_PROMPT_BYTES:
        return f"has {len(content)} bytes, {MOST_PROMPT_BYTES} at most"
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return "is not UTF-8 text"
    return None


def _told(path: Path, text: str, faults: Sequence[Fault | CodeFault]) -> list[str]:
    placed = [
        (fault.path, fault.line, fault.message)
        if isinstance(fault, CodeFault)
        else (path, line_of(text, fault.path), fault.message)
        for fault in faults
    ]
    return [f"{where}:{line}: {message}" for where, line, message in sorted(placed)]
