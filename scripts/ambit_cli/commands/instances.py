"""`ambit instances`: what holds a tenant's agents back, and how that is lifted."""

from typing import Annotated, Any

import typer

from scripts.ambit_cli.caller import Tenant, person_client, tenant_client
from scripts.ambit_cli.output import Json, print_fields, print_json

app = typer.Typer(help="Hold agents back, and let them go on.", no_args_is_help=True, rich_markup_mode=None)

Agent = Annotated[str, typer.Argument(help="The agent's name.")]
Reason = Annotated[str, typer.Option(help="Why; it is kept with the hold and in the audit log.")]


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
