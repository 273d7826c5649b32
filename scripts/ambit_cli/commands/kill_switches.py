"""`ambit kill-switches`: stop the platform, a tenant, an agent, a tool or a run at once.

Operators stop anything; an administrator of a tenant, with `--own` or when signed in as one, what is the tenant's own.
"""

from typing import TYPE_CHECKING, Annotated, Final

import typer

from scripts.ambit_cli.caller import Tenant, is_of_a_tenant, operator_client, person_client
from scripts.ambit_cli.output import Json, print_fields, print_json, print_table

if TYPE_CHECKING:
    from scripts.ambit_cli.client import Client

app = typer.Typer(
    help="Stop the platform, a tenant, an agent, a tool or a run, within a second.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
_SWITCHES: Final = "/v1/kill-switches"
_OWN: Final = "/v1/tenant/kill-switches"
Own = Annotated[
    bool,
    typer.Option("--own", help="Of your own tenant, as its administrator; so it is when you are signed in as one."),
]


def _door(tenant: str | None, *, own: bool) -> tuple["Client", str]:
    """Whom to ask, and where."""
    if own or is_of_a_tenant():
        return person_client(tenant), _OWN
    return operator_client(), _SWITCHES


@app.command("list")
def list_switches(
    *,
    limit: Annotated[int, typer.Option(min=1, max=100)] = 100,
    cursor: Annotated[str | None, typer.Option(help="Continue where the last page ended.")] = None,
    own: Own = False,
    tenant: Tenant = None,
    json_: Json = False,
) -> None:
    """List the active switches, newest first."""
    client, path = _door(tenant, own=own)
    found = client.get(path, limit=limit, cursor=cursor)
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
    scope: Annotated[str, typer.Argument(help="run, agent or tenant; for operators also tool or platform.")],
    target: Annotated[
        str | None,
        typer.Argument(help="An agent's or a tool's name, a tenant's id, a run's id; of others' as TENANT/RUN_ID."),
    ] = None,
    *,
    reason: Annotated[str, typer.Option(help="Why; it is kept with the switch and in the audit log.")],
    own: Own = False,
    tenant: Tenant = None,
    json_: Json = False,
) -> None:
    """Stop something: no run of it starts, and a running agent's next call ends."""
    body = {"scope": scope, "reason": reason, **({"target": target} if target is not None else {})}
    client, path = _door(tenant, own=own)
    made = client.post(path, body)
    if json_:
        print_json(made)
    else:
        print_fields(made.items())


@app.command("clear")
def clear(
    switch_id: Annotated[str, typer.Argument(help="The switch, as `ambit kill-switches list` shows it.")],
    *,
    own: Own = False,
    tenant: Tenant = None,
    json_: Json = False,
) -> None:
    """Let what a switch stopped go on."""
    client, path = _door(tenant, own=own)
    client.delete(f"{path}/{switch_id}")
    if json_:
        print_json({"switchId": switch_id, "cleared": True})
    else:
        typer.echo(f"{switch_id} cleared: effective within a second")
