"""Every stage synthesised once, without packages: those have tests of their own."""

import json
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from infra.bundling.agents import AgentPackage
from infra.bundling.bundler import Bundler
from infra.config import settings_for
from infra.functions import FunctionSpec
from scripts.synth import context

Resource = dict[str, Any]


class EmptyBundler(Bundler):
    """Makes one package with nothing in it and gives it to everybody."""

    def __init__(self, folder: Path) -> None:
        self._package_path = folder / "empty.zip"
        with zipfile.ZipFile(self._package_path, "w") as archive:
            archive.writestr("empty", "")

    def package(self, spec: FunctionSpec) -> Path:
        return self._package_path

    def agent(self, agent: AgentPackage) -> Path:
        return self._package_path


class Stacks:
    """The templates of one stage by the last part of their stack's name."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        paths = sorted(folder.glob("*.template.json"))
        self.templates = {path.name.split(".")[0].rsplit("-", 1)[1]: json.loads(path.read_text()) for path in paths}

    def resources(self, kind: str) -> dict[str, Resource]:
        """Every resource of a type in any stack, by logical id."""
        return {
            name: resource
            for template in self.templates.values()
            for name, resource in template["Resources"].items()
            if resource["Type"] == kind
        }

    def outputs(self) -> dict[str, Any]:
        """Every output that a person or a script reads: exports between stacks left out."""
        found = (item for template in self.templates.values() for item in template.get("Outputs", {}).items())
        return {name: output["Value"] for name, output in found if not name.startswith("ExportsOutput")}


@pytest.fixture(scope="session")
def stacks_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Stacks]:
    folder = tmp_path_factory.mktemp("stages")

    @cache
    def synthesised(stage: str) -> Stacks:
        import aws_cdk

        from infra.stage import build

        app = aws_cdk.App(outdir=str(folder / stage), context=context())
        build(app, settings_for(stage), EmptyBundler(folder))
        app.synth()
        return Stacks(folder / stage)

    return synthesised


@pytest.fixture(scope="session")
def local(stacks_of: Callable[[str], Stacks]) -> Stacks:
    return stacks_of("local")


@pytest.fixture(scope="session")
def prod(stacks_of: Callable[[str], Stacks]) -> Stacks:
    return stacks_of("prod")


@pytest.fixture(params=["local", "dev", "staging", "prod"])
def stacks(request: pytest.FixtureRequest, stacks_of: Callable[[str], Stacks]) -> Stacks:
    return stacks_of(request.param)
