"""Who looks for the tests of a module finds them at the mirrored path."""

import ast
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
# The product. Infrastructure is tested by subject, on the templates (tests/infra); tools folder by folder (below).
SOURCES: Final = ("layers", "data_access_lib", "lambdas")
LEVELS: Final = ("unit", "functional", "infra")
LEAST: Final = 0.95


def modules() -> list[Path]:
    """Modules with behaviour: at least one function or method. Entry points (`__main__`) have none of their own."""
    found = [path for name in SOURCES for path in sorted((ROOT / name).rglob("*.py"))]
    mine = [path for path in found if "node_modules" not in path.parts and not path.name.startswith("__")]
    return [path.relative_to(ROOT) for path in mine if behaves(path.read_text(encoding="utf-8"))]


def behaves(source: str) -> bool:
    return any(isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) for node in ast.walk(ast.parse(source)))


def mirrored(module: Path) -> bool:
    """Whether `a/b.py` has `tests/<level>/a/test_b.py`; layers and infrastructure leave out their own name.

    A capability's handler and routes are tested together, as functional tests of that capability.
    """
    inside = Path(*module.parts[1:]) if module.parts[0] in {"layers", "infra"} else module
    names = {folder / f"test_{module.name}" for folder in (module.parent, inside.parent)}
    if module.parts[0] == "lambdas" and module.stem in {"handler", "routes"}:
        whole = ROOT / "tests" / "functional" / module.parts[1]
        return any(whole.glob("test_*.py")) or exists(names)
    return exists(names)


def exists(names: set[Path]) -> bool:
    return any((ROOT / "tests" / level / name).is_file() for level in LEVELS for name in names)


def test_nearly_every_module_has_its_tests_at_the_mirrored_path() -> None:
    every = modules()
    missing = [str(module) for module in every if not mirrored(module)]
    assert 1 - len(missing) / len(every) >= LEAST, f"{len(missing)} of {len(every)} without: {', '.join(missing)}"


def test_every_folder_of_tools_has_tests() -> None:
    folders = [path for path in (ROOT / "scripts").iterdir() if (path / "__init__.py").is_file()]
    tested = {path.parts[-2] for path in (ROOT / "tests").glob("*/scripts/*/*") if path.name.startswith("test_")}
    nested = {path.name for path in (ROOT / "tests" / "unit" / "scripts").iterdir() if any(path.rglob("test_*.py"))}
    assert [folder.name for folder in folders if folder.name not in tested | nested] == []


def test_a_module_of_declarations_needs_no_tests_and_one_with_a_method_does() -> None:
    assert not behaves("class Settings:\n    stage: str\n")
    assert behaves("class Settings:\n    def read(self) -> None: ...\n")


def test_a_module_without_a_mirror_is_seen() -> None:
    assert not mirrored(Path("layers/platform_kit/no_such_module.py"))
    assert not mirrored(Path("lambdas/no_such_capability/handler.py"))
    assert mirrored(Path("data_access_lib/keys/control.py"))
