"""Runs cfn-guard, the binary that comes with its CDK plug-in, and says which resource breaks which rule."""

import importlib.resources
import json
import platform
import re
import subprocess
import tarfile
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[2]
OUR_RULES: Final = Path(__file__).parent / "rules"
_UNPACKED: Final = ROOT / ".build" / "cfn-guard"
_PACKAGE: Final = "cdklabs.cdk_validator_cfnguard._jsii"
_SYSTEMS: Final = {"Linux": "ubuntu", "Darwin": "macos"}
_ANY_OUTCOME: Final = frozenset({0, 19})  # passed, and broken rules; anything else is an error of its own
_RESOURCE: Final = re.compile(r"/Resources/([A-Za-z0-9]+)")


class GuardError(Exception):
    """cfn-guard could not run, or could not read a rule or a template."""


@dataclass(frozen=True, order=True)
class Finding:
    """One resource that breaks one rule."""

    template: str
    resource: str
    rule: str


def unpack(into: Path = _UNPACKED) -> Path:
    """The folder holding the plug-in's binary and rules, unpacked once.

    It is there whole or not at all: others may unpack at this moment, and whoever unpacks may be stopped.
    """
    bundle = importlib.resources.files(_PACKAGE)
    archives = [item for item in bundle.iterdir() if item.name.endswith(".tgz")]
    folder = into / archives[0].name.removesuffix(".jsii.tgz")
    if not folder.exists():
        into.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=into, ignore_cleanup_errors=True) as made:
            with importlib.resources.as_file(archives[0]) as path, tarfile.open(path) as archive:
                archive.extractall(Path(made) / "whole", filter="data")
            try:
                (Path(made) / "whole").rename(folder)
            except OSError:
                if not folder.exists():  # else somebody was faster
                    raise
    return folder / "package"


def binary(package: Path) -> Path:
    """The cfn-guard of this machine."""
    architecture = "aarch64" if platform.machine() in {"arm64", "aarch64"} else "x86_64"
    return package / "bin" / _SYSTEMS[platform.system()] / architecture / "cfn-guard"


def control_tower_rules(package: Path) -> Path:
    """The folder of the published Control Tower rules."""
    return package / "rules" / "control-tower" / "cfn-guard"


def check(templates: Sequence[Path], rules: Iterable[Path]) -> list[Finding]:
    """Every finding in these templates; raises GuardError when cfn-guard itself fails."""
    options = ["--structured", "--output-format", "json", "--show-summary", "none"]
    asked = [argument for rule in rules for argument in ("--rules", str(rule))]
    given = [argument for template in templates for argument in ("--data", str(template))]
    command = [str(binary(unpack())), "validate", *asked, *given, *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode not in _ANY_OUTCOME or done.stderr.strip():
        raise GuardError(f"cfn-guard ended with {done.returncode}: {done.stderr.strip()[:2000]}")
    return sorted({finding for report in json.loads(done.stdout) for finding in _findings(report)})


def _findings(report: dict[str, Any]) -> Iterable[Finding]:
    template = Path(report["name"]).name
    for broken in report["not_compliant"]:
        rule = broken["Rule"]["name"]
        for resource in set(_RESOURCE.findall(json.dumps(broken))) or {"?"}:
            yield Finding(template, resource, rule)
