"""`ambit bundle`: agents as files that a pipeline builds and deploys images from, without this repository."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from scripts.ambit_cli.exits import Exit, fail
from scripts.ambit_cli.groups import MakesByDefault
from scripts.ambit_cli.output import Json, print_json

if TYPE_CHECKING:
    from scripts.agent_push.folder import Agent

app = typer.Typer(
    help="Agents as files to deploy: `ambit bundle AGENT… -o FILE`.",
    cls=MakesByDefault,
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command("make")
def make(
    agents: Annotated[list[str], typer.Argument(help="Folders of agents, or names of those in agents/.")],
    *,
    output: Annotated[Path, typer.Option("--output", "-o", help="Where the bundle goes.")],
    env: Annotated[str, typer.Option(help="The stage whose runtime it is for.")] = "dev",
    cache: Annotated[Path | None, typer.Option(help="Where builds are kept.")] = None,
    json_: Json = False,
) -> None:
    """Write a bundle: packages, Dockerfiles, bills of materials, and the digests of all of them."""
    from infra.bundling.bundler import CACHE
    from infra.config import ConfigurationError, settings_for
    from scripts.agent_bundle.bundle import write
    from scripts.agent_push.errors import PushError
    from scripts.ambit_cli.commands.push import leave

    try:
        target = settings_for(env).target
        made = write(output, _agents(agents), target, (cache or CACHE).resolve())
    except ConfigurationError:
        raise typer.BadParameter(f"--env {env}: must be local, dev, staging or prod") from None
    except PushError as error:
        leave(error)
    _tell(output, made, as_json=json_)


@app.command("verify")
def verify(
    bundle: Annotated[Path, typer.Argument(help="The bundle.", exists=True, dir_okay=False)], *, json_: Json = False
) -> None:
    """Check a bundle by itself: every file is what the manifest says; leaves with 1 when one is not."""
    from scripts.agent_bundle.bundle import NoBundle, verified

    try:
        found = verified(bundle)
    except NoBundle as no:
        fail(f"the bundle does not hold: {no}.", Exit.FAILED)
    _tell(bundle, found, as_json=json_)


def _agents(names: list[str]) -> "list[Agent]":
    from scripts.agent_push.errors import PushError
    from scripts.agent_push.folder import find_agent, read_agent

    found = [read_agent(Path(one).resolve()) if Path(one).is_dir() else find_agent(one) for one in names]
    if len({agent.manifest.name for agent in found}) < len(found):
        raise PushError("an agent is named twice")
    return found


def _tell(path: Path, manifest: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(manifest)
        return
    for name, agent in sorted(manifest["agents"].items()):
        typer.echo(f"{name} {agent['version']} for {agent['platform']}, {agent['artifactDigest'][:12]}")
    typer.echo(f"{path}: {len(manifest['files'])} files hold")
