"""`ambit policy`: what a tenant lets its agents do, and what would become of a call."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from scripts.ambit_cli.caller import Tenant, tenant_client
from scripts.ambit_cli.exits import fail
from scripts.ambit_cli.output import Json, print_fields, print_json, print_page

app = typer.Typer(
    help="Narrow what agents may do, and ask what would become of a call.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

PolicyId = Annotated[str, typer.Argument(help="The policy's id, as `ambit policy list` shows it.")]
Agent = Annotated[str | None, typer.Option(help="The agent's name.")]
Version = Annotated[int | None, typer.Option(min=1, help="Another version than the newest.")]


@app.command("list")
def list_policies(
    *,
    limit: Annotated[int, typer.Option(min=1, max=100)] = 50,
    cursor: Annotated[str | None, typer.Option(help="Continue where the last page ended.")] = None,
    tenant: Tenant = None,
    json_: Json = False,
) -> None:
    """List the tenant's policies, newest first."""
    found = tenant_client(tenant).get("/v1/policies", limit=limit, cursor=cursor)
    rows = [
        (item["policyId"], item.get("agent") or "all agents", item["version"], item["updatedAt"], item["name"])
        for item in found["items"]
    ]
    empty = "No policies: agents may do what their manifests say. `ambit policy put --help`."
    print_page(found, ("ID", "FOR", "VERSION", "CHANGED", "NAME"), rows, empty=empty, as_json=json_)


@app.command("show")
def show(policy_id: PolicyId, *, version: Version = None, tenant: Tenant = None, json_: Json = False) -> None:
    """One policy, with the override of one of its versions."""
    show_policy(tenant_client(tenant).get(f"/v1/policies/{policy_id}", version=version), as_json=json_)


@app.command("put")
def put(
    override: Annotated[str, typer.Argument(help='A file with the override, or the JSON: {"autonomyTier": 1}.')],
    *,
    policy_id: Annotated[str | None, typer.Option("--id", help="The policy to change; without it a new one.")] = None,
    agent: Annotated[str | None, typer.Option(help="Of a new one: the agent it binds; left out: all agents.")] = None,
    name: Annotated[str | None, typer.Option(help="What it is called.")] = None,
    tenant: Tenant = None,
    json_: Json = False,
) -> None:
    """Put an override in force, as a new policy or as the next version of one. Effective within 15 s."""
    document = document_of(override)
    client = tenant_client(tenant, role="Tenant.Admin")
    if policy_id is None:
        body = {"name": name or agent or "all agents", "override": document, **({"agent": agent} if agent else {})}
        made = client.post("/v1/policies", body)
    else:
        if agent is not None:
            fail("a policy stays with its agent: leave --agent out, or leave --id out for a new policy.")
        _, etag = client.find(f"/v1/policies/{policy_id}")
        changed = {"override": document, **({"name": name} if name else {})}
        made = client.put(f"/v1/policies/{policy_id}", changed, if_match=etag)
    show_policy(made, as_json=json_)


@app.command("evaluate")
def evaluate(
    tool: Annotated[str, typer.Argument(help="The tool's name, for example files.write.")],
    *,
    agent: Agent = None,
    policy_id: Annotated[str | None, typer.Option("--id", help="Ask with this policy.")] = None,
    version: Version = None,
    params: Annotated[str, typer.Option(help="The call's arguments as a JSON object.")] = "{}",
    action: Annotated[str | None, typer.Option(help="The action that is asked for.")] = None,
    cost: Annotated[str, typer.Option(help="What the run has cost, in US dollars.")] = "0",
    calls: Annotated[int, typer.Option(min=0, help="How often the run has called the tool.")] = 0,
    tainted: Annotated[bool, typer.Option("--tainted", help="Untrusted text is in the run.")] = False,
    input_: Annotated[str | None, typer.Option("--input", help="What the run was asked, for `provenance`.")] = None,
    tenant: Tenant = None,
    json_: Json = False,
) -> None:
    """Ask what would become of a call, and why. Nothing is called."""
    context: dict[str, Any] = {"tool": tool, "params": document_of(params), "costUsage": cost, "callsSoFar": calls}
    context |= {"action": action} if action else {}
    context |= {"tainted": True} if tainted else {}
    context |= {} if input_ is None else {"input": input_}
    named = {"agent": agent, "policyId": policy_id, "version": version}
    question = {key: value for key, value in named.items() if value is not None}
    found = tenant_client(tenant).post("/v1/policy/evaluate", {**question, "context": context})
    if json_:
        print_json(found)
        return
    asked = ", ".join(f"{item['policyId']} version {item['version']}" for item in found["policies"])
    roles = ", ".join(found["requiredApprovals"])
    plain = [(key, found[key]) for key in ("decision", "ruleId", "riskLevel", "explanation")]
    print_fields([*plain, ("approval by", roles or None), ("policies", asked or "none of the tenant's")])


def document_of(text: str) -> dict[str, Any]:
    """A JSON object, given as such or as the file that holds it."""
    try:
        value = json.loads(text if text.lstrip().startswith("{") else Path(text).read_text(encoding="utf-8"))
    except OSError as error:
        fail(f"cannot read {text}: {error.strerror}.")
    except ValueError:
        value = None
    if not isinstance(value, dict):
        fail(f"{text[:80]} is no JSON object.")
    return value


def show_policy(policy: dict[str, Any], *, as_json: bool) -> None:
    """A policy, each override on a line of its own."""
    if as_json:
        print_json(policy)
        return
    overrides = {name: policy[name] for name in ("override", "shadow") if policy.get(name) is not None}
    plain = [(name, value) for name, value in policy.items() if name not in overrides]
    print_fields([*plain, *((name, json.dumps(value, ensure_ascii=False)) for name, value in overrides.items())])
