"""`ambit push`: an agent's folder, packaged, deployed, registered and tried."""

import sys
import time
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from scripts.ambit_cli.exits import Exit, fail
from scripts.ambit_cli.output import Json, print_json

if TYPE_CHECKING:
    from scripts.agent_push.errors import PushError
    from scripts.agent_push.push import Pushed

Folder = Annotated[Path, typer.Argument(help="The agent's folder, with its pyproject.toml.")]
Stage = Annotated[str, typer.Option("--env", help="local, dev, staging or prod.")]
Approve = Annotated[
    bool | None,
    typer.Option(help="Go on to approval, or stop at candidate. Left out: approve on the local platform only."),
]
Cache = Annotated[Path | None, typer.Option(help="Where builds are kept; a pipeline may carry it from job to job.")]


def push(
    folder: Folder = Path(),
    *,
    env: Stage = "local",
    approve: Approve = None,
    smoke: Annotated[bool, typer.Option(help="Invoke the agent once when it is approved.")] = True,
    smoke_input: Annotated[str, typer.Option("--input", help="What to invoke it with.")] = "smoke",
    cache: Cache = None,
    json_: Json = False,
) -> None:
    """Package, upload, run and register the agent of a folder. What is there already is not done again."""
    from scripts.agent_push.errors import PushError

    started = time.monotonic()
    try:
        with redirect_stdout(sys.stderr):
            pushed = push_folder(folder, env, smoke=smoke_input if smoke else None, approve=approve, cache=cache)
    except PushError as error:
        leave(error)
    if json_:
        print_json(described(pushed))
        return
    state = "pushed" if pushed.changed else "unchanged"
    typer.echo(f"{pushed.agent} {pushed.version_id} {pushed.status}, {state} in {time.monotonic() - started:.1f} s")
    if pushed.status == "candidate":
        typer.echo(f"tenants get it after: ambit versions promote {pushed.version_id} approved", err=True)


def push_folder(folder: Path, env: str, *, smoke: str | None, approve: bool | None, cache: Path | None) -> "Pushed":
    """Push a folder, telling the steps on standard output; raises PushError."""
    from infra.bundling.bundler import CACHE
    from scripts.agent_push.folder import read_agent
    from scripts.agent_push.push import Wanted, push
    from scripts.agent_push.stage import stage_of

    wanted = Wanted(approve=approve, smoke=smoke, cache=(cache or CACHE).resolve())
    return push(lambda: read_agent(folder.resolve()), stage_of(env), wanted)


def described(pushed: "Pushed") -> dict[str, object]:
    """The outcome by the API's names."""
    from pydantic.alias_generators import to_camel

    return {to_camel(name): value for name, value in vars(pushed).items()}


def leave(error: "PushError") -> NoReturn:
    """Say why nothing was pushed, with the exit code of the reason."""
    from scripts.agent_push.errors import Unreachable
    from scripts.agent_push.folder import FolderError

    if isinstance(error, FolderError):
        fail(str(error), Exit.USAGE)
    fail(str(error), Exit.UNAVAILABLE if isinstance(error, Unreachable) else Exit.REFUSED)
