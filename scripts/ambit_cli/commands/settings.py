"""`ambit settings`: a tenant's own settings."""

from typing import Annotated, Any

import typer

from scripts.ambit_cli.caller import Tenant, tenant_client
from scripts.ambit_cli.exits import fail
from scripts.ambit_cli.output import Json, print_fields, print_json

app = typer.Typer(help="Your own tenant's settings.", no_args_is_help=True, rich_markup_mode=None)


@app.command("show")
def show(*, tenant: Tenant = None, json_: Json = False) -> None:
    """Show them."""
    _print(tenant_client(tenant).get("/v1/tenant"), as_json=json_)


@app.command("set")
def set_(
    *,
    name: Annotated[str | None, typer.Option(help="The tenant's name.")] = None,
    admin_email: Annotated[str | None, typer.Option(help="Where the platform writes to.")] = None,
    tenant: Tenant = None,
    json_: Json = False,
) -> None:
    """Change some of them; tier and budget are the operators' business."""
    given = {"name": name, "adminEmail": admin_email}
    body = {field: value for field, value in given.items() if value is not None}
    if not body:
        fail("say what to change: --name or --admin-email.")
    _print(tenant_client(tenant, role="Tenant.Admin").change("/v1/tenant", body), as_json=json_)


def _print(found: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    budget = found["monthlyBudget"]
    print_fields({**found, "monthlyBudget": f"{budget['amount']} {budget['currency']}"}.items())
