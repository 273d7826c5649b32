"""`ambit retention`: remove what is past its time, and see what was removed; for operators."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer

from scripts.ambit_cli.caller import operator_client
from scripts.ambit_cli.exits import Exit, fail
from scripts.ambit_cli.operations import wait_for
from scripts.ambit_cli.output import Json, print_fields, print_json

app = typer.Typer(
    help="Remove what is past its time, of all tenants, and see what was removed.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
_DEADLINE_SECONDS = 24 * 3600


@app.command("sweep")
def sweep(
    *,
    wait: Annotated[bool, typer.Option(help="Wait until it is done.")] = True,
    json_: Json = False,
) -> None:
    """Sweep now, and not only by night."""
    client = operator_client()
    operation = client.post("/v1/platform/retention-sweeps")
    _show(wait_for(client, operation, _DEADLINE_SECONDS) if wait else operation, as_json=json_)


@app.command("show")
def show(
    operation_id: Annotated[
        str | None, typer.Argument(help="A sweep (opn_…); the last nightly one if left out.")
    ] = None,
    *,
    json_: Json = False,
) -> None:
    """Show what a sweep removed, by kind, and for how many tenants it failed."""
    from data_access_lib.retention import sweep_of_day

    client, now = operator_client(), datetime.now(UTC)
    wanted = [operation_id] if operation_id else [sweep_of_day(now - timedelta(days=days)) for days in (0, 1)]
    for one in wanted:
        found, _ = client.find(f"/v1/operations/{one}")
        if found is not None:
            _show(found, as_json=json_)
            return
    if operation_id:
        fail(f"there is no sweep {operation_id}; `ambit retention sweep` tells the id of its own.", Exit.FAILED)
    fail("there is no such sweep: none ran last night. Start one with `ambit retention sweep`.", Exit.FAILED)


def _show(operation: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(operation)
    else:
        error = (operation.get("error") or {}).get("message")
        told = {name: operation[name] for name in ("operationId", "status", "createdAt", "updatedAt")}
        print_fields([*told.items(), *(operation.get("result") or {}).items(), *([("error", error)] if error else [])])
    if operation["status"] == "failed":
        raise typer.Exit(Exit.FAILED)
