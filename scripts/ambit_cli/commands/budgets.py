"""`ambit budgets`: what some of a tenant's agents may use together in a month."""

from typing import Annotated, Any

import typer

from scripts.ambit_cli.caller import Tenant, tenant_client
from scripts.ambit_cli.exits import fail
from scripts.ambit_cli.groups import ListsByDefault
from scripts.ambit_cli.output import Json, print_fields, print_json, print_page

app = typer.Typer(
    cls=ListsByDefault,
    help="Shared monthly budgets of agents: money, tokens, calls, seconds.",
    no_args_is_help=False,
    rich_markup_mode=None,
)

BudgetId = Annotated[str, typer.Argument(help="The budget's id, as `ambit budgets list` shows it.")]
Agents = Annotated[list[str] | None, typer.Option("--agent", help="An agent that it is for; again for more.")]
Cost = Annotated[str | None, typer.Option(help="US dollars a month, for example 25.00.")]
Tokens = Annotated[int | None, typer.Option(min=0, help="Tokens a month.")]
Calls = Annotated[int | None, typer.Option(min=0, help="Calls of tools and models a month.")]
Seconds = Annotated[int | None, typer.Option(min=0, help="Seconds that runs take, a month.")]
Named = Annotated[str | None, typer.Option(help="What it is called.")]
_ADMIN = "Tenant.Admin"


@app.command("list")
def list_budgets(*, tenant: Tenant = None, json_: Json = False) -> None:
    """List the tenant's shared budgets with what is used of them this month."""
    found = tenant_client(tenant).get("/v1/budgets")
    rows = [
        (item["budgetId"], ", ".join(item["agents"]) or "all agents", _state(item), item["name"])
        for item in found["items"]
    ]
    empty = "No shared budgets: the tenant's monthly budget alone bounds its agents. `ambit budgets create --help`."
    print_page(found, ("ID", "FOR", "USED", "NAME"), rows, empty=empty, as_json=json_)


@app.command("show")
def show(budget_id: BudgetId, *, tenant: Tenant = None, json_: Json = False) -> None:
    """One budget."""
    _show(tenant_client(tenant).get(f"/v1/budgets/{budget_id}"), as_json=json_)


@app.command("create")
def create(
    name: Annotated[str, typer.Argument(help="What it is called.")],
    *,
    agent: Agents = None,
    cost: Cost = None,
    tokens: Tokens = None,
    calls: Calls = None,
    seconds: Seconds = None,
    tenant: Tenant = None,
    json_: Json = False,
) -> None:
    """Make a budget, for runs that begin from ten seconds on. Without --agent it is for all agents together."""
    limits = _limits(cost, tokens=tokens, calls=calls, seconds=seconds)
    if not limits:
        fail("give at least one of --cost, --tokens, --calls and --seconds.")
    body = {"name": name, "agents": agent or [], "limits": limits}
    _show(tenant_client(tenant, role=_ADMIN).post("/v1/budgets", body), as_json=json_)


@app.command("change")
def change(
    budget_id: BudgetId,
    *,
    name: Named = None,
    agent: Agents = None,
    cost: Cost = None,
    tokens: Tokens = None,
    calls: Calls = None,
    seconds: Seconds = None,
    tenant: Tenant = None,
    json_: Json = False,
) -> None:
    """Change a budget, for runs that begin from ten seconds on. Limits that are given replace all there were."""
    limits = _limits(cost, tokens=tokens, calls=calls, seconds=seconds)
    told = {"name": name, "agents": agent, "limits": limits or None}
    fields = {key: value for key, value in told.items() if value is not None}
    if not fields:
        fail("say what to change: --name, --agent, --cost, --tokens, --calls or --seconds.")
    _show(tenant_client(tenant, role=_ADMIN).change(f"/v1/budgets/{budget_id}", fields), as_json=json_)


@app.command("remove")
def remove(budget_id: BudgetId, *, tenant: Tenant = None) -> None:
    """Remove a budget; runs that are going stay bound by it."""
    client = tenant_client(tenant, role=_ADMIN)
    _, etag = client.find(f"/v1/budgets/{budget_id}")
    client.delete(f"/v1/budgets/{budget_id}", if_match=etag)
    typer.echo(f"{budget_id} is removed.")


def _limits(cost: str | None, **numbers: int | None) -> dict[str, Any]:
    told = {"cost": cost, **numbers}
    return {name: value for name, value in told.items() if value is not None}


def _state(item: dict[str, Any]) -> str:
    """`0.01 of 25.00 USD, 3 of 100 calls`."""
    used, limits = item["used"], item["limits"]
    cost = [f"{used['cost']['amount']} of {limits['cost']['amount']} USD"] if limits.get("cost") else []
    return ", ".join(
        [
            *cost,
            *(f"{used[name]} of {limits[name]} {name}" for name in ("tokens", "calls", "seconds") if name in limits),
        ]
    )


def _show(budget: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(budget)
        return
    plain = [(name, budget[name]) for name in ("budgetId", "name", "month", "version", "updatedBy", "updatedAt")]
    agents = ", ".join(budget["agents"]) or "all agents"
    print_fields([*plain[:2], ("for", agents), ("used", _state(budget)), *plain[2:]])
