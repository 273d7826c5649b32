from __future__ import annotations

import hashlib
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest

from infra.bundling import wheels
from infra.config import PackageTarget
from scripts.agent_push.errors import PushError
from scripts.agent_push.package import build, find_agent

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
    (home / "pyproject.toml").write_text(SOUND.format(name=name, package=package, mode=mode) + extra)
    return home


def test_an_agent_is_found_by_the_name_in_its_manifest(tmp_path: Path) -> None:
    write_agent(tmp_path, "first-agent")
    write_agent(tmp_path, "second-agent", mode="async")
    agent = find_agent("second-agent", tmp_path)
    assert (agent.manifest.mode.value, agent.source.module, agent.source.app) == ("async", "second_agent.agent", "app")


def test_an_unknown_agent_is_answered_with_those_there_are(tmp_path: Path) -> None:
    write_agent(tmp_path, "first-agent")
    with pytest.raises(PushError, match=r"no agent nobody .* there are first-agent"):
        find_agent("nobody", tmp_path)


def test_a_wrong_manifest_is_told_with_its_file_and_key(tmp_path: Path) -> None:
    write_agent(tmp_path, "first-agent", mode="batch", extra='colour = "blue"\n')
    with pytest.raises(PushError, match=r"(?s)first_agent/pyproject.toml.*mode:.*unknown key colour"):
        find_agent("first-agent", tmp_path)


def test_a_project_without_packages_is_told(tmp_path: Path) -> None:
    home = write_agent(tmp_path, "first-agent")
    text = (home / "pyproject.toml").read_text()
    (home / "pyproject.toml").write_text(text.replace('packages = ["first_agent"]', ""))
    with pytest.raises(PushError, match=r"tool\.hatch\.build\.targets\.wheel\.packages"):
        find_agent("first-agent", tmp_path)


@pytest.fixture
def no_dependencies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Export and install nothing: what uv does is the bundler's own test."""
    for module in ("infra.bundling.bundler", "scripts.agent_push.package"):
        monkeypatch.setattr(f"{module}.export_project", lambda _project: "")

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
        one, two = build(agent, TARGET, tmp_path / "one"), build(agent, TARGET, tmp_path / "two")
        assert one.archive.read_bytes() == two.archive.read_bytes()
        assert one.content_hash == two.content_hash == hashlib.sha256(two.archive.read_bytes()).hexdigest()

    def test_a_changed_source_gives_another_hash(self, tmp_path: Path) -> None:
        home = write_agent(tmp_path, "first-agent")
        before = build(find_agent("first-agent", tmp_path), TARGET, tmp_path / "cache")
        (home / "first_agent" / "agent.py").write_text("app = 1\n")
        after = build(find_agent("first-agent", tmp_path), TARGET, tmp_path / "cache")
        assert before.content_hash != after.content_hash

    def test_the_package_holds_the_agent_the_kit_and_an_entry_point(self, tmp_path: Path) -> None:
        write_agent(tmp_path, "first-agent")
        built = build(find_agent("first-agent", tmp_path), TARGET, tmp_path / "cache")
        with zipfile.ZipFile(built.archive) as package:
            names = set(package.namelist())
            assert b"from first_agent.agent import app" in package.read("main.py")
        assert {"first_agent/agent.py", "ambit_agent/app.py", "ambit_agent/gateway.py"} <= names


def test_dependencies_that_do_not_lock_are_a_clear_error(tmp_path: Path) -> None:
    write_agent(tmp_path, "first-agent")
    with pytest.raises(PushError, match="first-agent cannot be packaged"):
        build(find_agent("first-agent", tmp_path), TARGET, tmp_path / "cache")
