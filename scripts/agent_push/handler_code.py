"""What can be seen of an agent's code without running it: that it is Python, and that its handler is as declared."""

from __future__ import annotations

import ast
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from governance.manifest import Fault, Mode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from governance.manifest import Manifest
    from infra.bundling.agents import AgentPackage

_HANDLER: Final = ("tool", "ambit", "handler")


@dataclass(frozen=True)
class CodeFault:
    """A place in an agent's code and what to do there."""

    path: Path
    line: int
    message: str


def code_faults(source: AgentPackage, manifest: Manifest) -> list[CodeFault | Fault]:
    """Every file that is no Python; else what the handler's module lacks, or the manifest says wrongly of it."""
    modules: dict[Path, ast.Module] = {}
    faults: list[CodeFault | Fault] = []
    for folder in source.imports:
        for path in sorted((source.folder / folder).rglob("*.py")):
            parsed = _parse(path)
            if isinstance(parsed, CodeFault):
                faults.append(parsed)
            else:
                modules[path] = parsed
    return faults or list(_handler_faults(source, manifest, modules))


def _parse(path: Path) -> ast.Module | CodeFault:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what a linter would say is no reason not to push
            return ast.parse(path.read_bytes(), str(path))
    except SyntaxError as error:
        return CodeFault(path, error.lineno or 1, f"this is no Python: {error.msg}")
    except ValueError as error:  # a null byte
        return CodeFault(path, 1, f"this is no Python: {error}")


def _handler_faults(
    source: AgentPackage, manifest: Manifest, modules: dict[Path, ast.Module]
) -> Iterator[CodeFault | Fault]:
    home = {Path(name).name: source.folder / name for name in source.imports}
    root, *rest = source.module.split(".")
    if root not in home:
        yield Fault(_HANDLER, f"handler: {root} is not among the packages: {', '.join(home)}")
        return
    place = home[root].joinpath(*rest)
    path = next((found for found in (place.with_suffix(".py"), place / "__init__.py") if found in modules), None)
    if path is None:
        yield Fault(_HANDLER, f"handler: there is no module {source.module}: {place.with_suffix('.py')} is missing")
        return
    if not {source.app, "*"} & _names(modules[path]):
        yield CodeFault(path, 1, f"handler: {source.module} defines no {source.app}: `{source.app} = AgentApp()`")
        return
    yield from _mode_faults(path, modules[path], source.app, manifest.mode)


def _names(module: ast.Module) -> set[str]:
    """What a module binds anywhere; `*` when it imports all that another has."""
    found: set[str] = set()
    for node in ast.walk(module):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found |= {(name.asname or name.name).partition(".")[0] for name in node.names}
    return found


def _mode_faults(path: Path, module: ast.Module, app: str, mode: Mode) -> Iterator[CodeFault]:
    """A handler that is declared here and cannot answer in the declared mode."""
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for kind in _decorations(node, app):
                why = _mode_fault(node, kind, mode)
                if why:
                    yield CodeFault(path, node.lineno, f"{why}; the manifest says mode = {mode.value!r}")


def _decorations(node: ast.FunctionDef | ast.AsyncFunctionDef, app: str) -> list[str]:
    attributes = [found for found in node.decorator_list if isinstance(found, ast.Attribute)]
    return [found.attr for found in attributes if isinstance(found.value, ast.Name) and found.value.id == app]


def _mode_fault(node: ast.FunctionDef | ast.AsyncFunctionDef, kind: str, mode: Mode) -> str | None:
    if kind == "job" and mode is not Mode.ASYNC:
        return f"{node.name} is a job, and jobs are asynchronous"
    if kind == "entrypoint" and mode is Mode.ASYNC:
        return f"{node.name} answers at once: an asynchronous agent declares @app.job"
    yields = any(isinstance(found, ast.Yield | ast.YieldFrom) for found in _own(node))
    if kind == "entrypoint" and mode is Mode.SYNC and yields:
        return f"{node.name} yields, so it streams: return the answer"
    return None


def _own(node: ast.AST) -> Iterator[ast.AST]:
    """What is in a function and not in a function inside it."""
    for child in ast.iter_child_nodes(node):
        yield child
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield from _own(child)
