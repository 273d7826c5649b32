"""A bundle: one zip with each agent's package, Dockerfile and bill of materials, and a manifest of digests.

    bundle.json
    <agent>/package.zip   <agent>/Dockerfile   <agent>/sbom.cdx.json

The same agents give the same bytes, wherever and whenever: entries are sorted and have one fixed time.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
import tomllib
import zipfile
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Final

from infra.bundling import archive
from infra.bundling.locks import lock_of
from scripts.agent_bundle.dockerfile import PORT, USER, dockerfile, platform_of
from scripts.agent_bundle.sbom import bill
from scripts.agent_push.package import Packager

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from infra.config import PackageTarget
    from scripts.agent_push.folder import Agent

SCHEMA: Final = "ambit-bundle/1"
MANIFEST: Final = "bundle.json"
PACKAGE: Final = "package.zip"
BILL: Final = "sbom.cdx.json"
DOCKERFILE: Final = "Dockerfile"
MOST_BYTES: Final = 2 * 1024**3
_MOST_FILES: Final = 1000


class NoBundle(ValueError):
    """It is no bundle, or not the one that was made; the message says which file, and why."""


def write(output: Path, agents: Sequence[Agent], target: PackageTarget, cache: Path) -> dict[str, Any]:
    """Package the agents and write their bundle; its manifest. PushError when one cannot be packaged."""
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(scratch)
        told = {agent.manifest.name: _lay_out(home, agent, target, cache) for agent in agents}
        files = {name: _digest(path.read_bytes()) for name, path in archive.files_below(home).items()}
        manifest = {"schema": SCHEMA, "agents": told, "files": files}
        (home / MANIFEST).write_bytes(_canonical(manifest))
        made = output.with_name(f".{output.name}.part")
        archive.write(made, archive.files_below(home))
        made.rename(output)
    return manifest


def verified(path: Path) -> dict[str, Any]:
    """The manifest of a bundle whose every file is what it says, and none is missing or besides; NoBundle."""
    try:
        with zipfile.ZipFile(path) as bundle:
            return _verified(bundle)
    except archive.UNREADABLE as failure:
        raise NoBundle(f"{path} is no zip file that can be read ({type(failure).__name__})") from None


def _lay_out(home: Path, agent: Agent, target: PackageTarget, cache: Path) -> dict[str, Any]:
    packager, source = Packager(target, cache), agent.source
    built = packager.build(agent)
    folder = home / agent.manifest.name
    folder.mkdir()
    (folder / PACKAGE).write_bytes(built.archive.read_bytes())
    (folder / DOCKERFILE).write_bytes(dockerfile(built.digest, source.entry_point, target))
    requirements = lock_of(source.folder, source.project).requirements(cache)
    version = str(tomllib.loads((source.folder / "pyproject.toml").read_text("utf-8"))["project"]["version"])
    (folder / BILL).write_bytes(bill(agent.manifest.name, version, built.digest, requirements, target.for_agents()))
    return {
        "version": version,
        "manifest": json.loads(source.manifest),
        "artifactDigest": built.digest,
        "lockDigest": built.lock_digest,
        "runtime": target.agent_runtime,
        "platform": platform_of(target),
        "port": PORT,
        "user": USER,
        "entryPoint": source.entry_point,
    }


def _verified(bundle: zipfile.ZipFile) -> dict[str, Any]:
    names = bundle.namelist()
    if len(names) > _MOST_FILES or sum(info.file_size for info in bundle.infolist()) > MOST_BYTES:
        raise NoBundle(f"it has more than {_MOST_FILES} files or {MOST_BYTES} bytes")
    if len(names) != len(set(names)) or MANIFEST not in names:
        raise NoBundle(f"{MANIFEST} is missing, or a file is there twice")
    manifest = _manifest(bundle.read(MANIFEST))
    files: Mapping[str, str] = manifest["files"]
    if besides := sorted({*names} - {MANIFEST} ^ files.keys()):
        raise NoBundle(f"{besides[0]}: in the manifest or in the bundle, and not in both")
    for name, digest in files.items():
        if _digest(bundle.read(name)) != digest:
            raise NoBundle(f"{name}: it is not what the manifest says")
    for name, agent in manifest["agents"].items():
        _check_agent(bundle, files, name, agent)
    return manifest


def _manifest(text: bytes) -> dict[str, Any]:
    try:
        manifest = json.loads(text)
    except (ValueError, RecursionError):
        manifest = None
    if not isinstance(manifest, dict) or manifest.keys() != {"schema", "agents", "files"}:
        raise NoBundle(f"{MANIFEST}: it is no manifest of a bundle")
    if manifest["schema"] != SCHEMA or not all(isinstance(manifest[part], dict) for part in ("agents", "files")):
        raise NoBundle(f"{MANIFEST}: it is of another kind than {SCHEMA}")
    if _canonical(manifest) != text:
        raise NoBundle(f"{MANIFEST}: it is not as `ambit bundle` writes it")
    for name in manifest["files"]:
        if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
            raise NoBundle(f"{name}: it would leave the folder that it is unpacked in")
    return manifest


def _check_agent(bundle: zipfile.ZipFile, files: Mapping[str, str], name: str, agent: Any) -> None:
    """The three files are there, and the Dockerfile and the bill speak of the very package."""
    wanted = [f"{name}/{part}" for part in (PACKAGE, DOCKERFILE, BILL)]
    if missing := [one for one in wanted if one not in files]:
        raise NoBundle(f"{missing[0]}: it is missing")
    digest = files[f"{name}/{PACKAGE}"]
    if not isinstance(agent, dict) or agent.get("artifactDigest") != digest:
        raise NoBundle(f"{name}/{PACKAGE}: it is not the artifact of the manifest")
    if digest not in bundle.read(f"{name}/{DOCKERFILE}").decode("utf-8", "replace"):
        raise NoBundle(f"{name}/{DOCKERFILE}: it is for another package")
    if digest not in bundle.read(f"{name}/{BILL}").decode("utf-8", "replace"):
        raise NoBundle(f"{name}/{BILL}: it is of another package")


def _canonical(manifest: Mapping[str, Any]) -> bytes:
    return f"{json.dumps(manifest, indent=1, sort_keys=True)}\n".encode()


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
