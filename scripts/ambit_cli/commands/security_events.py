"""`ambit security-events`: who reached outside their tenant, and what operators opened; for operators."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from scripts.ambit_cli.caller import operator_client
from scripts.ambit_cli.output import Json, print_page

if TYPE_CHECKING:
    from scripts.ambit_cli.client import Client

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
    type_: Annotated[str | None, typer.Option("--type", help="Of the whole day, only events of this type.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100)] = 50,
    cursor: Annotated[str | None, typer.Option(help="Continue where the last page ended, with the same day.")] = None,
    json_: Json = False,
) -> None:
    """List a day's security events, newest first."""
    wanted = None if day is None else day.date().isoformat()
    only = {name: value for name, value in (("tenantId", tenant), ("type", type_)) if value is not None}
    client = operator_client()
    found = _whole_day(client, wanted, only) if only else _page(client, wanted, limit, cursor)
    names = ("at", "type", "tenantId", "principalId", "operation", "resource")
    rows = [
        (*(item.get(name) for name in names), item.get("attempted") or item.get("target")) for item in found["items"]
    ]
    print_page(found, _COLUMNS, rows, empty=f"Nothing on {found['day']}.", as_json=json_)


def _page(client: "Client", day: str | None, limit: int, cursor: str | None) -> dict[str, Any]:
    return client.get("/v1/platform/security-events", day=day, limit=limit, cursor=cursor)


def _whole_day(client: "Client", day: str | None, only: dict[str, str]) -> dict[str, Any]:
    """The events in which these fields are so. All of a day are in one list, whoever caused them: it is read whole."""
    page = _page(client, day, 100, None)
    items = page["items"]
    while page.get("nextCursor"):
        page = _page(client, page["day"], 100, page["nextCursor"])
        items += page["items"]
    return {"day": page["day"], "items": [item for item in items if only.items() <= item.items()]}
