"""`ambit dev`: one agent on the local platform, pushed again whenever its folder changes."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scripts.ambit_cli.commands.push import Cache, Folder
from scripts.ambit_cli.exits import fail
from scripts.ambit_cli.output import text_of

if TYPE_CHECKING:
    from scripts.agent_push.stage import Stage


def dev(
    folder: Folder = Path(),
    *,
    input_: Annotated[
        str | None, typer.Option("--input", "-i", help="Invoke it with this after each push, and show the answer.")
    ] = None,
    cache: Cache = None,
) -> None:
    """Push an agent to the local platform, and again with every change; Ctrl-C ends it."""
    from scripts.agent_push.errors import PushError
    from scripts.agent_push.stage import stage_of

    home = folder.resolve()
    if not (home / "pyproject.toml").is_file():
        fail(f"{home} holds no pyproject.toml: `ambit init NAME` makes an agent's folder.")
    try:
        _follow(home, stage_of("local"), input_, cache)
    except PushError as error:
        fail(str(error))
    except KeyboardInterrupt:
        typer.echo("\nstopped; what was pushed last stays on the platform")


def _follow(folder: Path, stage: "Stage", text: str | None, cache: Path | None) -> None:
    from scripts.agent_push.watch import snapshot, wait_for_change

    state = snapshot(folder)
    while True:
        _push(folder, stage, text, cache)
        typer.echo(f"watching {folder} (Ctrl-C ends it)")
        state = wait_for_change(folder, state)


def _push(folder: Path, stage: "Stage", text: str | None, cache: Path | None) -> None:
    """Push once; what is wrong is told, and the version before goes on serving."""
    from infra.bundling.bundler import CACHE
    from scripts.agent_push.errors import PushError
    from scripts.agent_push.folder import read_agent
    from scripts.agent_push.push import Wanted, push

    wanted = Wanted(smoke=text, again=True, cache=(cache or CACHE).resolve())
    started = time.monotonic()
    try:
        pushed = push(lambda: read_agent(folder), stage, wanted)
    except PushError as error:
        typer.echo(f"not pushed, the version before still serves: {error}", err=True)
        return
    typer.echo(f"{pushed.agent} {pushed.version_id} {pushed.status} after {time.monotonic() - started:.1f} s")
    if pushed.smoke is not None:
        typer.echo(text_of(pushed.smoke.get("output", pushed.smoke)))
