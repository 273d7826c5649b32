from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from scripts.local_platform.agent_host import confinement
from scripts.local_platform.agent_host.confinement import Confinement, find_out
from scripts.local_platform.agent_host.sandbox import filesystem
from scripts.local_platform.agent_host.settings import HostSettings

if TYPE_CHECKING:
    from pathlib import Path


async def test_the_sandbox_stands_on_this_machine(tmp_path: Path) -> None:
    found = await find_out(HostSettings(state_dir=tmp_path))
    assert found == Confinement(standing=True, reason=confinement.STANDS)
    assert not [name for name in os.listdir(tmp_path) if name.startswith(".probe-")]  # noqa: PTH208 - nothing awaits it


async def test_a_sandbox_that_cannot_be_put_up_is_the_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confinement, "plan", lambda *_: planned(tmp_path, "/nowhere-at-all"))
    found = await find_out(HostSettings(state_dir=tmp_path))
    assert not found.standing
    assert "no sandbox" in found.reason


async def test_a_wall_that_gives_way_is_the_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = confinement.plan

    def without_a_view(settings: HostSettings, package: Path, number: int) -> Any:
        monkeypatch.setattr(filesystem, "_OPTIONAL", (*filesystem._OPTIONAL, "/var"))
        return real(settings, package, number)

    monkeypatch.setattr(confinement, "plan", without_a_view)
    found = await find_out(HostSettings(state_dir=tmp_path))
    assert (found.standing, found.reason) == (False, "/var is there")


def planned(state: Path, package: str) -> Any:
    from scripts.local_platform.agent_host.sandbox.walls import Plan

    root = state / "view"
    root.mkdir(exist_ok=True)
    return Plan(str(root), package, tuple(filesystem.interpreter_paths()), 64_999, None)


def test_a_machine_without_walls_says_so_in_one_line() -> None:
    line = Confinement(standing=False, reason="no user namespaces").line()
    assert line.startswith("SANDBOX OFF: no user namespaces")
    assert "\n" not in line


def test_what_is_told_of_a_machine_without_walls_names_no_layer() -> None:
    told = Confinement(standing=False, reason="none").describe()
    assert (told["sandboxed"], told["layers"]) == (False, [])
