"""`ambit agents`: the catalogue."""

from typing import Annotated

import typer

from scripts.ambit_cli.caller import Tenant, tenant_client
from scripts.ambit_cli.groups import ListsByDefault
from scripts.ambit_cli.output import Json, print_fields, print_json, print_table

app = typer.Typer(
    help="The agents a tenant may use; on its own it lists them.", cls=ListsByDefault, rich_markup_mode=None
)


@app.command("list")
def list_agents(*, tenant: Tenant = None, json_: Json = False) -> None:
    """The catalogue."""
    found = tenant_client(tenant).get("/v1/agents")
    if json_:
        print_json(found)
        return
    names = ("name", "mode", "domain", "tierMinimum", "description")
    rows = [tuple(item.get(name) for name in names) for item in found["items"]]
    columns = ("AGENT", "MODE", "DOMAIN", "TIER", "DESCRIPTION")
    print_table(columns, rows, empty="No agents yet: push one with `ambit push FOLDER`.")


@app.command("show")
def show(agent: Annotated[str, typer.Argument()], *, tenant: Tenant = None, json_: Json = False) -> None:
    """One agent: its mode, tier and versions."""
    found = tenant_client(tenant).get(f"/v1/agents/{agent}")
    if json_:
        print_json(found)
        return
    print_fields((name, value) for name, value in found.items() if not isinstance(value, (list, dict)))
