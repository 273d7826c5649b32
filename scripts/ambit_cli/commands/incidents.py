"""`ambit incidents`: what went wrong, and what is done about it."""

from pathlib import Path
from typing import Annotated, Any

import typer

from scripts.ambit_cli.caller import Tenant, operator_client, person_client, tenant_client
from scripts.ambit_cli.output import Json, print_fields, print_json, print_page, print_table

app = typer.Typer(
    help="What went wrong with agents, and what is done about it.", no_args_is_help=True, rich_markup_mode=None
)

IncidentId = Annotated[str, typer.Argument(help="inc_…")]
Platform = Annotated[bool, typer.Option("--platform", help="The platform's own incidents, for operators.")]


@app.command("list")
def list_incidents(
    *,
    status: Annotated[str | None, typer.Option(help="open, mitigated or resolved.")] = None,
    severity: Annotated[str | None, typer.Option(help="S1 to S4.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100)] = 50,
    cursor: Annotated[str | None, typer.Option(help="Continue where the last page ended.")] = None,
    platform: Platform = False,
    tenant: Tenant = None,
    json_: Json = False,
) -> None:
    """List incidents, newest first."""
    client = operator_client() if platform else tenant_client(tenant)
    found = client.get(_path(platform=platform), status=status, severity=severity, limit=limit, cursor=cursor)
    names = ("incidentId", "severity", "status", "kind", "count", "lastEventAt", "title")
    rows = [tuple(item[name] for name in names) for item in found["items"]]
    columns = ("INCIDENT", "SEVERITY", "STATUS", "KIND", "EVENTS", "LAST", "WHAT")
    print_page(found, columns, rows, empty="Nothing has happened.", as_json=json_)


@app.command("show")
def show(incident_id: IncidentId, *, platform: Platform = False, tenant: Tenant = None, json_: Json = False) -> None:
    """One incident, with its timeline."""
    client = operator_client() if platform else tenant_client(tenant)
    _show(client.get(f"{_path(platform=platform)}/{incident_id}"), as_json=json_)


@app.command("patch")
def patch(
    incident_id: IncidentId,
    *,
    status: Annotated[str | None, typer.Option(help="open, mitigated or resolved.")] = None,
    severity: Annotated[str | None, typer.Option(help="S1 to S4.")] = None,
    assignee: Annotated[str | None, typer.Option(help="Who looks after it.")] = None,
    note: Annotated[str | None, typer.Option(help="A line for the timeline.")] = None,
    postmortem: Annotated[
        str | None, typer.Option(help="What was learnt, once it is resolved; @file reads it.")
    ] = None,
    platform: Platform = False,
    tenant: Tenant = None,
    json_: Json = False,
) -> None:
    """Say how an incident stands, how grave it is, who looks after it; or add a note."""
    learnt = Path(postmortem[1:]).read_text(encoding="utf-8") if postmortem and postmortem[0] == "@" else postmortem
    given = {"status": status, "severity": severity, "assignee": assignee, "note": note, "postmortem": learnt}
    body = {name: value for name, value in given.items() if value is not None}
    client = operator_client() if platform else tenant_client(tenant, role="Tenant.Admin")
    _show(client.change(f"{_path(platform=platform)}/{incident_id}", body), as_json=json_)


@app.command("mitigate")
def mitigate(
    incident_id: IncidentId,
    action: Annotated[str, typer.Argument(help="pause, quarantine, revoke or kill_run.")],
    target: Annotated[str | None, typer.Argument(help="An agent, an API key's id or a run's id.")] = None,
    *,
    reason: Annotated[str, typer.Option(help="Why; it is kept in the timeline and in the audit log.")],
    tenant: Tenant = None,
    json_: Json = False,
) -> None:
    """Do something about it: hold the agent, end a run, revoke a key."""
    body = {"action": action, "reason": reason, **({"target": target} if target else {})}
    done = person_client(tenant).post(f"/v1/incidents/{incident_id}/mitigations", body)
    _print(done, as_json=json_)


@app.command("postmortem")
def postmortem(
    incident_id: IncidentId,
    *,
    out: Annotated[Path | None, typer.Option(help="The file to write; left out: standard output.")] = None,
    tenant: Tenant = None,
) -> None:
    """The incident as a document in Markdown."""
    text = tenant_client(tenant).call("GET", f"/v1/incidents/{incident_id}/postmortem").text
    if out is None:
        typer.echo(text)
    else:
        out.write_text(text, encoding="utf-8")
        typer.echo(f"{out} written")


def _path(*, platform: bool) -> str:
    return "/v1/platform/incidents" if platform else "/v1/incidents"


def _show(incident: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(incident)
        return
    print_fields((name, value) for name, value in incident.items() if not isinstance(value, list))
    rows = [(one["at"], one["type"], one["title"], one.get("by"), one.get("note")) for one in incident["timeline"]]
    typer.echo("")
    print_table(("AT", "WHAT", "", "BY", "NOTE"), rows, empty="Nothing happened yet.")


def _print(found: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(found)
    else:
        print_fields(found.items())
