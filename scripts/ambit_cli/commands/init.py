"""`ambit init`: a new agent from a template."""

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from scripts.ambit_cli.commands.push import leave


class Template(StrEnum):
    """What to begin with."""

    BASIC = "basic"
    TOOLS = "tools"
    RAG = "rag"
    MULTI_AGENT = "multi-agent"


def init(
    name: Annotated[str, typer.Argument(help="The agent's name, for example invoice-agent.")],
    *,
    template: Annotated[Template, typer.Option(help="What to begin with.")] = Template.BASIC,
    into: Annotated[Path, typer.Option(help="The folder to make it in.")] = Path(),
    owner: Annotated[str, typer.Option(help="Who answers for it.")] = os.environ.get("USER", "me"),
) -> None:
    """Make an agent's folder: code, manifest, lock, evaluations, and pipelines for GitHub and GitLab."""
    from scripts.agent_init.scaffold import Names, scaffold
    from scripts.agent_push.errors import PushError

    try:
        made = scaffold(Names(name, owner), template.value, into.resolve())
    except PushError as error:
        leave(error)
    typer.echo(f"{made} is ready.\n  ambit dev {made} --input hello    try it, with every change pushed")
    typer.echo(f"  ambit push {made}                 push it once")
