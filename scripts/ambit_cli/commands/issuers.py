"""`ambit issuers`: whom the platform believes. Operators look; changes need a platform administrator."""

from typing import Annotated, Any, Final

import typer

from scripts.ambit_cli.caller import operator_client
from scripts.ambit_cli.output import Json, print_fields, print_json, print_table

app = typer.Typer(help="Register, look at and disable token issuers.", no_args_is_help=True, rich_markup_mode=None)

IssuerId = Annotated[str, typer.Argument(help="The issuer's id, as `ambit issuers list` shows it.")]
_ADMIN: Final = "Platform.Admin"


@app.command("list")
def list_issuers(
    *,
    limit: Annotated[int, typer.Option(min=1, max=100)] = 50,
    cursor: Annotated[str | None, typer.Option(help="Continue where the last page ended.")] = None,
    json_: Json = False,
) -> None:
    """List the issuers."""
    found = operator_client().get("/v1/issuers", limit=limit, cursor=cursor)
    if json_:
        print_json(found)
        return
    rows = [(item["id"], item["boundTo"], item["status"], item["iss"]) for item in found["items"]]
    print_table(("ID", "BOUND TO", "STATUS", "ISSUER"), rows, empty="No issuers: `ambit issuers add --help`.")
    if found.get("nextCursor"):
        typer.echo(f"more: --cursor {found['nextCursor']}", err=True)


@app.command("show")
def show(issuer_id: IssuerId, *, json_: Json = False) -> None:
    """One issuer."""
    _show(operator_client().get(f"/v1/issuers/{issuer_id}"), as_json=json_)


@app.command("add")
def add(
    iss: Annotated[str, typer.Argument(help="The `iss` of its tokens, to the letter.")],
    *,
    bound_to: Annotated[str, typer.Option(help="The tenant it speaks for, or `platform`.")],
    jwks_uri: Annotated[str, typer.Option(help="Where it publishes its keys.")],
    audience: Annotated[list[str], typer.Option(help="An `aud` its tokens may name; may be repeated.")],
    algorithm: Annotated[list[str] | None, typer.Option(help="RS256 (default) or ES256; may be repeated.")] = None,
    tenant_claim: Annotated[str | None, typer.Option(help="The claim that names the tenant, if one does.")] = None,
    roles_claim: Annotated[str | None, typer.Option(help="The claim that lists roles (default roles).")] = None,
    allow_role: Annotated[list[str] | None, typer.Option(help="A role it may assert; may be repeated.")] = None,
    json_: Json = False,
) -> None:
    """Register an issuer; its keys are fetched and looked at first."""
    asked: dict[str, Any] = {
        "iss": iss,
        "boundTo": bound_to,
        "jwksUri": jwks_uri,
        "audiences": audience,
        "algorithms": algorithm,
        "tenantClaim": tenant_claim,
        "rolesClaim": roles_claim,
        "allowedRoles": allow_role,
    }
    body = {name: value for name, value in asked.items() if value}
    _show(operator_client(role=_ADMIN).post("/v1/issuers", body), as_json=json_)


@app.command("disable")
def disable(issuer_id: IssuerId, *, json_: Json = False) -> None:
    """Believe an issuer no longer, within 60 s."""
    _show(operator_client(role=_ADMIN).change(f"/v1/issuers/{issuer_id}", {"status": "disabled"}), as_json=json_)


@app.command("enable")
def enable(issuer_id: IssuerId, *, json_: Json = False) -> None:
    """Believe a disabled issuer again."""
    _show(operator_client(role=_ADMIN).change(f"/v1/issuers/{issuer_id}", {"status": "active"}), as_json=json_)


def _show(issuer: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(issuer)
    else:
        print_fields((name, ", ".join(value) if isinstance(value, list) else value) for name, value in issuer.items())
