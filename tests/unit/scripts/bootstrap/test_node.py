from __future__ import annotations

import subprocess
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from scripts.bootstrap import node

if TYPE_CHECKING:
    from pathlib import Path


def fake_node(folder: Path, version: str) -> Path:
    executable = folder / "bin" / "node"
    executable.parent.mkdir(parents=True)
    executable.write_text(f"#!/bin/sh\necho {version}\n")
    executable.chmod(0o755)
    npm = folder / "lib" / "npm" / "bin" / "npm-cli.js"
    npm.parent.mkdir(parents=True)
    npm.write_text("")
    (folder / "bin" / "npm").symlink_to(npm)
    return executable


@pytest.mark.parametrize(
    ("version", "usable"), [("v24.1.0", True), ("v22.0.0", True), ("v20.20.2", False), ("junk", False)]
)
def test_the_machines_node_is_used_when_it_is_recent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, *, usable: bool
) -> None:
    fake_node(tmp_path, version)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    assert (node.machine_node() is not None) is usable


def test_a_launcher_runs_the_script_with_exactly_that_node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    executable = fake_node(tmp_path, "v24.1.0")
    monkeypatch.setattr(node, "NODE_BIN", tmp_path)
    node.write_launcher("npm", node.Node(executable, tmp_path, "24.1.0"), tmp_path / "npm-cli.js")
    answer = subprocess.run([tmp_path / "npm"], capture_output=True, text=True, check=True)
    assert answer.stdout == "v24.1.0\n"


def test_many_that_resolve_at_once_never_find_it_half_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    executable = fake_node(tmp_path / "machine", "v24.1.0")
    monkeypatch.setenv("PATH", f"{executable.parent}:/usr/bin:/bin")
    monkeypatch.setattr(node, "NODE_BIN", tmp_path / "bin")

    def resolve_and_start(_: int) -> str:
        node.resolve_node()
        return subprocess.run([tmp_path / "bin" / "node"], capture_output=True, text=True, check=True).stdout

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(resolve_and_start, range(64))) == {"v24.1.0\n"}
    assert {path.name for path in (tmp_path / "bin").iterdir()} == {"node", "npm", "npx"}
