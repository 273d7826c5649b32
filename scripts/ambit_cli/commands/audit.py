"""`ambit audit`: who did what in a tenant."""

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from scripts.ambit_cli.caller import Tenant, operator_client, tenant_client
from scripts.ambit_cli.exits import Exit, fail
from scripts.ambit_cli.output import Json, print_fields, print_json, print_table

if TYPE_CHECKING:
    from governance.audit.verification import Verdict
    from scripts.ambit_cli.audit_tail import Sink
    from scripts.ambit_cli.client import Client

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
    checkpoint: Annotated[bool, typer.Option(help="End in a checkpoint that is signed now.")] = True,
    tenant: Tenant = None,
) -> None:
    """Export the log as far as it goes now; the export is itself entered in the log."""
    client = tenant_client(tenant, role=_ADMIN)
    signed = client.post("/v1/audit/checkpoints") if checkpoint else None
    end = f"&through={signed['count']}" if signed else ""
    path: str | None = f"/v1/audit/export?format={format_}&after={after}{end}"
    parts: list[str] = []
    while path is not None:
        answer = client.call("GET", path)
        parts.append(answer.text if not parts else _without_heading(answer.text, format_))
        path = answer.links.get("next", {}).get("url")
    if out is None:
        sys.stdout.write("".join(parts))
    else:
        out.write_text("".join(parts), encoding="utf-8", newline="")
    if signed:
        typer.echo(f"ends in the checkpoint of {signed['count']} entries, signed {signed['time']}", err=True)


@app.command("checkpoints")
def checkpoints(
    *,
    out: Annotated[Path | None, typer.Option(help="Write them here, one a line, as `audit verify` reads them.")] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Have one signed now first.")] = False,
    tenant: Tenant = None,
    json_: Json = False,
) -> None:
    """List the signed checkpoints of the log, oldest first."""
    client = tenant_client(tenant, role=_ADMIN)
    if fresh:
        client.post("/v1/audit/checkpoints")
    found = _all_checkpoints(client)
    if out is not None:
        out.write_text("".join(json.dumps(one) + "\n" for one in found), encoding="utf-8")
    elif json_:
        print_json({"items": found})
    else:
        rows = [(one["count"], one["time"], one["head"][:16], one["root"][:16], one["keyId"]) for one in found]
        print_table(("ENTRIES", "SIGNED", "HEAD", "ROOT", "KEY"), rows, empty="No checkpoints.")


@app.command("keys")
def keys(
    *,
    out: Annotated[Path | None, typer.Option(help="Write here instead of to standard output.")] = None,
    tenant: Tenant = None,
) -> None:
    """Show the public key that checkpoints are verified with (PEM)."""
    found = tenant_client(tenant, role=_ADMIN).get("/v1/audit/keys")
    text = "".join(key["pem"] for key in found["items"])
    if out is None:
        sys.stdout.write(text)
    else:
        out.write_text(text, encoding="utf-8")


@app.command("verify")
def verify(
    files: Annotated[list[Path], typer.Argument(help="Exports (jsonl or csv) that follow each other.")],
    *,
    checkpoints: Annotated[list[Path] | None, typer.Option(help="Signed checkpoints of the log.")] = None,
    key: Annotated[list[Path] | None, typer.Option(help="The public key they are signed with (PEM).")] = None,
    of: Annotated[str | None, typer.Option(help="The tenant whose log it must be.")] = None,
    json_: Json = False,
) -> None:
    """Check exports by themselves, offline; says the first entry that does not hold and leaves with 1."""
    from scripts.ambit_cli.audit_file import Broken, verify

    if bool(checkpoints) != bool(key):
        fail("--checkpoints and --key belong together: a checkpoint that nobody verifies proves nothing.")
    try:
        verdict = verify(files, checkpoints=checkpoints or (), keys=key or (), tenant=of)
    except Broken as broken:
        if json_:
            print_json({"holds": False, "where": broken.where, "kind": broken.kind.value, "why": broken.why})
            raise typer.Exit(Exit.FAILED) from None
        fail(f"the audit log is broken at {broken.where}: {broken.why} ({broken.kind.value}).", Exit.FAILED)
    except (OSError, ValueError) as failure:
        fail(f"a file cannot be read ({type(failure).__name__}).")
    told = {**verdict._asdict(), "unjoined": [one._asdict() for one in verdict.unjoined]}
    if json_:
        print_json({"holds": True, **told, "unseen": unseen(verdict)})
        return
    print_fields([("holds", "yes"), *((name, value) for name, value in told.items() if name != "unjoined")])
    for one in verdict.unjoined:
        typer.echo(f"no outcome: entry {one.seq}, call {one.call_id} of {one.tool} in {one.run_id}, which is over")
    for line in unseen(verdict):
        typer.echo(f"cannot be seen: {line}", err=True)


