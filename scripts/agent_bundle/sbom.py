"""What an agent's package consists of, as a CycloneDX 1.6 bill of materials made from its lock."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any, Final

from cyclonedx.model import ExternalReference, ExternalReferenceType, HashAlgorithm, HashType, XsUri
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.config import PackageTarget

_HASH: Final = "--hash=sha256:"
_MACHINES: Final = {"arm64": "aarch64", "x86_64": "x86_64"}
_OURS: Final = uuid.UUID("7f0c3d52-6a0e-5a3e-9b6d-2f9f3c1f7a10")


def bill(name: str, version: str, digest: str, requirements: str, target: PackageTarget) -> bytes:
    """The bill of an agent's package of this digest (SHA-256, hex), from its locked requirements, for one target.

    The same input gives the same bytes: no time is told, and the serial number is made from the package's digest.
    """
    agent = Component(
        name=name,
        version=version,
        type=ComponentType.APPLICATION,
        bom_ref=f"agent:{name}",
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest)],
    )
    bom = Bom(
        components=list(_components(requirements, target)),
        metadata=BomMetaData(component=agent),
        serial_number=uuid.uuid5(_OURS, digest),
    )
    bom.register_dependency(agent, bom.components)
    document: dict[str, Any] = json.loads(JsonV1Dot6(bom).output_as_string())
    document["metadata"].pop("timestamp")
    return f"{json.dumps(document, indent=1, sort_keys=True)}\n".encode()


def _components(requirements: str, target: PackageTarget) -> Iterator[Component]:
    environment = _environment(target)
    for line in requirements.replace("\\\n", " ").splitlines():
        wanted, *hashes = line.split(_HASH)
        if not wanted.strip() or wanted.lstrip().startswith("#"):
            continue
        found = _read(wanted)
        if found is None or (found.marker and not found.marker.evaluate(environment)):
            continue
        yield _component(found, [one.strip() for one in hashes])


def _read(wanted: str) -> Requirement | None:
    """A requirement; None for a folder of this workspace, whose code is the agent's own.

    A wheel that lies in the agent's folder, as the kit does, is of the name and version that its file has.
    """
    text, _, marker = (part.strip() for part in wanted.partition(";"))
    if not text.startswith(("-e", ".", "/")):
        return Requirement(wanted.strip())
    if not text.endswith(".whl"):
        return None
    name, version, *_ = parse_wheel_filename(text.rpartition("/")[2])
    return Requirement(f"{name}=={version}{f' ; {marker}' if marker else ''}")


def _component(found: Requirement, hashes: list[str]) -> Component:
    name = canonicalize_name(found.name)
    versions = [one.version for one in found.specifier if one.operator == "=="]
    version = versions[0] if len(versions) == 1 else None
    purl = PackageURL("pypi", None, name, version)
    # Which of the release's files is installed the target decides: the lock admits each of these.
    listed = ExternalReference(
        type=ExternalReferenceType.DISTRIBUTION,
        url=XsUri(f"https://pypi.org/project/{name}/{version}/" if version else str(found.url)),
        comment="the lock admits files of these hashes",
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=one) for one in hashes],
    )
    return Component(name=name, version=version, purl=purl, bom_ref=str(purl), external_references=[listed])


def _environment(target: PackageTarget) -> dict[str, str]:
    """The markers' values (PEP 508) on the machine that the package is for."""
    python = f"{target.python[0]}.{target.python[1]}"
    return {
        "implementation_name": "cpython",
        "implementation_version": f"{python}.0",
        "os_name": "posix",
        "platform_machine": _MACHINES[target.architecture],
        "platform_python_implementation": "CPython",
        "platform_system": "Linux",
        "python_full_version": f"{python}.0",
        "python_version": python,
        "sys_platform": "linux",
        "extra": "",
    }
