"""`ambit tenants`: the lifecycle of tenants, for operators."""

import time
from typing import Annotated, Any, Final

import typer

from scripts.ambit_cli.caller import operator_client
from scripts.ambit_cli.exits import Exit, fail
from scripts.ambit_cli.output import Json, print_fields, print_json, print_table

app = typer.Typer(help="Create, look at, suspend and reinstate tenants.", no_args_is_help=True, rich_markup_mode=None)

TenantId = Annotated[str, typer.Argument(help="The tenant's id, for example acme.")]
_DEADLINE_SECONDS: Final = 120


@app.command("create")
def create(
    tenant_id: TenantId,
    *,
    name: Annotated[str | None, typer.Option(help="The tenant's name; its id when left out.")] = None,
    tier: Annotated[str, typer.Option(help="basic, standard or premium.")] = "basic",
    wait: Annotated[bool, typer.Option(help="Wait until it is provisioned.")] = True,
    json_: Json = False,
) -> None:
    """Create and provision a tenant."""
    client = operator_client()
    operation = client.post("/v1/tenants", {"id": tenant_id, "name": name or tenant_id, "tier": tier})
    deadline = time.monotonic() + _DEADLINE_SECONDS
    while wait and operation["status"] in {"queued", "running"}:
        if time.monotonic() > deadline:
            fail(
                f"still provisioning: look at it with GET /v1/operations/{operation['operationId']}.", Exit.UNAVAILABLE
            )
        time.sleep(0.3)
        operation = client.get(f"/v1/operations/{operation['operationId']}")
    _show_operation(tenant_id, operation, as_json=json_)


@app.command("list")
def list_tenants(
    *,
    limit: Annotated[int, typer.Option(min=1, max=100)] = 50,
    cursor: Annotated[str | None, typer.Option(help="Continue where the last page ended.")] = None,
    json_: Json = False,
) -> None:
    """List the tenants."""
    found = operator_client().get("/v1/tenants", limit=limit, cursor=cursor)
    if json_:
        print_json(found)
        return
    rows = [(item["id"], item["name"], item["tier"], item["status"], item.get("createdAt")) for item in found["items"]]
    print_table(
        ("TENANT", "NAME", "TIER", "STATUS", "CREATED"), rows, empty="No tenants yet: `ambit tenants create ID`."
    )
    if found.get("nextCursor"):
        typer.echo(f"more: --cursor {found['nextCursor']}", err=True)


@app.command("show")
def show(tenant_id: TenantId, *, json_: Json = False) -> None:
    """One tenant."""
    _show_tenant(operator_client().get(f"/v1/tenants/{tenant_id}"), as_json=json_)


@app.command("suspend")
def suspend(
    tenant_id: TenantId,
    *,
    reason: Annotated[str, typer.Option(help="Why; it is kept with the tenant.")],
    json_: Json = False,
) -> None:
    """Stop everything a tenant does, within 60 s."""
    _show_tenant(operator_client().post(f"/v1/tenants/{tenant_id}/suspend", {"reason": reason}), as_json=json_)


@app.command("reinstate")
def reinstate(tenant_id: TenantId, *, json_: Json = False) -> None:
    """Let a suspended tenant work again."""
    _show_tenant(operator_client().post(f"/v1/tenants/{tenant_id}/reinstate"), as_json=json_)


def _show_tenant(tenant: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(tenant)
    else:
        print_fields(tenant.items())


def _show_operation(tenant_id: str, operation: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(operation)
    else:
        error = operation.get("error") or {}
        typer.echo(f"{tenant_id} {operation['status']} {error.get('message', '')}".rstrip())
    if operation["status"] == "failed":
        raise typer.Exit(Exit.FAILED)
