"""`ambit aws-callers`: the IAM roles that may call as a tenant, without a secret of ours; for its administrators."""

from typing import Annotated, Any, Final

import typer

from scripts.ambit_cli.caller import Tenant, person_client
from scripts.ambit_cli.grant import Addresses, Agents, Domains, Environment, Rate, Scopes, grant
from scripts.ambit_cli.output import Json, print_fields, print_json, print_page

app = typer.Typer(help="Let IAM roles call, and stop them.", no_args_is_help=True, rich_markup_mode=None)

_CALLERS: Final = "/v1/aws-callers"
_COLUMNS: Final = ("CALLER", "NAME", "ROLE", "SCOPES", "SINCE")
_EMPTY: Final = "No AWS callers: `ambit aws-callers create NAME --role-arn ARN --scope agents:invoke`."


@app.command("list")
def list_callers(
    *,
    limit: Annotated[int, typer.Option(min=1, max=100)] = 50,
    cursor: Annotated[str | None, typer.Option(help="Continue where the last page ended.")] = None,
    tenant: Tenant = None,
    json_: Json = False,
) -> None:
    """List the roles that may call, newest first."""
    found = person_client(tenant).get(_CALLERS, limit=limit, cursor=cursor)
    print_page(found, _COLUMNS, map(_row, found["items"]), empty=_EMPTY, as_json=json_)


@app.command("create")
def create(
    name: Annotated[str, typer.Argument(help="What it is for: a name that people will recognise.")],
    *,
    role_arn: Annotated[str, typer.Option(help="arn:aws:iam::123456789012:role/name; its path does not count.")],
    scopes: Scopes,
    agents: Agents = None,
    domains: Domains = None,
    environment: Environment = "prod",
    addresses: Addresses = None,
    rate: Rate = None,
    tenant: Tenant = None,
    json_: Json = False,
) -> None:
    """Let an IAM role call as this tenant, and as no other."""
    body = {**grant(name, scopes, agents, domains, environment, addresses, rate), "roleArn": role_arn}
    _show(person_client(tenant).post(_CALLERS, body), as_json=json_)


@app.command("revoke")
def revoke(
    caller_id: Annotated[str, typer.Argument(help="awc_…, as `ambit aws-callers list` shows it.")],
    *,
    tenant: Tenant = None,
    json_: Json = False,
) -> None:
    """Let a role call no more, within 60 s; it may then be bound anew."""
    person_client(tenant).delete(f"{_CALLERS}/{caller_id}")
    if json_:
        print_json({"callerId": caller_id, "status": "revoked"})
    else:
        typer.echo(f"{caller_id} revoked: refused everywhere within 60 s")


def _row(caller: dict[str, Any]) -> tuple[Any, ...]:
    return caller["callerId"], caller["name"], caller["roleArn"], " ".join(caller["scopes"]), caller["createdAt"]


def _show(caller: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(caller)
    else:
        print_fields((name, ", ".join(value) if isinstance(value, list) else value) for name, value in caller.items())
