from __future__ import annotations

from pathlib import Path

import pytest

from scripts.local_platform.agent_host.sandbox import filesystem


@pytest.fixture
def bound(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """What would have been mounted, instead of mounting it."""
    seen: list[tuple[str, str]] = []
    monkeypatch.setattr(filesystem, "_bind", lambda source, target: seen.append((source, target)))
    return seen


def test_the_interpreter_is_a_program_and_not_a_virtual_environments_link() -> None:
    path = Path(filesystem.interpreter())
    assert path.is_file()
    assert not path.is_symlink()
    assert ".venv" not in path.parts


def test_what_the_interpreter_needs_is_there_and_nothing_of_the_repository() -> None:
    paths = filesystem.interpreter_paths()
    repository = str(Path(__file__).resolve().parents[6])
    assert filesystem.interpreter() in paths
    assert all(Path(path).exists() for path in paths)
    assert not any(path.startswith(repository) for path in paths)
    assert not {"/", "/usr", "/etc", "/home", "/root", "/bin", "/usr/bin"} & set(paths)


def test_a_systems_own_python_shows_its_library_and_not_the_whole_system() -> None:
    paths = filesystem.interpreter_paths("/usr")
    assert "/usr" not in paths
    assert not any(path.startswith("/usr/local") for path in paths)


def test_a_folder_is_shown_under_the_path_it_has_outside(bound: list[tuple[str, str]], tmp_path: Path) -> None:
    root, real = tmp_path / "root", tmp_path / "real"
    root.mkdir()
    real.mkdir()
    filesystem._show(str(root), str(real))
    assert bound == [(str(real), f"{root}{real}")]


def test_a_link_on_the_way_stays_a_link(bound: list[tuple[str, str]], tmp_path: Path) -> None:
    root, real = tmp_path / "root", tmp_path / "real" / "lib"
    root.mkdir()
    real.mkdir(parents=True)
    (tmp_path / "short").symlink_to(real.parent)
    filesystem._show(str(root), str(tmp_path / "short" / "lib"))
    assert bound == [(str(real), f"{root}{real}")]
    assert Path(f"{root}{tmp_path}/short").readlink() == real.parent


def test_what_is_shown_already_is_not_shown_twice(bound: list[tuple[str, str]], tmp_path: Path) -> None:
    root, real = tmp_path / "root", tmp_path / "real"
    root.mkdir()
    real.mkdir()
    filesystem._show(str(root), str(real))
    filesystem._show(str(root), str(real))
    assert len(bound) == 1
