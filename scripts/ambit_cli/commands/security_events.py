"""`ambit security-events`: who reached outside their tenant, and what operators opened; for operators."""

from datetime import datetime
from typing import Annotated, Any, Final

import typer

from scripts.ambit_cli.caller import operator_client
from scripts.ambit_cli.output import Json, print_page

app = typer.Typer(
    help="See who reached outside their tenant, and what operators opened.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
_COLUMNS: Final = ("AT", "TYPE", "TENANT", "PRINCIPAL", "OPERATION", "RESOURCE", "KEY")


@app.command("list")
def list_events(
    *,
    day: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="A day (UTC); today if left out.")] = None,
    tenant: Annotated[
        str | None, typer.Option(help="Of the whole day, only what this tenant's principals did.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=100)] = 50,
    cursor: Annotated[str | None, typer.Option(help="Continue where the last page ended, with the same day.")] = None,
    json_: Json = False,
) -> None:
    """List a day's security events, newest first."""
    wanted = None if day is None else day.date().isoformat()
    found = _page(wanted, limit, cursor) if tenant is None else _of_tenant(tenant, wanted)
    names = ("at", "type", "tenantId", "principalId", "operation", "resource")
    rows = [
        (*(item.get(name) for name in names), item.get("attempted") or item.get("target")) for item in found["items"]
    ]
    print_page(found, _COLUMNS, rows, empty=f"Nothing on {found['day']}.", as_json=json_)


def _page(day: str | None, limit: int, cursor: str | None) -> dict[str, Any]:
    return operator_client().get("/v1/platform/security-events", day=day, limit=limit, cursor=cursor)


def _of_tenant(tenant: str, day: str | None) -> dict[str, Any]:
    """The whole day is read: the events of a day are in one list, whoever caused them."""
    page = _page(day, 100, None)
    items = page["items"]
    while page.get("nextCursor"):
        page = _page(page["day"], 100, page["nextCursor"])
        items += page["items"]
    return {"day": page["day"], "items": [item for item in items if item.get("tenantId") == tenant]}
