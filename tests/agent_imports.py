"""Agents are packages of their own: their folders become import roots, as they are in an agent's process."""

import importlib
import sys
import warnings
from pathlib import Path

AGENTS = Path(__file__).parents[1] / "agents"


def prepare() -> None:
    """Put every agent's folder on the import path and import the agents' server once."""
    for folder in sorted(AGENTS.glob("*/pyproject.toml")):
        if str(folder.parent) not in sys.path:
            sys.path.append(str(folder.parent))
    # bedrock-agentcore uses what pydantic has deprecated; its first import says so, and warnings are errors here.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        importlib.import_module("bedrock_agentcore.runtime")
