"""`ambit jobs`: asynchronous runs: how far they are, and what becomes of those that ended badly."""

from datetime import datetime
from typing import Annotated, Any

import typer

from scripts.ambit_cli.caller import Tenant, tenant_client
from scripts.ambit_cli.commands.invoke import finish, follow, progress_of
from scripts.ambit_cli.groups import ListsByDefault
from scripts.ambit_cli.output import Json, print_fields, print_json, print_page, print_table, text_of

app = typer.Typer(help="A tenant's jobs; on its own it lists them.", cls=ListsByDefault, rich_markup_mode=None)

JobId = Annotated[str, typer.Argument(help="job_…")]
_TIMES = ["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%d"]
_COLUMNS = ("JOB", "AGENT", "STATUS", "ATTEMPT", "CREATED", "FINISHED")


@app.command("list")
def list_jobs(
    *,
    agent: Annotated[str | None, typer.Option(help="Only of this agent.")] = None,
    status: Annotated[str | None, typer.Option(help="Only in this state, such as running or failed.")] = None,
    since: Annotated[datetime | None, typer.Option("--from", formats=_TIMES, help="Begun then or later (UTC).")] = None,
    until: Annotated[datetime | None, typer.Option("--to", formats=_TIMES, help="Begun before (UTC).")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100)] = 20,
    cursor: Annotated[str | None, typer.Option(help="Continue where the last page ended.")] = None,
    tenant: Tenant = None,
    json_: Json = False,
) -> None:
    """The latest jobs, with how far each is."""
    wanted = {"agent": agent, "status": status, "from": _moment(since), "to": _moment(until)}
    found = tenant_client(tenant).get("/v1/jobs", limit=limit, cursor=cursor, **wanted)
    rows = [
        (job["jobId"], job["agent"], progress_of(job), job.get("attempt"), job["createdAt"], job.get("finishedAt"))
        for job in found["items"]
    ]
    print_page(found, _COLUMNS, rows, empty="No jobs: start one with `ambit invoke`.", as_json=json_)


@app.command("show")
def show(job_id: JobId, *, tenant: Tenant = None, json_: Json = False) -> None:
    """One job: how far it is, its attempts and signs of life, its result."""
    job = tenant_client(tenant).get(f"/v1/jobs/{job_id}")
    if json_:
        print_json(job)
        return
    print_fields((name, value) for name, value in job.items() if not isinstance(value, (dict, list)))
    told = {"progress": progress_of(job), "error": _why(job)}
    print_fields((name, value) for name, value in told.items() if value)
    output = (job.get("result") or {}).get("output")
    if output is not None:
        typer.echo(f"\n{text_of(output)}")


@app.command("watch")
def watch(job_id: JobId, *, tenant: Tenant = None, json_: Json = False) -> None:
    """Follow a job to its end: progress, then its result. Exit code 0 only when it succeeded; Ctrl-C lets it go on."""
    finish(follow(tenant_client(tenant), job_id), as_json=json_)


@app.command("cancel")
def cancel(
    job_ids: Annotated[list[str], typer.Argument(help="job_…, up to 50.")],
    *,
    tenant: Tenant = None,
    json_: Json = False,
) -> None:
    """Cancel jobs, each by itself; exits with 1 when one of them could not be."""
    done = tenant_client(tenant).post("/v1/jobs/cancel", {"jobIds": job_ids})
    if json_:
        print_json(done)
    else:
        rows = [(one["jobId"], one.get("status", one.get("code")), one.get("detail")) for one in done["items"]]
        print_table(("JOB", "NOW", ""), rows, empty="Nothing.")
    if done["failed"]:
        raise typer.Exit(1)


@app.command("requeue")
def requeue(
    job_id: JobId,
    *,
    anew: Annotated[bool, typer.Option("--anew", help="From its start; what it did is done again.")] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Follow the new job to its end.")] = False,
    idempotency_key: Annotated[str | None, typer.Option(help="Make a repetition of this call safe.")] = None,
    tenant: Tenant = None,
    json_: Json = False,
) -> None:
    """Do a job again that ended badly: a new job, from its last checkpoint."""
    client = tenant_client(tenant)
    key = {"idempotency_key": idempotency_key} if idempotency_key else {}
    made = client.post(f"/v1/jobs/{job_id}/requeue", {"from": "start" if anew else "checkpoint"}, **key)
    finish(follow(client, made["jobId"]) if wait else made, as_json=json_)


def _moment(given: datetime | None) -> str | None:
    """As the API takes it; a day is the one in UTC."""
    return None if given is None else given.isoformat() + ("" if given.tzinfo else "Z")


def _why(job: dict[str, Any]) -> str | None:
    error = job.get("error")
    return f"{error['code']}: {error['message']}" if error else None
