"""`ambit replay`: run the agent of a recorded run again, answered from the record, and see what it does else."""

import time
from typing import Annotated, Any, Final

import typer

from scripts.ambit_cli.caller import Tenant, tenant_client
from scripts.ambit_cli.exits import Exit, fail
from scripts.ambit_cli.output import Json, print_json, print_page, print_table

_LOOK_EVERY: Final = 1.0
_HASH: Final = 12


def replay(
    run_id: Annotated[str, typer.Argument(help="run_…, of a version whose manifest says `record`.")],
    *,
    version: Annotated[str | None, typer.Option(help="ver_…: another version; left out: the run's own.")] = None,
    go_on: Annotated[
        bool, typer.Option("--continue", help="Go on after a call that differs, with what the recorded one was given.")
    ] = False,
    tenant: Tenant = None,
    json_: Json = False,
) -> None:
    """Replay a run: nothing is called, nothing is spent. 0 when it did the same, 1 when it did not."""
    client = tenant_client(tenant)
    body = {"onDivergence": "continue" if go_on else "stop"} | ({"version": version} if version else {})
    found = client.post(f"/v1/runs/{run_id}/replays", body)
    while found["status"] == "running":
        time.sleep(_LOOK_EVERY)
        found = client.get(f"/v1/runs/{run_id}/replays/{found['replayId']}")
    _tell(found, as_json=json_)


def replays(
    run_id: Annotated[str, typer.Argument(help="run_…")],
    replay_id: Annotated[str | None, typer.Argument(help="rpl_…: this one, with what it found.")] = None,
    *,
    limit: Annotated[int, typer.Option(min=1, max=100, help="How many at most.")] = 20,
    cursor: Annotated[str | None, typer.Option(help="Continue where the last page ended.")] = None,
    tenant: Tenant = None,
    json_: Json = False,
) -> None:
    """A run's replays, newest first; or one of them, as `ambit replay` tells it."""
    client, path = tenant_client(tenant), f"/v1/runs/{run_id}/replays"
    if replay_id is not None:
        _tell(client.get(f"{path}/{replay_id}"), as_json=json_)
        return
    found = client.get(path, limit=limit, cursor=cursor)
    rows = [
        (one["replayId"], _came(one), one["version"], one["principalId"], one["createdAt"]) for one in found["items"]
    ]
    print_page(found, _COLUMNS, rows, empty=f"No replays: ambit replay {run_id}", as_json=json_)


_COLUMNS: Final = ("REPLAY", "RESULT", "VERSION", "BY", "CREATED")


def _came(replay: dict[str, Any]) -> str:
    if replay["status"] != "finished":
        return str(replay["status"])
    return "identical" if replay["identical"] else "different"


def _tell(found: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(found)
    elif found["status"] == "failed":
        fail(f"the replay shows nothing: {found['error']['code']}: {found['error']['message']}", Exit.FAILED)
    elif found["status"] == "finished":
        _print(found)
    else:
        typer.echo(f"{found['replayId']}: running")
    if found["status"] != "running" and not found.get("identical"):
        raise typer.Exit(Exit.FAILED)


def _print(found: dict[str, Any]) -> None:
    rows = [
        (call.get("position") or "new", call["kind"], call["name"], call["hash"][:_HASH], call["result"])
        for call in found["calls"]
    ]
    print_table(("CALL", "KIND", "NAME", "HASH", "RESULT"), rows, empty="The run called nothing.")
    for one in found["differences"]:
        typer.echo(f"\n{one['what']} {one['position']}")
        for sign, text in (("-", one.get("expected")), ("+", one.get("got"))):
            if text is not None:
                typer.echo(f"  {sign} {text}")
    if found.get("differencesOmitted"):
        typer.echo(f"\nand {found['differencesOmitted']} more differences")
    sides = [(name, found[name]["hash"], found[name]["calls"], found[name]["events"]) for name in _SIDES]
    typer.echo("")
    print_table(("", "HASH", "CALLS", "EVENTS"), sides, empty="")
    attempt = f" (attempt {found['attempt']} of the run)" if found.get("attempt", 1) > 1 else ""
    typer.echo(f"\n{found['replayId']}: {'identical' if found['identical'] else 'different'}{attempt}")


_SIDES: Final = ("recorded", "replayed")
