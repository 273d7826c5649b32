"""`ambit runs` and `ambit events`: what ran, and what happened in it."""

from typing import Annotated, Any

import typer

from scripts.ambit_cli.caller import Tenant, tenant_client
from scripts.ambit_cli.groups import ListsByDefault
from scripts.ambit_cli.output import Json, print_fields, print_json, print_json_line, print_table, text_of

app = typer.Typer(help="A tenant's runs; on its own it lists them.", cls=ListsByDefault, rich_markup_mode=None)

RunId = Annotated[str, typer.Argument(help="run_…")]


@app.command("list")
def list_runs(
    *,
    limit: Annotated[int, typer.Option(min=1, max=100)] = 20,
    cursor: Annotated[str | None, typer.Option(help="Continue where the last page ended.")] = None,
    tenant: Tenant = None,
    json_: Json = False,
) -> None:
    """The latest runs."""
    found = tenant_client(tenant).get("/v1/runs", limit=limit, cursor=cursor)
    if json_:
        print_json(found)
    else:
        print_runs(found, empty="No runs yet: start one with `ambit invoke`.")


@app.command("show")
def show(run_id: RunId, *, tenant: Tenant = None, json_: Json = False) -> None:
    """One run: status, usage, cost, output."""
    print_run(tenant_client(tenant).get(f"/v1/runs/{run_id}"), as_json=json_)


def print_runs(found: dict[str, Any], *, empty: str) -> None:
    """A page of runs as a table."""
    rows = [(run["runId"], run["agent"], run["mode"], run["status"], run.get("createdAt")) for run in found["items"]]
    print_table(("RUN", "AGENT", "MODE", "STATUS", "CREATED"), rows, empty=empty)
    if found.get("nextCursor"):
        typer.echo(f"more: --cursor {found['nextCursor']}", err=True)


def print_run(run: dict[str, Any], *, as_json: bool) -> None:
    """One run: its fields, then its output."""
    if as_json:
        print_json(run)
        return
    plain = [(name, value) for name, value in run.items() if not isinstance(value, (dict, list)) and name != "output"]
    cost = run.get("cost") or {}
    usage = [(name, value) for name, value in (run.get("usage") or {}).items()]
    print_fields([*plain, ("cost", f"{cost['amount']} {cost['currency']}" if cost else None), *usage])
    if run.get("error"):
        print_fields([("error", f"{run['error']['code']}: {run['error']['message']}")])
    _print_decisions(run)
    if run.get("output") is not None:
        typer.echo(f"\n{text_of(run['output'])}")


def _print_decisions(run: dict[str, Any]) -> None:
    """What was decided about the run's calls, a line each; nothing for a run without any."""
    decided = run.get("policyDecisions") or []
    if not decided:
        return
    why = [one.get("explanation") or one.get("code") for one in decided]
    rows = [
        (one["seq"], one["tool"], one["outcome"], one.get("ruleId"), reason)
        for one, reason in zip(decided, why, strict=True)
    ]
    typer.echo("")
    print_table(("EVENT", "TOOL", "OUTCOME", "RULE", "WHY"), rows, empty="")
    if run.get("policyDecisionsOmitted"):
        typer.echo(f"earlier ones: ambit events {run['runId']}", err=True)


@app.command("cancel")
def cancel(run_id: RunId, *, tenant: Tenant = None, json_: Json = False) -> None:
    """Stop a run."""
    found = tenant_client(tenant).post(f"/v1/runs/{run_id}/cancel")
    if json_:
        print_json(found)
    else:
        typer.echo(f"{run_id} {found.get('status', 'cancelled')}")


def events(
    run_id: RunId,
    *,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Stay until the run ends.")] = False,
    after: Annotated[int, typer.Option(min=0, help="Only events after this sequence number.")] = 0,
    tenant: Tenant = None,
    json_: Json = False,
) -> None:
    """The events of a run, in order; with --json one JSON object a line."""
    from scripts.ambit_cli.commands.invoke import show_event
    from scripts.ambit_cli.sse import events as parse

    client = tenant_client(tenant)
    if follow:
        with client.stream("GET", f"/v1/runs/{run_id}/events?after={after}") as lines:
            for event in parse(lines):
                show_event(event, as_json=json_)
        return
    for event in client.get(f"/v1/runs/{run_id}/events", after=after)["items"]:
        print_json_line(event) if json_ else typer.echo(_line(event))


def _line(event: dict[str, Any]) -> str:
    rest = {name: value for name, value in event["payload"].items() if name != "type"}
    said = rest.get("text") or rest or ""
    return f"{event['seq']:>6}  {event['timestamp']}  {event['stream']:<9}  {event['event']:<10}  {said}"
