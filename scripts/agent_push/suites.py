"""The suites of an agent's folder, checked before anything is built and pushed before the version that names them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from evaluation.suites import Suite, faults
from scripts.agent_push.errors import PushError
from scripts.agent_push.folder import FolderError
from scripts.agent_push.json_lines import line_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from governance.manifest import Manifest
    from scripts.agent_push.folder import Agent
    from scripts.agent_push.registry import Registry

HOME = "evaluations"
"""The folder, in the agent's own, that holds its suites as JSON files."""


@dataclass(frozen=True)
class SuiteFile:
    """A suite and where it is written."""

    path: Path
    suite: Suite


def suites_of(agent: Agent) -> list[SuiteFile]:
    """The suites of an agent's folder, each named by its manifest and for it; FolderError with all that is wrong."""
    folder, found, problems = agent.source.folder, list[SuiteFile](), list[str]()
    for path in sorted((folder / HOME).glob("*.json")):
        read = _read(path)
        wrong = read if isinstance(read, list) else list(_misplaced(read, agent.manifest, found))
        problems += wrong
        if isinstance(read, SuiteFile) and not wrong:
            found.append(read)
    if problems:
        raise FolderError(folder, problems)
    return found


def push_suites(registry: Registry, files: Sequence[SuiteFile]) -> list[str]:
    """Push what is not in force as it is here; a note of each that was sent. PushError for what would be weakened."""
    if not files:
        return []
    known = registry.suites()
    return [note for file in files if (note := _pushed(registry, file, known.get(file.suite.name)))]


def _pushed(registry: Registry, file: SuiteFile, before: Mapping[str, Any] | None) -> str:
    """A suite that another push made the same at this moment is in force too."""
    for _ in range(2):
        if before is not None and before["digest"] == file.suite.digest():
            return ""
        _refuse_weaker(file, before)
        made = registry.push_suite(file.suite.model_dump(mode="json", by_alias=True, exclude_none=True))
        if made is not None:
            return f"{made['name']} version {made['version']}, {made['cases']} cases"
        before = registry.suites().get(file.suite.name)
    raise PushError(f"{file.path}: somebody else pushes {file.suite.name} at this moment: push again")


def _refuse_weaker(file: SuiteFile, before: Mapping[str, Any] | None) -> None:
    """A push of an agent is no way to ask less of it or of others: that takes `ambit suites push`, in so many words."""
    if before is None:
        return
    suite, less = file.suite, list[str]()
    gone = sorted({*before["agents"]} - {*suite.agents})
    if gone:
        less.append(f"it is for {', '.join(gone)} no more")
    if before["required"] and not suite.required:
        less.append("it is not required any more")
    if suite.threshold < before["threshold"]:
        less.append(f"its threshold falls from {before['threshold']} to {suite.threshold}")
    if less:
        raise PushError(
            f"{file.path}: {suite.name} would ask less than its version {before['version']}, which is in force "
            f"({'; '.join(less)}). If that is meant: ambit suites push {file.path}"
        )


def _read(path: Path) -> SuiteFile | list[str]:
    """The suite, or what is wrong with it in lines."""
    text = path.read_text("utf-8", errors="replace")
    try:
        plain = json.loads(text)
    except json.JSONDecodeError as error:
        return [f"{path}:{error.lineno}: this is no JSON: {error.msg[:1].lower()}{error.msg[1:]}"]
    except RecursionError:
        return [f"{path}:1: this is no suite: it is nested too deep"]
    try:
        suite = Suite.model_validate(plain)
    except ValidationError as error:
        return [
            f"{path}:{line_of(text, one['loc'])}: {'.'.join(map(str, one['loc'])) or 'the suite'}: {one['msg']}"
            for one in error.errors()
        ]
    wrong = [(tuple(one.pointer.strip("/").split("/")), one.message) for one in faults(suite)]
    if wrong:
        return [f"{path}:{line_of(text, place)}: {'.'.join(place)}: {message}" for place, message in wrong]
    return SuiteFile(path, suite)


def _misplaced(file: SuiteFile, manifest: Manifest, others: Sequence[SuiteFile]) -> Iterator[str]:
    suite, text = file.suite, file.path.read_text("utf-8")
    twin = next((one.path.name for one in others if one.suite.name == suite.name), None)
    if suite.name not in manifest.evaluations:
        why = f"add {suite.name!r} to evaluations in [tool.ambit], or nothing requires it"
        yield f"{file.path}:{line_of(text, ('name',))}: {why}"
    if twin:
        yield f"{file.path}:{line_of(text, ('name',))}: {twin} is the suite {suite.name} already: give one another name"
    if manifest.name not in suite.agents:
        yield f"{file.path}:{line_of(text, ('agents',))}: add {manifest.name!r} to its agents"
