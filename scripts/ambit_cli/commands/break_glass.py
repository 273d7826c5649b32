"""`ambit break-glass`: what a tenant ran, seen in an emergency: for a time, with a reason, and never silently."""

from typing import Annotated, Any, Final

import typer

from scripts.ambit_cli.caller import operator_client
from scripts.ambit_cli.commands.runs import print_run, print_runs
from scripts.ambit_cli.output import Json, print_fields, print_json, print_table

app = typer.Typer(
    help="In an emergency, look at what a tenant ran: time-bound, alarmed, and in the tenant's audit log.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
_ADMIN: Final = "Platform.Admin"

TenantId = Annotated[str, typer.Argument(help="The tenant's id, for example acme.")]
Limit = Annotated[int, typer.Option(min=1, max=100)]
Cursor = Annotated[str | None, typer.Option(help="Continue where the last page ended.")]


@app.command("open")
def open_(
    tenant_id: TenantId,
    *,
    reason: Annotated[str, typer.Option(help="Why, 10 to 500 characters: the tenant's administrators read it.")],
    minutes: Annotated[int, typer.Option(min=5, max=60, help="For how long.")] = 30,
    json_: Json = False,
) -> None:
    """Open a tenant's runs to yourself; an alarm goes off."""
    body = {"reason": reason, "minutes": minutes}
    made = operator_client(role=_ADMIN).post(f"/v1/tenants/{tenant_id}/break-glass", body)
    if json_:
        print_json(made)
    else:
        print_fields(made.items())


@app.command("list")
def list_grants(tenant_id: TenantId, *, limit: Limit = 50, cursor: Cursor = None, json_: Json = False) -> None:
    """List who had a tenant's runs opened, when and why, newest first."""
    found = operator_client().get(f"/v1/tenants/{tenant_id}/break-glass", limit=limit, cursor=cursor)
    if json_:
        print_json(found)
        return
    names = ("grantId", "status", "openedAt", "expiresAt", "principalId", "reason")
    rows = [tuple(item[name] for name in names) for item in found["items"]]
    columns = ("GRANT", "STATUS", "OPENED", "UNTIL", "BY", "REASON")
    print_table(columns, rows, empty="Nobody has opened this tenant.")
    _tell_more(found)


@app.command("close")
def close(
    tenant_id: TenantId,
    grant_id: Annotated[str, typer.Argument(help="The grant, as `ambit break-glass list` shows it.")],
    *,
    json_: Json = False,
) -> None:
    """End an access before its time, your own or a colleague's."""
    operator_client(role=_ADMIN).delete(f"/v1/tenants/{tenant_id}/break-glass/{grant_id}")
    if json_:
        print_json({"grantId": grant_id, "ended": True})
    else:
        typer.echo(f"{grant_id} ended")


@app.command("runs")
def runs(
    tenant_id: TenantId,
    run_id: Annotated[str | None, typer.Argument(help="run_…: one run with its input and output; else a list.")] = None,
    *,
    limit: Limit = 20,
    cursor: Cursor = None,
    json_: Json = False,
) -> None:
    """Look at a tenant's runs, or at one, during an access you opened; each look is entered in its audit log."""
    client, path = operator_client(role=_ADMIN), f"/v1/tenants/{tenant_id}/runs"
    if run_id is not None:
        print_run(client.get(f"{path}/{run_id}"), as_json=json_)
        return
    found = client.get(path, limit=limit, cursor=cursor)
    if json_:
        print_json(found)
    else:
        print_runs(found, empty="The tenant has no runs.")


def _tell_more(found: dict[str, Any]) -> None:
    if found.get("nextCursor"):
        typer.echo(f"more: --cursor {found['nextCursor']}", err=True)