@app.command("check")
def check(
    tenant: Annotated[str, typer.Argument(help="The tenant's id, or `platform` for the platform's own log.")],
    *,
    repair_head: Annotated[
        bool, typer.Option("--repair-head", help="Set the chain's end right when it lies behind a ledger that holds.")
    ] = False,
    json_: Json = False,
) -> None:
    """Verify a tenant's whole log where it lies (operators); leaves with 1 when it does not hold."""
    found = operator_client().post(f"/v1/tenants/{tenant}/audit-check", {"repairHead": repair_head})
    if json_:
        print_json(found)
    elif found["holds"]:
        shown = ("tenant", "entries", "last", "head", "covered", "repaired")
        print_fields([("holds", "yes"), *((name, found[name]) for name in shown)])
        for one in found["unjoined"]:
            typer.echo(f"no outcome: entry {one['seq']}, call {one['callId']} of {one['tool']} in {one['runId']}")
    if not found["holds"]:
        if json_:
            raise typer.Exit(Exit.FAILED)
        told = f"{found['why']} ({found['kind']})"
        fail(f"the audit log of {tenant} is broken at entry {found['entry']}: {told}.", Exit.FAILED)


@app.command("tail")
def tail_log(
    *,
    to_file: Annotated[Path | None, typer.Option(help="Append entries to this file, as JSON lines.")] = None,
    to_url: Annotated[str | None, typer.Option(help="POST entries to this URL, as JSON lines.")] = None,
    state: Annotated[Path, typer.Option(help="Where it is kept how far it is.")] = Path("ambit-audit.state"),
    follow: Annotated[bool, typer.Option("--follow", help="Go on for ever.")] = False,
    action: Annotated[str | None, typer.Option(help="Only actions that begin so, such as tool.")] = None,
    allow: Annotated[str, typer.Option(help="Origins inside your network, such as http://10.0.0.5:8088.")] = "",
    tenant: Tenant = None,
) -> None:
    """Hand new entries to a file or a URL, for a SIEM: at least once each, on from where it was.

    AMBIT_SINK_TOKEN holds the URL's bearer token, if it wants one.
    """
    from platform_kit.outbound import OutboundError
    from scripts.ambit_cli import audit_tail

    if (to_file is None) == (to_url is None):
        fail("say where to: --to-file or --to-url.")
    try:
        place = audit_tail.Place(state)
        place.read()
        sink = _sink(to_file, to_url, allow, os.environ.get(audit_tail.TOKEN))
        client = tenant_client(tenant, role=_ADMIN)
        handed = audit_tail.tail(client, sink, place, follow=follow, action=action)
    except audit_tail.SinkFailed as failed:
        fail(f"the sink took no entries ({failed}); what was not taken is handed over again next time.", Exit.FAILED)
    except (OutboundError, ValueError, OSError) as failure:
        fail(f"it cannot begin: {failure}.")
    typer.echo(f"{handed} entries", err=True)


def unseen(verdict: "Verdict") -> list[str]:
    """What a verdict says nothing about."""
    told = [f"entries before {verdict.first}, which are not in the files"] if verdict.first > 1 else []
    if not verdict.covered:
        return [*told, "whether entries after the last one are missing, or all of it was written anew: no checkpoints"]
    if verdict.last > verdict.covered:
        told.append(
            f"whether entries after {verdict.covered}, the newest checkpoint, are all there and the first written"
        )
    return told


def _sink(to_file: Path | None, to_url: str | None, allow: str, token: str | None) -> "Sink":
    from platform_kit.outbound import allowances
    from scripts.ambit_cli.audit_tail import FileSink, HttpSink

    if to_file is not None:
        return FileSink(to_file)
    return HttpSink(str(to_url), token=token, allowed=allowances(allow))


def _all_checkpoints(client: "Client") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        page = client.get("/v1/audit/checkpoints", limit=100, cursor=cursor)
        found += page["items"]
        cursor = page.get("nextCursor")
        if not cursor:
            return found


def _without_heading(text: str, format_: str) -> str:
    return text.partition("\n")[2] if format_ == "csv" else text
