"""`ambit templates`: the agents that operators have registered, and how their versions follow from one another."""

from typing import Annotated, Any

import typer

from scripts.ambit_cli.caller import operator_client
from scripts.ambit_cli.groups import ListsByDefault
from scripts.ambit_cli.output import Json, print_fields, print_json, print_page, print_table

app = typer.Typer(
    help="Registered agents, for operators; on its own it lists them.", cls=ListsByDefault, rich_markup_mode=None
)

Agent = Annotated[str, typer.Argument(help="The agent's name.")]


@app.command("list")
def list_templates(
    *,
    limit: Annotated[int, typer.Option(min=1, max=100)] = 50,
    cursor: Annotated[str | None, typer.Option(help="Continue where the last page ended.")] = None,
    json_: Json = False,
) -> None:
    """Registered agents, by name."""
    found = operator_client().get("/v1/templates", limit=limit, cursor=cursor)
    names = ("name", "mode", "domain", "tierMinimum", "approvedVersionId", "secondVersionId")
    rows = [tuple(item.get(name) for name in names) for item in found["items"]]
    columns = ("AGENT", "MODE", "DOMAIN", "TIER", "DEFAULT", "SECOND")
    print_page(found, columns, rows, empty="No agents yet: push one with `make agent-push AGENT=…`.", as_json=json_)


@app.command("show")
def show(agent: Agent, *, json_: Json = False) -> None:
    """One agent as its operators see it."""
    found = operator_client().get(f"/v1/templates/{agent}")
    if json_:
        print_json(found)
        return
    print_fields(found.items())


@app.command("lineage")
def lineage(agent: Agent, *, json_: Json = False) -> None:
    """The agent's versions, each indented below the one that it follows from."""
    found = operator_client().get(f"/v1/templates/{agent}/lineage")
    if json_:
        print_json(found)
        return
    places = {found.get("approvedVersionId"): "default", found.get("secondVersionId"): "second"}
    nodes = {node["versionId"]: node for node in found["items"]}
    order, waiting = [], [name for name in reversed(nodes) if nodes[name]["depth"] == 0]
    while waiting:
        name = waiting.pop()
        order.append(nodes[name])
        waiting.extend(reversed(nodes[name]["children"]))
    rows = [_row(node, places.get(node["versionId"])) for node in order]
    print_table(("VERSION", "STATUS", "PLACE", "MADE", "CONTENT"), rows, empty="No versions yet.")


def _row(node: dict[str, Any], place: str | None) -> tuple[object, ...]:
    name = f"{'  ' * node['depth']}{node['versionId']}"
    return name, node["status"], place, node["createdAt"], node["contentHash"][:12]
