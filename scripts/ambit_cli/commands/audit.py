"""`ambit audit`: who did what in a tenant."""

import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from scripts.ambit_cli.caller import Tenant, tenant_client
from scripts.ambit_cli.exits import Exit, fail
from scripts.ambit_cli.output import Json, print_fields, print_json, print_table

app = typer.Typer(help="Read, export and verify the audit log.", no_args_is_help=True, rich_markup_mode=None)
_ADMIN: Final = "Tenant.Admin"


@app.command("list")
def list_entries(
    *,
    order: Annotated[str, typer.Option(help="newest or oldest first.")] = "newest",
    action: Annotated[str | None, typer.Option(help="Only actions that begin so, such as member.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100)] = 20,
    cursor: Annotated[str | None, typer.Option(help="Continue where the last page ended.")] = None,
    tenant: Tenant = None,
    json_: Json = False,
) -> None:
    """List entries."""
    found = tenant_client(tenant, role=_ADMIN).get("/v1/audit", order=order, action=action, limit=limit, cursor=cursor)
    if json_:
        print_json(found)
        return
    rows = [
        (entry["seq"], entry["time"], entry["action"], entry["target"], entry["decision"], entry.get("principalId"))
        for entry in found["items"]
    ]
    print_table(("NO.", "TIME", "ACTION", "TARGET", "DECISION", "BY"), rows, empty="No entries.")
    if found.get("nextCursor"):
        typer.echo(f"more: --cursor {found['nextCursor']}", err=True)


@app.command("export")
def export(
    *,
    format_: Annotated[str, typer.Option("--format", help="jsonl or csv.")] = "jsonl",
    after: Annotated[int, typer.Option(min=0, help="Only entries with a higher number.")] = 0,
    out: Annotated[Path | None, typer.Option(help="Write here instead of to standard output.")] = None,
    tenant: Tenant = None,
) -> None:
    """Export the log as far as it goes now; the export is itself entered in the log."""
    client = tenant_client(tenant, role=_ADMIN)
    path: str | None = f"/v1/audit/export?format={format_}&after={after}"
    parts: list[str] = []
    while path is not None:
        answer = client.call("GET", path)
        parts.append(answer.text if not parts else _without_heading(answer.text, format_))
        path = answer.links.get("next", {}).get("url")
    if out is None:
        sys.stdout.write("".join(parts))
    else:
        out.write_text("".join(parts), encoding="utf-8", newline="")


@app.command("verify")
def verify(
    files: Annotated[list[Path], typer.Argument(help="Exports (jsonl or csv) that follow each other.")],
    *,
    json_: Json = False,
) -> None:
    """Check exports by themselves, offline; says the first entry that does not hold and leaves with 1."""
    from scripts.ambit_cli.audit_file import Broken, verify

    try:
        verdict = verify(files)
    except Broken as broken:
        if json_:
            print_json({"holds": False, "where": broken.where, "why": broken.why})
            raise typer.Exit(Exit.FAILED) from None
        fail(f"the audit log is broken at {broken.where}: {broken.why}.", Exit.FAILED)
    except (OSError, UnicodeDecodeError) as failure:
        fail(f"the file cannot be read ({type(failure).__name__}).")
    if json_:
        print_json({"holds": True, **verdict._asdict()})
        return
    print_fields([("holds", "yes"), *verdict._asdict().items()])


def _without_heading(text: str, format_: str) -> str:
    return text.partition("\n")[2] if format_ == "csv" else text
