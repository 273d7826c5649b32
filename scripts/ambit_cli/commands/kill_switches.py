"""`ambit kill-switches`: stop the platform, a tenant, an agent or a tool at once; for operators."""

from typing import Annotated, Final

import typer

from scripts.ambit_cli.caller import operator_client
from scripts.ambit_cli.output import Json, print_fields, print_json, print_table

app = typer.Typer(
    help="Stop the platform, a tenant, an agent or a tool, within 60 s.", no_args_is_help=True, rich_markup_mode=None
)
_SWITCHES: Final = "/v1/kill-switches"


@app.command("list")
def list_switches(
    *,
    limit: Annotated[int, typer.Option(min=1, max=100)] = 100,
    cursor: Annotated[str | None, typer.Option(help="Continue where the last page ended.")] = None,
    json_: Json = False,
) -> None:
    """List the active switches, newest first."""
    found = operator_client().get(_SWITCHES, limit=limit, cursor=cursor)
    if json_:
        print_json(found)
        return
    names = ("switchId", "scope", "target", "reason", "createdAt", "createdBy")
    rows = [tuple(item[name] for name in names) for item in found["items"]]
    print_table(("SWITCH", "SCOPE", "TARGET", "REASON", "SET", "BY"), rows, empty="Nothing is stopped.")
    if found.get("nextCursor"):
        typer.echo(f"more: --cursor {found['nextCursor']}", err=True)


@app.command("set")
def set_switch(
    scope: Annotated[str, typer.Argument(help="platform, tenant, agent or tool.")],
    target: Annotated[str | None, typer.Argument(help="A tenant's id, an agent's or a tool's name.")] = None,
    *,
    reason: Annotated[str, typer.Option(help="Why; it is kept with the switch and in the audit log.")],
    json_: Json = False,
) -> None:
    """Stop something: no run of it starts, and a running agent's next call ends."""
    body = {"scope": scope, "reason": reason, **({"target": target} if target is not None else {})}
    made = operator_client().post(_SWITCHES, body)
    if json_:
        print_json(made)
    else:
        print_fields(made.items())


@app.command("clear")
def clear(
    switch_id: Annotated[str, typer.Argument(help="The switch, as `ambit kill-switches list` shows it.")],
    *,
    json_: Json = False,
) -> None:
    """Let what a switch stopped go on."""
    operator_client().delete(f"{_SWITCHES}/{switch_id}")
    if json_:
        print_json({"switchId": switch_id, "cleared": True})
    else:
        typer.echo(f"{switch_id} cleared: effective within 60 s")
