from __future__ import annotations

import hashlib
import json
import os
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest

from infra.bundling import wheels
from infra.config import PackageTarget
from scripts.agent_push.errors import PushError
from scripts.agent_push.folder import find_agent
from scripts.agent_push.package import Packager

if TYPE_CHECKING:
    from pathlib import Path

TARGET = PackageTarget((sys.version_info.major, sys.version_info.minor), "x86_64", None)
SOUND = """
[project]
name = "ambit-{name}"
[tool.hatch.build.targets.wheel]
packages = ["{package}"]
[tool.ambit]
name = "{name}"
owner = "team"
description = "Does it."
mode = "{mode}"
handler = "{package}.agent:app"
"""


def write_agent(folder: Path, name: str, mode: str = "sync", extra: str = "") -> Path:
    package = name.replace("-", "_")
    home = folder / package
    (home / package).mkdir(parents=True)
    (home / package / "agent.py").write_text("app = None\n")
    (home / "uv.lock").write_text("version = 1\n")
    (home / "pyproject.toml").write_text(SOUND.format(name=name, package=package, mode=mode) + extra)
    return home


@pytest.fixture
def no_dependencies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Export and install nothing: what uv does is the bundler's own test."""
    monkeypatch.setattr("infra.bundling.locks.run", lambda *_, **__: "")

    def install(_requirements: wheels.Requirements, cache: Path) -> Path:
        empty = cache / "wheels" / "none"
        (empty / "botocore/data/bedrock-agentcore/1").mkdir(parents=True, exist_ok=True)
        (empty / "botocore/data/bedrock-agentcore/1/service-2.json.gz").write_bytes(b"")
        return empty

    monkeypatch.setattr("infra.bundling.bundler.install", install)


@pytest.mark.usefixtures("no_dependencies")
class TestBuild:
    def test_two_builds_from_nothing_give_the_same_bytes(self, tmp_path: Path) -> None:
        write_agent(tmp_path, "first-agent")
        agent = find_agent("first-agent", tmp_path)
        one, two = Packager(TARGET, tmp_path / "one").build(agent), Packager(TARGET, tmp_path / "two").build(agent)
        assert one.archive.read_bytes() == two.archive.read_bytes()
        assert one.digest == two.digest == hashlib.sha256(two.archive.read_bytes()).hexdigest()

    def test_a_changed_source_gives_another_hash(self, tmp_path: Path) -> None:
        home = write_agent(tmp_path, "first-agent")
        before = Packager(TARGET, tmp_path / "cache").build(find_agent("first-agent", tmp_path))
        (home / "first_agent" / "agent.py").write_text("app = 1\n")
        after = Packager(TARGET, tmp_path / "cache").build(find_agent("first-agent", tmp_path))
        assert before.digest != after.digest

    def test_the_package_holds_the_agent_its_manifest_and_an_entry_point(self, tmp_path: Path) -> None:
        write_agent(tmp_path, "first-agent")
        built = Packager(TARGET, tmp_path / "cache").build(find_agent("first-agent", tmp_path))
        with zipfile.ZipFile(built.archive) as package:
            assert "first_agent/agent.py" in package.namelist()
            assert b"from first_agent.agent import app" in package.read("main.py")
            assert json.loads(package.read("ambit-manifest.json"))["name"] == "first-agent"
            assert not [name for name in package.namelist() if name.startswith("ambit_agent/")]  # its wheel brings it

    def test_a_member_of_the_platforms_workspace_gets_the_platforms_kit(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        home = write_agent(tmp_path, "first-agent")
        (home / "uv.lock").rename(tmp_path / "uv.lock")
        (tmp_path / "pyproject.toml").write_text("")
        monkeypatch.setattr("infra.bundling.locks.ROOT", tmp_path)
        built = Packager(TARGET, tmp_path / "cache").build(find_agent("first-agent", tmp_path))
        with zipfile.ZipFile(built.archive) as package:
            assert {"first_agent/agent.py", "ambit_agent/app.py", "ambit_agent/gateway.py"} <= set(package.namelist())

    def test_a_changed_manifest_gives_another_hash(self, tmp_path: Path) -> None:
        home = write_agent(tmp_path, "first-agent")
        packager = Packager(TARGET, tmp_path / "cache")
        before = packager.build(find_agent("first-agent", tmp_path))
        (home / "pyproject.toml").write_text((home / "pyproject.toml").read_text() + 'tools = ["time"]\n')
        assert packager.build(find_agent("first-agent", tmp_path)).digest != before.digest

    def test_the_same_agent_elsewhere_and_at_another_time_gives_the_same_bytes(self, tmp_path: Path) -> None:
        one, two = tmp_path / "one", tmp_path / "a" / "deeper" / "place"
        for folder, when in ((one, 1_000_000_000), (two, 1_700_000_000)):
            home = write_agent(folder, "first-agent")
            (home / "first_agent" / ".env").write_text(f"SECRET={when}")  # hidden files stay at home
            for path in (home / "first_agent").rglob("*"):
                os.utime(path, (when, when))
        built = [Packager(TARGET, f / "cache").build(find_agent("first-agent", f)) for f in (one, two)]
        assert built[0].digest == built[1].digest
        assert built[0].archive.read_bytes() == built[1].archive.read_bytes()

    @pytest.mark.chaos("upstreams")
    def test_a_build_that_breaks_leaves_what_was_there(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        home = write_agent(tmp_path, "first-agent")
        packager, agent = Packager(TARGET, tmp_path / "cache"), find_agent("first-agent", tmp_path)
        before = packager.build(agent)
        (home / "first_agent" / "agent.py").write_text("app = 2\n")
        monkeypatch.setattr("infra.bundling.archive.extend", _break)
        with pytest.raises(OSError, match="No space left"):
            packager.build(agent)
        assert [path.name for path in before.archive.parent.iterdir()] == [before.archive.name]
        assert hashlib.sha256(before.archive.read_bytes()).hexdigest() == before.digest

    def test_the_lock_has_a_digest_of_its_own(self, tmp_path: Path) -> None:
        write_agent(tmp_path, "first-agent")
        packager, agent = Packager(TARGET, tmp_path / "cache"), find_agent("first-agent", tmp_path)
        digest, _ = packager.dependencies(agent)
        assert packager.build(agent).lock_digest == digest == hashlib.sha256(b"").hexdigest()


def _break(*_: object) -> None:
    raise OSError(28, "No space left on device")


def test_dependencies_that_do_not_lock_are_a_clear_error(tmp_path: Path) -> None:
    write_agent(tmp_path, "first-agent")
    with pytest.raises(PushError, match=r"(?s)first-agent cannot be packaged: .*uv\.lock does not fit: run `uv lock`"):
        Packager(TARGET, tmp_path / "cache").build(find_agent("first-agent", tmp_path))


def test_an_agent_without_a_lock_is_told_to_make_one(tmp_path: Path) -> None:
    (write_agent(tmp_path, "first-agent") / "uv.lock").unlink()
    with pytest.raises(PushError, match=r"has no uv\.lock: run `uv lock` there"):
        Packager(TARGET, tmp_path / "cache").dependencies(find_agent("first-agent", tmp_path))
