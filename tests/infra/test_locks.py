"""Locks of agents inside and outside this repository, with uv itself."""

import shutil
import subprocess
from pathlib import Path

import pytest

from infra.bundling import locks
from infra.bundling.locks import lock_of
from infra.bundling.wheels import ROOT, BundlingError, uv

ECHO = ROOT / "agents" / "echo_agent"
ALONE = """
[project]
name = "alone"
version = "1"
requires-python = ">=3.11"
dependencies = []
[tool.uv]
package = false
"""


@pytest.fixture
def alone(tmp_path: Path) -> Path:
    """An agent's folder elsewhere, with a lock of its own."""
    home = tmp_path / "alone"
    home.mkdir()
    (home / "pyproject.toml").write_text(ALONE)
    subprocess.run([uv(), "lock", "--quiet", "--offline", "--no-python-downloads"], cwd=home, check=True)
    return home


def test_a_member_of_this_workspace_has_the_workspaces_lock(tmp_path: Path) -> None:
    lock = lock_of(ECHO, "ambit-echo-agent")
    assert (lock.root, lock.of_the_platform) == (ROOT, True)
    text = lock.requirements(tmp_path)
    assert "bedrock-agentcore==" in text
    assert "--hash=sha256:" in text
    assert "ambit" not in text


def test_a_folder_elsewhere_has_its_own(alone: Path, tmp_path: Path) -> None:
    lock = lock_of(alone, "alone")
    assert (lock.root, lock.of_the_platform) == (alone, False)
    assert lock.requirements(tmp_path).strip() == ""


def test_a_lock_is_exported_once_for_each_state(alone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr(locks, "run", lambda *words, **_: asked.append(words) or "text")
    texts = [lock_of(alone, "alone").requirements(tmp_path / "cache") for _ in range(3)]
    assert (texts, len(asked)) == (["text"] * 3, 1)
    (alone / "uv.lock").write_text((alone / "uv.lock").read_text() + "\n")
    lock_of(alone, "alone").requirements(tmp_path / "cache")
    assert len(asked) == 2


def test_a_lock_does_not_depend_on_where_it_is(alone: Path, tmp_path: Path) -> None:
    other = shutil.copytree(alone, tmp_path / "some" / "where")
    texts = [lock_of(folder, "alone").requirements(tmp_path / folder.name) for folder in (alone, other)]
    assert texts[0] == texts[1]


def test_dependencies_that_are_not_in_the_lock_are_told(alone: Path, tmp_path: Path) -> None:
    path = alone / "pyproject.toml"
    path.write_text(path.read_text().replace("dependencies = []", 'dependencies = ["httpx"]'))
    with pytest.raises(BundlingError, match="does not fit: run `uv lock`"):
        lock_of(alone, "alone").requirements(tmp_path)
    assert list(tmp_path.glob("locks/*")) == []


def test_no_lock_at_all_is_told(tmp_path: Path) -> None:
    with pytest.raises(BundlingError, match=r"has no uv\.lock"):
        lock_of(tmp_path, "nothing")
