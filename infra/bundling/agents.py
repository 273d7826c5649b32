"""The packages of agents: each one's own code, the agent kit, and its locked dependencies."""

import tomllib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from infra.bundling.wheels import ROOT, run, uv
from infra.config import REFERENCE_AGENTS

AGENTS: Final = ROOT / "agents"


@dataclass(frozen=True)
class AgentPackage:
    """An agent of this repository. `module` and `app` name its application."""

    name: str
    project: str
    folder: Path
    imports: tuple[str, ...]
    module: str
    app: str
    entry_point: str = "main.py"  # the file AgentCore starts, at the root of the package

    @property
    def construct_id(self) -> str:
        """`echo-agent` → `EchoAgent`."""
        return "".join(part.capitalize() for part in self.name.split("-"))


def reference_agents(folder: Path = AGENTS, names: Collection[str] = REFERENCE_AGENTS) -> tuple[AgentPackage, ...]:
    """The agents that are deployed with the platform, by name; agents that exist for tests are not among them."""
    found = (_read(path.parent, tomllib.loads(path.read_text())) for path in sorted(folder.glob("*/pyproject.toml")))
    return tuple(agent for agent in found if agent is not None and agent.name in names)


def _read(folder: Path, document: dict[str, Any]) -> AgentPackage | None:
    manifest = document.get("tool", {}).get("ambit")
    if manifest is None:
        return None
    wheel = document["tool"]["hatch"]["build"]["targets"]["wheel"]
    module, _, app = manifest["handler"].partition(":")
    return AgentPackage(
        name=manifest.get("name", document["project"]["name"]),
        project=document["project"]["name"],
        folder=folder,
        imports=tuple(wheel["packages"]),
        module=module,
        app=app,
    )


def export_project(project: str) -> str:
    """The locked, hashed requirements of one workspace member, without the workspace's own packages."""
    command = [uv(), "--color", "never", "export", "--frozen", "--no-header", "--no-annotate", "--no-dev"]
    return run([*command, "--package", project, "--no-emit-workspace"])
