from __future__ import annotations

import json
import os
import shutil
import sys
import time
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from infra.config import PackageTarget
from scripts.agent_bundle.bundle import NoBundle, verified, write
from scripts.agent_push.folder import read_agent
from tests.unit.scripts.agent_push.test_package import no_dependencies, write_agent

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["no_dependencies"]
pytestmark = pytest.mark.usefixtures("no_dependencies")
TARGET = PackageTarget((3, 13), "arm64", None)
HERE = PackageTarget((sys.version_info.major, sys.version_info.minor), "arm64", None)


def folder(into: Path, name: str) -> Path:
    home = write_agent(into, name)
    path = home / "pyproject.toml"
    path.write_text(path.read_text().replace("[project]\n", '[project]\nversion = "0.4.0"\n'))
    return home


def made(into: Path, *names: str) -> Path:
    """A bundle of agents that are made anew below a folder, with a cache of its own."""
    agents = [read_agent(folder(into, name)) for name in names]
    write(into / "bundle.zip", agents, TARGET, into / "cache")
    return into / "bundle.zip"


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    return made(tmp_path, "first-agent", "second-agent")


def changed(bundle: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """The bundle with other files in it."""
    with zipfile.ZipFile(bundle) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    change(files)
    with zipfile.ZipFile(bundle, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return bundle


def told(files: dict[str, bytes], /, **change: Any) -> bytes:
    """The manifest with something else in it, as it would be written."""
    return f"{json.dumps({**json.loads(files['bundle.json']), **change}, indent=1, sort_keys=True)}\n".encode()


def test_the_same_agents_in_another_place_at_another_time_are_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = tmp_path / "one", tmp_path / "a much longer name" / "two"
    for place in (one, two):
        place.mkdir(parents=True)
    first = made(one, "first-agent", "second-agent").read_bytes()
    later = time.time() + 400 * 86_400
    monkeypatch.setattr(time, "time", lambda: later)
    home = folder(two, "first-agent"), folder(two, "second-agent")
    for path in two.rglob("*.py"):
        os.utime(path, (later, later))
    write(two / "bundle.zip", [read_agent(one) for one in reversed(home)], TARGET, two / "cache")
    assert (two / "bundle.zip").read_bytes() == first


def test_a_bundle_verifies_and_tells_what_is_in_it(bundle: Path) -> None:
    manifest = verified(bundle)
    assert sorted(manifest["agents"]) == ["first-agent", "second-agent"]
    agent = manifest["agents"]["first-agent"]
    assert (agent["version"], agent["platform"], agent["port"], agent["user"]) == ("0.4.0", "linux/arm64", 8080, 10001)
    assert agent["artifactDigest"] == manifest["files"]["first-agent/package.zip"]
    assert (agent["runtime"], agent["manifest"]["name"]) == ("PYTHON_3_13", "first-agent")


def swap_packages(files: dict[str, bytes]) -> None:
    one, two = "first-agent/package.zip", "second-agent/package.zip"
    files[one], files[two] = files[two], files[one]


def swap_consistently(files: dict[str, bytes]) -> None:
    """As somebody would who also writes the digests anew, but forgets who speaks of the package."""
    swap_packages(files)
    digests = json.loads(files["bundle.json"])["files"]
    one, two = "first-agent/package.zip", "second-agent/package.zip"
    digests[one], digests[two] = digests[two], digests[one]
    files["bundle.json"] = told(files, files=digests)


def leave_out(name: str) -> Callable[[dict[str, bytes]], None]:
    def change(files: dict[str, bytes]) -> None:
        del files[name]
        digests = json.loads(files["bundle.json"])["files"] if "bundle.json" in files else {}
        digests.pop(name, None)
        if "bundle.json" in files:
            files["bundle.json"] = told(files, files=digests)

    return change


def another_user(files: dict[str, bytes]) -> None:
    files["first-agent/Dockerfile"] = files["first-agent/Dockerfile"].replace(b"USER 10001", b"USER 0")


CHANGES: dict[str, Callable[[dict[str, bytes]], None]] = {
    "a package is another's": swap_packages,
    "a package is another's and the digests with it": swap_consistently,
    "a byte is another": lambda files: files.update({"first-agent/package.zip": b"x"}),
    "the image runs as root": another_user,
    "a file is missing": lambda files: files.pop("first-agent/sbom.cdx.json") and None,
    "a file is missing and not told": leave_out("first-agent/sbom.cdx.json"),
    "a file is besides": lambda files: files.update({"first-agent/run.sh": b"x"}),
    "there is no manifest": lambda files: files.pop("bundle.json") and None,
    "the manifest is no json": lambda files: files.update({"bundle.json": b"{"}),
    "the manifest is of another kind": lambda files: files.update({"bundle.json": told(files, schema="other/1")}),
    "the manifest says more": lambda files: files.update({"bundle.json": told(files, note="x")}),
    "the manifest has no digests": lambda files: files.update({"bundle.json": told(files, files=[])}),
    "a digest is another": lambda files: files.update({"bundle.json": told(files, files=dict.fromkeys(files, "0"))}),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_bundle_that_was_changed_does_not_hold(what: str, bundle: Path) -> None:
    with pytest.raises(NoBundle):
        verified(changed(bundle, CHANGES[what]))


@pytest.mark.parametrize("name", ["../evil", "/etc/evil", "first-agent/../../evil"])
def test_a_bundle_that_would_leave_its_folder_does_not_hold(name: str, bundle: Path) -> None:
    def climb(files: dict[str, bytes]) -> None:
        import hashlib

        files[name] = b"x"
        digests = {**json.loads(files["bundle.json"])["files"], name: hashlib.sha256(b"x").hexdigest()}
        files["bundle.json"] = told(files, files=digests)

    with pytest.raises(NoBundle, match="leave the folder"):
        verified(changed(bundle, climb))


def test_what_is_no_zip_is_no_bundle(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"PK")
    with pytest.raises(NoBundle):
        verified(tmp_path / "x")


@pytest.mark.parametrize(("place", "value"), [(6, 1), (8, 8)], ids=["encrypted", "compressed by nothing"])
def test_a_zip_that_cannot_be_unpacked_does_not_hold(place: int, value: int, bundle: Path) -> None:
    with zipfile.ZipFile(bundle) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(bundle, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            archive.writestr(name, files[name])
    data = bytearray(bundle.read_bytes())
    directory = int.from_bytes(data[-6:-2], "little")
    data[place] = data[directory + place + 2] = value
    bundle.write_bytes(bytes(data))
    with pytest.raises(NoBundle):
        verified(bundle)


def test_a_build_that_breaks_leaves_the_bundle_that_was_there(bundle: Path, tmp_path: Path) -> None:
    before = bundle.read_bytes()
    shutil.rmtree(tmp_path / "cache")
    agent = read_agent(tmp_path / "first_agent")
    (tmp_path / "first_agent" / "first_agent" / "agent.py").write_text("def (:\n")
    with pytest.raises(Exception, match="first-agent"):
        write(bundle, [agent], HERE, tmp_path / "cache")
    assert bundle.read_bytes() == before
