"""`ambit canary`: a share of an agent's sessions goes to its second approved version."""

from typing import Annotated, Any

import typer

from scripts.ambit_cli.caller import Tenant, operator_client, person_client, tenant_client
from scripts.ambit_cli.exits import Exit, fail
from scripts.ambit_cli.output import Json, print_fields, print_json, print_table

app = typer.Typer(
    help="Try an agent's second approved version on a share of its sessions.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Agent = Annotated[str, typer.Argument(help="The agent's name.")]
Percent = Annotated[float, typer.Option(min=0.01, max=100, help="Of sessions, with two decimals.")]
Reason = Annotated[str, typer.Option(help="Why; it is kept with the canary and in the audit log.")]
Version = Annotated[str | None, typer.Option(help="ver_…; left out: the agent's second approved version.")]
Of = Annotated[list[str] | None, typer.Option("--of", help="Other tenants, for operators; may be given again.")]
_ON = ("on", "void")


@app.command("start")
def start(
    agent: Agent,
    *,
    percent: Percent,
    reason: Reason,
    version: Version = None,
    of: Of = None,
    tenant: Tenant = None,
    json_: Json = False,
) -> None:
    """Let a share of sessions go to the second version. One that does worse is taken back by itself."""
    if of:
        _set_of(of, agent, _wanted(percent, reason, version), as_json=json_)
        return
    client = person_client(tenant)
    found, etag = _found(client, agent)
    if found["status"] == "on":
        fail(f"a canary is on, with {found['percent']} %: `ambit canary set {agent}` changes it.", Exit.REFUSED)
    _print(client.put(_path(agent), _wanted(percent, reason, version), if_match=etag), as_json=json_)


@app.command("set")
def set_percent(
    agent: Agent, *, percent: Percent, reason: Reason, of: Of = None, tenant: Tenant = None, json_: Json = False
) -> None:
    """Change the share of the canary that is on: a larger one moves sessions to the second version only."""
    if of:
        _set_of(of, agent, _wanted(percent, reason, None), as_json=json_)
        return
    client = person_client(tenant)
    found, etag = _found(client, agent)
    if found["status"] != "on":
        fail(f"no canary is on: `ambit canary start {agent}` starts one.", Exit.REFUSED)
    wanted = _wanted(percent, reason, found["candidate"]["versionId"])
    _print(client.put(_path(agent), wanted, if_match=etag), as_json=json_)


@app.command("stop")
def stop(agent: Agent, *, of: Of = None, tenant: Tenant = None, json_: Json = False) -> None:
    """Let every session go to what tenants run, within ten seconds."""
    if of:
        _set_of(of, agent, {"percent": 0, "reason": "ended by an operator"}, as_json=json_)
        return
    client = person_client(tenant)
    found, etag = _found(client, agent)
    if found["status"] not in _ON:
        fail("no canary is on.", Exit.REFUSED)
    _print(client.delete(_path(agent), if_match=etag), as_json=json_)


@app.command("show")
def show(agent: Agent, *, tenant: Tenant = None, json_: Json = False) -> None:
    """What was seen of both versions, and how the second does."""
    _print(tenant_client(tenant).get(_path(agent)), as_json=json_)


@app.command("promote")
def promote(agent: Agent, *, tenant: Tenant = None) -> None:
    """Say how the second version becomes what all tenants run: that is for operators, and through the gates."""
    found = tenant_client(tenant).get(_path(agent))
    if found.get("candidate") is None:
        fail(f"{agent} has no canary.", Exit.REFUSED)
    seen = found["candidate"]
    typer.echo(f"seen of {seen['versionId']}: {seen['runs']} runs, {found['verdict']}", err=True)
    typer.echo(f"ambit versions promote {seen['versionId']} approved")


def _wanted(percent: float, reason: str, version: str | None) -> dict[str, Any]:
    return {"percent": percent, "reason": reason, **({"versionId": version} if version else {})}


def _set_of(tenants: list[str], agent: str, wanted: dict[str, Any], *, as_json: bool) -> None:
    """One after the other, each told at once: what is wrong in one shows before it is in all, and how far it came."""
    client, done = operator_client(), list[tuple[str, dict[str, Any]]]()
    for name in tenants:
        done.append((name, client.post(f"/v1/tenants/{name}/instances/{agent}/canary", wanted)))
        typer.echo(f"{name}: {done[-1][1]['status']}", err=True)
    if as_json:
        print_json({"items": [{"tenantId": name, **found} for name, found in done]})
        return
    rows = [(name, found["status"], found.get("percent"), found["candidate"]["versionId"]) for name, found in done]
    print_table(("TENANT", "CANARY", "PERCENT", "CANDIDATE"), rows, empty="Nothing.")


def _found(client: Any, agent: str) -> tuple[dict[str, Any], str]:
    found, etag = client.find(_path(agent))
    if found is None:
        fail(f"{agent} has not been used yet, so there is no instance to try a version on.", Exit.REFUSED)
    return found, etag


def _path(agent: str) -> str:
    return f"/v1/instances/{agent}/canary"


def _print(found: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    print_fields((name, value) for name, value in found.items() if not isinstance(value, dict))
    seen = [(part, found[part]) for part in ("stable", "candidate") if found.get(part)]
    if seen:
        typer.echo("")
        names = ("versionId", "runs", "failed", "failureRate", "blocked", "p95Ms")
        rows = [(part, *(tally[name] for name in names)) for part, tally in seen]
        print_table(("", "VERSION", "RUNS", "FAILED", "RATE", "BLOCKED", "P95 MS"), rows, empty="")
