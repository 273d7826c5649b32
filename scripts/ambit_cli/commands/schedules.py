"""`ambit schedules`: runs that begin by themselves, at times."""

from typing import Annotated, Any, Final

import typer

from scripts.ambit_cli.caller import Tenant, tenant_client
from scripts.ambit_cli.output import Json, print_fields, print_json, print_page, print_table

app = typer.Typer(help="Have agents run at times.", no_args_is_help=True, rich_markup_mode=None)
_SCHEDULES: Final = "/v1/schedules"
_ROLE: Final = "Tenant.Developer"

ScheduleId = Annotated[str, typer.Argument(help="The schedule, as `ambit schedules list` shows it.")]


@app.command("create")
def create(
    agent: Annotated[str, typer.Argument(help="The agent that runs.")],
    expression: Annotated[
        str, typer.Argument(help="cron(0 9 ? * MON-FRI *), rate(15 minutes) or at(2026-03-04T05:06:00).")
    ],
    *,
    name: Annotated[str, typer.Option(help="What it is for.")],
    text: Annotated[str, typer.Option("--input", help="What the agent is asked.")],
    zone: Annotated[str, typer.Option(help="Whose clock, such as Europe/Berlin.")] = "UTC",
    jitter: Annotated[int, typer.Option(min=0, max=1440, help="Minutes within which a time is told, at random.")] = 0,
    overlap: Annotated[
        str, typer.Option(help="While the run before goes on: skip, queue or cancel_previous.")
    ] = "skip",
    catch_up: Annotated[str, typer.Option(help="What was missed: skip or run_once.")] = "skip",
    tenant: Tenant = None,
    json_: Json = False,
) -> None:
    """Have an agent run at times, as you."""
    body = {
        "name": name,
        "agent": agent,
        "input": text,
        "expression": expression,
        "timeZone": zone,
        "jitterMinutes": jitter,
        "overlap": overlap,
        "catchUp": catch_up,
    }
    _show(tenant_client(tenant, role=_ROLE).post(_SCHEDULES, body), as_json=json_)


@app.command("list")
def list_schedules(
    *,
    limit: Annotated[int, typer.Option(min=1, max=100)] = 50,
    cursor: Annotated[str | None, typer.Option(help="Continue where the last page ended.")] = None,
    tenant: Tenant = None,
    json_: Json = False,
) -> None:
    """List the tenant's schedules, newest first."""
    found = tenant_client(tenant, role=_ROLE).get(_SCHEDULES, limit=limit, cursor=cursor)
    rows = [
        (
            *(one["scheduleId"], one["status"], one["agent"], one["expression"], one["timeZone"]),
            *(next(iter(one["nextRuns"]), None), one["name"]),
        )
        for one in found["items"]
    ]
    columns = ("SCHEDULE", "STATUS", "AGENT", "EXPRESSION", "ZONE", "NEXT", "NAME")
    print_page(found, columns, rows, empty="Nothing is scheduled.", as_json=json_)


@app.command("show")
def show(schedule_id: ScheduleId, *, tenant: Tenant = None, json_: Json = False) -> None:
    """One schedule and what became of its latest times."""
    found = tenant_client(tenant, role=_ROLE).get(f"{_SCHEDULES}/{schedule_id}")
    if json_:
        print_json(found)
        return
    history = found.pop("history")
    _show(found, as_json=False)
    rows = [tuple(one.get(name) for name in ("at", "result", "runId", "detail")) for one in history]
    print_table(("TIME", "RESULT", "RUN", "WHY"), rows, empty="No time has come yet.")


@app.command("preview")
def preview(
    schedule_id: Annotated[str, typer.Argument(help="The schedule, or an expression such as 'rate(15 minutes)'.")],
    *,
    limit: Annotated[int, typer.Option(min=1, max=50, help="How many times.")] = 10,
    zone: Annotated[str, typer.Option(help="Whose clock, for an expression.")] = "UTC",
    tenant: Tenant = None,
    json_: Json = False,
) -> None:
    """Tell the next times, in UTC."""
    client = tenant_client(tenant, role=_ROLE)
    if "(" in schedule_id:
        asked = {"expression": schedule_id, "timeZone": zone, "limit": limit}
        found = client.post(f"{_SCHEDULES}/preview", asked)
    else:
        found = client.get(f"{_SCHEDULES}/{schedule_id}/preview", limit=limit)
    if json_:
        print_json(found)
        return
    for time in found["times"]:
        typer.echo(time)


@app.command("pause")
def pause(schedule_id: ScheduleId, *, tenant: Tenant = None, json_: Json = False) -> None:
    """Have nothing run until it is resumed."""
    _show(_do(schedule_id, "pause", tenant), as_json=json_)


@app.command("resume")
def resume(schedule_id: ScheduleId, *, tenant: Tenant = None, json_: Json = False) -> None:
    """Let a paused or stopped schedule go on."""
    _show(_do(schedule_id, "resume", tenant), as_json=json_)


@app.command("run")
def run(schedule_id: ScheduleId, *, tenant: Tenant = None, json_: Json = False) -> None:
    """Have it run now, besides its times."""
    _show(_do(schedule_id, "run", tenant), as_json=json_)


@app.command("delete")
def delete(schedule_id: ScheduleId, *, tenant: Tenant = None, json_: Json = False) -> None:
    """Remove a schedule; runs that began go on."""
    tenant_client(tenant, role=_ROLE).delete(f"{_SCHEDULES}/{schedule_id}")
    if json_:
        print_json({"scheduleId": schedule_id, "deleted": True})
    else:
        typer.echo(f"{schedule_id} removed")


def _do(schedule_id: str, verb: str, tenant: str | None) -> dict[str, Any]:
    return tenant_client(tenant, role=_ROLE).post(f"{_SCHEDULES}/{schedule_id}/{verb}")


def _show(found: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    shown = {**found, **({"nextRuns": ", ".join(found["nextRuns"])} if "nextRuns" in found else {})}
    last = shown.pop("last", None)
    print_fields([*shown.items(), *([("last", f"{last['result']} {last['at']}")] if last else [])])
