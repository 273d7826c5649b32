"""`ambit keys`: the API keys of a tenant, for its administrators; `inspect` is for whoever finds one."""

import sys
from typing import Annotated, Any, Final

import typer

from scripts.ambit_cli.caller import Tenant, person_client
from scripts.ambit_cli.exits import Exit, fail
from scripts.ambit_cli.grant import Addresses, Agents, Days, Domains, Environment, Rate, Scopes, ending, grant
from scripts.ambit_cli.output import Json, print_fields, print_json, print_page

app = typer.Typer(help="Make, look at, rotate and revoke API keys.", no_args_is_help=True, rich_markup_mode=None)

KeyId = Annotated[str, typer.Argument(help="key_…, as `ambit keys list` shows it.")]
_KEYS: Final = "/v1/api-keys"
_COLUMNS: Final = ("KEY", "NAME", "BEGINS", "STATUS", "SCOPES", "EXPIRES", "USES", "LAST USED")
_EMPTY: Final = "No keys: `ambit keys create NAME --scope agents:invoke`."
_ONCE: Final = "The secret is not shown again, and nobody can look it up: put it where your other secrets are."


@app.command("list")
def list_keys(
    *,
    limit: Annotated[int, typer.Option(min=1, max=100)] = 50,
    cursor: Annotated[str | None, typer.Option(help="Continue where the last page ended.")] = None,
    tenant: Tenant = None,
    json_: Json = False,
) -> None:
    """List the tenant's keys, newest first."""
    found = person_client(tenant).get(_KEYS, limit=limit, cursor=cursor)
    print_page(found, _COLUMNS, map(_row, found["items"]), empty=_EMPTY, as_json=json_)


@app.command("show")
def show(key_id: KeyId, *, tenant: Tenant = None, json_: Json = False) -> None:
    """One key, how often it was used and when last (up to a minute late)."""
    _show(person_client(tenant).get(f"{_KEYS}/{key_id}"), as_json=json_)


@app.command("create")
def create(
    name: Annotated[str, typer.Argument(help="What it is for: a name that people will recognise.")],
    *,
    scopes: Scopes,
    agents: Agents = None,
    domains: Domains = None,
    environment: Environment = "prod",
    addresses: Addresses = None,
    rate: Rate = None,
    days: Days = None,
    tenant: Tenant = None,
    json_: Json = False,
) -> None:
    """Make a key; it lasts 90 days unless --days says otherwise. Its secret is shown this once."""
    body = {**grant(name, scopes, agents, domains, environment, addresses, rate), **ending(days)}
    _show_once(person_client(tenant).post(_KEYS, body), as_json=json_)


@app.command("rotate")
def rotate(
    key_id: KeyId,
    *,
    overlap_seconds: Annotated[
        int, typer.Option(min=0, max=604800, help="How long the present secret stays valid; 0 after a leak.")
    ] = 86400,
    days: Days = None,
    tenant: Tenant = None,
    json_: Json = False,
) -> None:
    """Give a key a new secret, shown this once; without --days it lasts as long as the present one was made to."""
    body = {"overlapSeconds": overlap_seconds, **ending(days)}
    _show_once(person_client(tenant).post(f"{_KEYS}/{key_id}/rotate", body), as_json=json_)


@app.command("revoke")
def revoke(key_id: KeyId, *, tenant: Tenant = None, json_: Json = False) -> None:
    """End a key and all its secrets for good, within 60 s."""
    person_client(tenant).delete(f"{_KEYS}/{key_id}")
    if json_:
        print_json({"keyId": key_id, "status": "revoked"})
    else:
        typer.echo(f"{key_id} revoked: refused everywhere within 60 s")


@app.command("inspect")
def inspect(*, json_: Json = False) -> None:
    """Say of a text on standard input whether it is an API key, and by what it is found; offline."""
    from platform_kit import api_key

    text = sys.stdin.read().strip()
    if not api_key.well_formed(text):
        fail("this is no API key: its form or its checksum is wrong.", Exit.FAILED)
    found = {"prefix": api_key.shown(text), "sha256": api_key.digest(text)}
    if json_:
        print_json(found)
    else:
        print_fields(found.items())


def _row(key: dict[str, Any]) -> tuple[Any, ...]:
    names = ("keyId", "name", "prefix", "status", "scopes", "expiresAt", "useCount", "lastUsedAt")
    return tuple(" ".join(value) if isinstance(value := key.get(name), list) else value for name in names)


def _show_once(made: dict[str, Any], *, as_json: bool) -> None:
    _show(made, as_json=as_json)
    if made.get("secret"):
        typer.echo(_ONCE, err=True)


def _show(key: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(key)
        return
    secrets = [f"{secret['prefix']}… until {secret['expiresAt']}" for secret in key.get("secrets", [])]
    shown = {**key, "secrets": secrets}
    print_fields((name, ", ".join(value) if isinstance(value, list) else value) for name, value in shown.items())
