"""`ambit members`: the people of a tenant, for its administrators; `accept` is for whoever was invited."""

from typing import Annotated, Any, Final

import typer

from scripts.ambit_cli.caller import Tenant, person_client
from scripts.ambit_cli.output import Json, print_fields, print_json, print_page

app = typer.Typer(help="Invite people, and change what they may do.", no_args_is_help=True, rich_markup_mode=None)

UserId = Annotated[str, typer.Argument(help="usr_…")]
Roles = Annotated[
    list[str], typer.Option("--role", help="Tenant.Viewer, Tenant.Developer or Tenant.Admin; may be repeated.")
]
Limit = Annotated[int, typer.Option(min=1, max=100)]
Cursor = Annotated[str | None, typer.Option(help="Continue where the last page ended.")]
_INVITES: Final = "/v1/users/invites"


@app.command("list")
def list_members(*, limit: Limit = 50, cursor: Cursor = None, tenant: Tenant = None, json_: Json = False) -> None:
    """List the members by record."""
    found = person_client(tenant).get("/v1/users", limit=limit, cursor=cursor)
    rows = [
        (user["userId"], user["email"], " ".join(user["roles"]), user["status"], user["createdAt"])
        for user in found["items"]
    ]
    print_page(
        found,
        ("MEMBER", "ADDRESS", "ROLES", "STATUS", "SINCE"),
        rows,
        empty="Nobody yet: `ambit members invite ADDRESS --role Tenant.Developer`.",
        as_json=json_,
    )


@app.command("invites")
def list_invites(*, limit: Limit = 50, cursor: Cursor = None, tenant: Tenant = None, json_: Json = False) -> None:
    """List the invites and what became of them."""
    found = person_client(tenant).get(_INVITES, limit=limit, cursor=cursor)
    rows = [
        (invite["inviteId"], invite["email"], " ".join(invite["roles"]), invite["state"], invite["expiresAt"])
        for invite in found["items"]
    ]
    columns = ("INVITE", "ADDRESS", "ROLES", "STATE", "EXPIRES")
    print_page(found, columns, rows, empty="No invites.", as_json=json_)


@app.command("invite")
def invite(
    email: Annotated[str, typer.Argument(help="Whom to invite.")],
    *,
    roles: Roles,
    days: Annotated[int, typer.Option(min=1, max=30, help="How long the invite is good.")] = 7,
    tenant: Tenant = None,
    json_: Json = False,
) -> None:
    """Invite an address. The token is shown this once: hand it over safely."""
    body = {"email": email, "roles": roles, "expiresInDays": days}
    made = person_client(tenant).post(_INVITES, body)
    if json_:
        print_json(made)
        return
    _show({**made, "roles": " ".join(made["roles"])})
    typer.echo("The token is not shown again. Whoever was invited runs: ambit members accept TOKEN", err=True)


@app.command("withdraw")
def withdraw(
    invite_id: Annotated[str, typer.Argument(help="inv_…")], *, tenant: Tenant = None, json_: Json = False
) -> None:
    """Make an invite's token worthless."""
    person_client(tenant).call("DELETE", f"{_INVITES}/{invite_id}")
    if json_:
        print_json({"inviteId": invite_id, "state": "withdrawn"})
    else:
        typer.echo(f"{invite_id} withdrawn")


@app.command("accept")
def accept(
    token: Annotated[str, typer.Argument(envvar="AMBIT_INVITE", help="The token of the invite.")],
    *,
    tenant: Tenant = None,
    json_: Json = False,
) -> None:
    """Become a member by an invite, as the person you are signed in as; the roles hold within 60 s."""
    _show_member(person_client(tenant, role="Tenant.Guest").post(f"{_INVITES}/accept", {"token": token}), as_json=json_)


@app.command("set-roles")
def set_roles(user_id: UserId, *, roles: Roles, tenant: Tenant = None, json_: Json = False) -> None:
    """Give a member these roles instead of those it has."""
    _change(user_id, {"roles": roles}, tenant, as_json=json_)


@app.command("disable")
def disable(user_id: UserId, *, tenant: Tenant = None, json_: Json = False) -> None:
    """Deny a member everything within 60 s, whatever its token says."""
    _change(user_id, {"status": "disabled"}, tenant, as_json=json_)


@app.command("enable")
def enable(user_id: UserId, *, tenant: Tenant = None, json_: Json = False) -> None:
    """Let a disabled member in again."""
    _change(user_id, {"status": "active"}, tenant, as_json=json_)


def _change(user_id: str, body: dict[str, Any], tenant: str | None, *, as_json: bool) -> None:
    _show_member(person_client(tenant).change(f"/v1/users/{user_id}", body), as_json=as_json)


def _show_member(member: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(member)
    else:
        _show({**member, "roles": " ".join(member["roles"])})


def _show(fields: dict[str, Any]) -> None:
    print_fields(fields.items())
