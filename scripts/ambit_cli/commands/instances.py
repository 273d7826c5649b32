"""`ambit instances`: a tenant's use of agents: what holds it back, and how that is lifted."""

from typing import Annotated, Any

import typer

from scripts.ambit_cli.caller import Tenant, operator_client, person_client, tenant_client
from scripts.ambit_cli.output import Json, print_fields, print_json, print_page, print_table

app = typer.Typer(help="Hold agents back, and let them go on.", no_args_is_help=True, rich_markup_mode=None)

_INSTANCES = "/v1/instances"
Agent = Annotated[str, typer.Argument(help="The agent's name.")]
Reason = Annotated[str, typer.Option(help="Why; it is kept with the hold and in the audit log.")]


Of = Annotated[str | None, typer.Option("--of", help="Another tenant's instances, for operators.")]


@app.command("list")
def list_instances(
    *,
    limit: Annotated[int, typer.Option(min=1, max=100)] = 50,
    cursor: Annotated[str | None, typer.Option(help="Continue where the last page ended.")] = None,
    of: Of = None,
    tenant: Tenant = None,
    json_: Json = False,
) -> None:
    """The agents that a tenant uses, and how each stands."""
    client, path = (operator_client(), f"/v1/tenants/{of}/instances") if of else (tenant_client(tenant), _INSTANCES)
    found = client.get(path, limit=limit, cursor=cursor)
    names = ("agent", "status", "environment", "versionId", "since", "by", "reason")
    rows = [tuple(item.get(name) for name in names) for item in found["items"]]
    columns = ("AGENT", "STATUS", "ENVIRONMENT", "VERSION", "SINCE", "BY", "REASON")
    print_page(found, columns, rows, empty="No agent has been used yet.", as_json=json_)


@app.command("bulk")
def bulk(
    status: Annotated[str, typer.Argument(help="active, read_only, draining, paused or quarantined.")],
    agents: Annotated[list[str], typer.Argument(help="Agents, up to 50.")],
    *,
    reason: Reason,
    of: Of = None,
    tenant: Tenant = None,
    json_: Json = False,
) -> None:
    """Change how several instances stand; exits with 1 when one of them could not be changed.

    ENDED is how many runs a quarantine has ended. It is empty for operators (--of): runs end within seconds of theirs.
    """
    body = {"agents": agents, "status": status, "reason": reason}
    client, path = (operator_client(), f"/v1/tenants/{of}/instances") if of else (person_client(tenant), _INSTANCES)
    done = client.post(f"{path}/bulk", body)
    if json_:
        print_json(done)
    else:
        rows = [
            (one["agent"], one.get("status", one.get("code")), one.get("ended"), one.get("detail"))
            for one in done["items"]
        ]
        print_table(("AGENT", "NOW", "ENDED", ""), rows, empty="Nothing.")
    if done["failed"]:
        raise typer.Exit(1)


@app.command("drain")
def drain(agent: Agent, *, reason: Reason, tenant: Tenant = None, json_: Json = False) -> None:
    """Let no new run of the agent start; once those that go on have ended it is paused."""
    _become(agent, "draining", reason, tenant, as_json=json_)


@app.command("read-only")
def read_only(agent: Agent, *, reason: Reason, tenant: Tenant = None, json_: Json = False) -> None:
    """Let runs of the agent read, and refuse their calls with side effects."""
    _become(agent, "read_only", reason, tenant, as_json=json_)


@app.command("show")
def show(agent: Agent, *, tenant: Tenant = None, json_: Json = False) -> None:
    """Whether something holds the agent back."""
    _print(tenant_client(tenant).get(_path(agent)), as_json=json_)


@app.command("pause")
def pause(agent: Agent, *, reason: Reason, tenant: Tenant = None, json_: Json = False) -> None:
    """Let no new run of the agent start; those that go on end by themselves."""
    _hold(agent, "paused", reason, tenant, as_json=json_)


@app.command("quarantine")
def quarantine(agent: Agent, *, reason: Reason, tenant: Tenant = None, json_: Json = False) -> None:
    """Let no new run of the agent start, and end those that are going."""
    _hold(agent, "quarantined", reason, tenant, as_json=json_)


@app.command("reset")
def reset(agent: Agent, *, reason: Reason, tenant: Tenant = None, json_: Json = False) -> None:
    """Lift what holds the agent, and forget the halts that were counted against it."""
    _print(person_client(tenant).post(f"/v1/agents/{agent}/reset", {"reason": reason}), as_json=json_)


def _become(agent: str, status: str, reason: str, tenant: str | None, *, as_json: bool) -> None:
    made = person_client(tenant).change(f"{_INSTANCES}/{agent}", {"status": status, "reason": reason})
    if as_json:
        print_json(made)
    else:
        print_fields((name, value) for name, value in made.items() if not isinstance(value, list))


def _hold(agent: str, state: str, reason: str, tenant: str | None, *, as_json: bool) -> None:
    client = person_client(tenant)
    _, etag = client.find(_path(agent))
    held = client.put(_path(agent), {"state": state, "reason": reason}, **{"if-match": etag or '"0"'})
    _print(held, as_json=as_json)


def _path(agent: str) -> str:
    return f"/v1/agents/{agent}/hold"


def _print(hold: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(hold)
        return
    last = hold["resets"][-1] if hold["resets"] else None
    told = [(name, value) for name, value in hold.items() if name != "resets"]
    print_fields([*told, ("last reset", f"{last['at']} by {last['by']}: {last['reason']}" if last else None)])
