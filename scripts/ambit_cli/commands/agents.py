"""`ambit agents`: the catalogue."""

from typing import Annotated

import typer

from scripts.ambit_cli.caller import Tenant, tenant_client
from scripts.ambit_cli.output import Json, print_fields, print_json, print_table

app = typer.Typer(help="The agents a tenant may use.", invoke_without_command=True, rich_markup_mode=None)


@app.callback()
def list_agents(context: typer.Context, *, tenant: Tenant = None, json_: Json = False) -> None:
    """List the agents a tenant may use (this is what `ambit agents` does without a sub-command)."""
    if context.invoked_subcommand is not None:
        return
    found = tenant_client(tenant).get("/v1/agents")
    if json_:
        print_json(found)
        return
    rows = [(item["name"], item["mode"], item.get("tierMinimum"), item.get("description")) for item in found["items"]]
    print_table(
        ("AGENT", "MODE", "TIER", "DESCRIPTION"), rows, empty="No agents yet: push one with `make agent-push AGENT=…`."
    )


@app.command("show")
def show(agent: Annotated[str, typer.Argument()], *, tenant: Tenant = None, json_: Json = False) -> None:
    """One agent: its mode, tier and versions."""
    found = tenant_client(tenant).get(f"/v1/agents/{agent}")
    if json_:
        print_json(found)
        return
    print_fields((name, value) for name, value in found.items() if not isinstance(value, (list, dict)))
