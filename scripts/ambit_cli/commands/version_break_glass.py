"""`ambit versions break-glass`: a promotion past closed gates, by two platform administrators."""

from typing import Annotated, Any, Final

import typer

from scripts.ambit_cli.caller import operator_client
from scripts.ambit_cli.output import Json, print_fields, print_json, print_table

app = typer.Typer(
    help="In an emergency, promote past closed gates: one administrator asks, another confirms within the hour.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
VersionId = Annotated[str, typer.Argument(help="ver_…")]
_ADMIN: Final = "Platform.Admin"


@app.command("request")
def request(
    version_id: VersionId,
    *,
    reason: Annotated[str, typer.Option(help="Why it cannot wait, 10 to 500 characters.")],
    second: Annotated[bool, typer.Option("--second", help="To be approved beside the default.")] = False,
    json_: Json = False,
) -> None:
    """Ask; the gates that are closed now are what it is asked past. An alarm goes off."""
    body = {"reason": reason, **({"asDefault": False} if second else {})}
    _print(operator_client(role=_ADMIN).post(f"/v1/versions/{version_id}/break-glass", body), as_json=json_)


@app.command("list")
def list_requests(version_id: VersionId, *, json_: Json = False) -> None:
    """What was asked for a version, newest first."""
    found = operator_client().get(f"/v1/versions/{version_id}/break-glass")
    if json_:
        print_json(found)
        return
    rows = [
        (
            *(one["requestId"], one["status"], ", ".join(gate["gate"] for gate in one["closed"])),
            *(one["requestedBy"], one.get("confirmedBy"), one["expiresAt"], one["reason"]),
        )
        for one in found["items"]
    ]
    columns = ("REQUEST", "STATUS", "PAST", "ASKED BY", "CONFIRMED BY", "UNTIL", "REASON")
    print_table(columns, rows, empty="Nobody has asked.")


@app.command("confirm")
def confirm(
    version_id: VersionId,
    request_id: Annotated[str, typer.Argument(help="bgp_…")],
    *,
    json_: Json = False,
) -> None:
    """Confirm what another administrator asked for: tenants run the version from now on."""
    path = f"/v1/versions/{version_id}/break-glass/{request_id}/confirm"
    _print(operator_client(role=_ADMIN).post(path), as_json=json_)


def _print(found: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    print_fields((name, value) for name, value in found.items() if not isinstance(value, (list, dict)))
    for one in found.get("closed", ()):
        typer.echo(f"past {one['gate']}: {one['why']}")
