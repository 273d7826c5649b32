"""`ambit tenants`: the lifecycle of tenants, for operators."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from scripts.ambit_cli.caller import operator_client
from scripts.ambit_cli.exits import Exit, fail
from scripts.ambit_cli.operations import wait_for
from scripts.ambit_cli.output import Json, print_fields, print_json, print_table

if TYPE_CHECKING:
    from scripts.ambit_cli.client import Client

app = typer.Typer(
    help="Create, look at, suspend, reinstate, export, import and delete tenants.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

TenantId = Annotated[str, typer.Argument(help="The tenant's id, for example acme.")]
_DEADLINE_SECONDS: Final = 120
_LONG_DEADLINE_SECONDS: Final = 24 * 3600


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
    if wait:
        operation = wait_for(client, operation, _DEADLINE_SECONDS)
    _show_operation(tenant_id, operation, as_json=json_)


@app.command("list")
def list_tenants(
    *,
    status: Annotated[str | None, typer.Option(help="Only tenants in this state, such as suspended.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100)] = 50,
    cursor: Annotated[str | None, typer.Option(help="Continue where the last page ended.")] = None,
    json_: Json = False,
) -> None:
    """List the tenants."""
    found = operator_client().get("/v1/tenants", status=status, limit=limit, cursor=cursor)
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


@app.command("regions")
def regions(
    tenant_id: TenantId,
    *,
    region: Annotated[
        list[str] | None,
        typer.Option("--region", help="May be repeated; left out: nowhere but where its data is."),
    ] = None,
    json_: Json = False,
) -> None:
    """Say where besides its residency a tenant's agents may run, while they cannot run there."""
    found = operator_client().change(f"/v1/tenants/{tenant_id}", {"runtimeRegions": region or []})
    _show_tenant(found, as_json=json_)


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


@app.command("export")
def export(
    tenant_id: TenantId,
    *,
    to: Annotated[Path | None, typer.Option(help="Fetch the files into this directory and check their hashes.")] = None,
    json_: Json = False,
) -> None:
    """Export all that a tenant has: JSON-lines with hashes, and a manifest."""
    client = operator_client()
    operation = wait_for(client, client.post(f"/v1/tenants/{tenant_id}/export"), _LONG_DEADLINE_SECONDS)
    if to is not None and operation["status"] == "succeeded":
        _fetch(client, operation, to)
    _show_operation(tenant_id, operation, as_json=json_)


@app.command("rotate-key")
def rotate_key(
    tenant_id: TenantId,
    *,
    wait: Annotated[bool, typer.Option(help="Wait until the new key is in use.")] = True,
    json_: Json = False,
) -> None:
    """Take a new data key into use; what is stored stays readable. A tenant without a key gets one."""
    client = operator_client()
    operation = client.post(f"/v1/tenants/{tenant_id}/rotate-key")
    if wait:
        operation = wait_for(client, operation, _DEADLINE_SECONDS)
    _show_operation(tenant_id, operation, as_json=json_)


app.command("rekey", help="Give a tenant that has no key one: the same as rotate-key.")(rotate_key)


@app.command("import")
def import_(
    tenant_id: TenantId,
    *,
    export_operation: Annotated[str, typer.Option("--export", help="The export's operation id (opn_…).")],
    json_: Json = False,
) -> None:
    """Write another tenant's export into this fresh tenant."""
    client = operator_client()
    begun = client.post(f"/v1/tenants/{tenant_id}/import", {"exportOperationId": export_operation})
    _show_operation(tenant_id, wait_for(client, begun, _LONG_DEADLINE_SECONDS), as_json=json_)


@app.command("delete")
def delete(
    tenant_id: TenantId,
    *,
    yes_delete: Annotated[str, typer.Option("--yes-delete", help="The tenant's id once more: this cannot be undone.")],
    wait: Annotated[bool, typer.Option(help="Wait until nothing is left.")] = True,
    json_: Json = False,
) -> None:
    """Close a tenant for good and delete all it has; what is shown at the end is the certificate."""
    if yes_delete != tenant_id:
        fail(f"nothing was deleted: say --yes-delete {tenant_id} to delete {tenant_id}.")
    client, path = operator_client(), f"/v1/tenants/{tenant_id}"
    operation = client.delete(path, {"confirm": yes_delete}, if_match=client.find(path)[1])
    if wait:
        operation = wait_for(client, operation, _LONG_DEADLINE_SECONDS)
    certificate = operation.get("certificate")
    if certificate and not json_:
        print_json(certificate)
    _show_operation(tenant_id, operation, as_json=json_)


def _fetch(client: "Client", operation: dict[str, Any], folder: Path) -> None:
    """Every file of an export; one that is not what the export says is refused."""
    folder.mkdir(parents=True, exist_ok=True)
    page = operation.get("downloads") or []
    parts = 0
    while page:
        for file in page:
            client.download(file["url"], folder / Path(file["name"]).name, sha256=file["sha256"])
            typer.echo(f"{file['name']} {file['bytes']} bytes", err=True)
        parts += len(page) - 1  # the manifest comes with every page
        following = client.get(f"/v1/operations/{operation['operationId']}", partsAfter=parts)
        page = (following.get("downloads") or [])[1:]
        page = [following["downloads"][0], *page] if page else []


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
