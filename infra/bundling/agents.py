"""The packages of agents: each one's own code, the agent kit, and its locked dependencies."""

import json
import tomllib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from infra.bundling.wheels import ROOT
from infra.config import REFERENCE_AGENTS

AGENTS: Final = ROOT / "agents"


@dataclass(frozen=True)
class AgentPackage:
    """What an agent's package is made from. `module` and `app` name its application.

    `manifest` is `[tool.ambit]` as canonical JSON. It travels in the package, so that what an agent may do is under
    the same digest as what it does.
    """

    name: str
    project: str
    folder: Path
    imports: tuple[str, ...]
    module: str
    app: str
    manifest: str = "{}"
    entry_point: str = "main.py"  # the file AgentCore starts, at the root of the package

    @property
    def construct_id(self) -> str:
        """`echo-agent` → `EchoAgent`."""
        return "".join(part.capitalize() for part in self.name.split("-"))


def reference_agents(folder: Path = AGENTS, names: Collection[str] = REFERENCE_AGENTS) -> tuple[AgentPackage, ...]:
    """The agents that are deployed with the platform, by name; agents that exist for tests are not among them."""
    documents = {path.parent: tomllib.loads(path.read_text()) for path in sorted(folder.glob("*/pyproject.toml"))}
    agents = (agent_package(home, document) for home, document in documents.items() if _manifest(document))
    return tuple(agent for agent in agents if agent.name in names)


def agent_package(folder: Path, document: dict[str, Any]) -> AgentPackage:
    """What the agent of a folder is made from, as its pyproject.toml says; KeyError for what that lacks.

    The folders that are packaged are hatch's `packages` where they are given, else the one that the handler is in.
    """
    manifest, project = _manifest(document), str(document["project"]["name"])
    module, _, app = str(manifest["handler"]).partition(":")
    wheel = document["tool"].get("hatch", {}).get("build", {}).get("targets", {}).get("wheel", {})
    imports = tuple(wheel.get("packages", (module.partition(".")[0],)))
    said = json.dumps(manifest, sort_keys=True, separators=(",", ":"), default=str)
    return AgentPackage(str(manifest.get("name", project)), project, folder, imports, module, app, said)


def _manifest(document: dict[str, Any]) -> dict[str, Any]:
    return dict(document.get("tool", {}).get("ambit", {}))
