"""`ambit tools`: which tools agents can be given; and, for operators, those that are registered."""

import json
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from scripts.ambit_cli.caller import Tenant, operator_client, tenant_client
from scripts.ambit_cli.exits import fail
from scripts.ambit_cli.output import Json, print_fields, print_json, print_page

app = typer.Typer(
    help="Which tools agents can be given; operators register more.", no_args_is_help=True, rich_markup_mode=None
)
_REGISTERED: Final = "/v1/platform/tools"
Name = Annotated[str, typer.Argument(help="The tool's name, for example http.fetch.")]


@app.command("list")
def list_tools(
    *,
    limit: Annotated[int, typer.Option(min=1, max=100)] = 100,
    cursor: Annotated[str | None, typer.Option(help="Continue where the last page ended.")] = None,
    tenant: Tenant = None,
    json_: Json = False,
) -> None:
    """List the tools there are, and whether the tenant's tier reaches them."""
    found = tenant_client(tenant).get("/v1/tools", limit=limit, cursor=cursor)
    rows = [
        (item["name"], item["risk"], item["tierMinimum"], "yes" if item["available"] else "no", item["description"])
        for item in found["items"]
    ]
    print_page(found, ("TOOL", "RISK", "FROM", "OURS", "DOES"), rows, empty="No tools.", as_json=json_)


@app.command("show")
def show(name: Name, *, tenant: Tenant = None, json_: Json = False) -> None:
    """One tool, with the schema of its arguments."""
    _show(tenant_client(tenant).get(f"/v1/tools/{name}"), as_json=json_)


@app.command("registered")
def registered(
    *,
    limit: Annotated[int, typer.Option(min=1, max=100)] = 100,
    cursor: Annotated[str | None, typer.Option(help="Continue where the last page ended.")] = None,
    json_: Json = False,
) -> None:
    """List what operators have registered, and where it runs."""
    found = operator_client().get(_REGISTERED, limit=limit, cursor=cursor)
    rows = [
        (item["name"], item["version"], item["risk"], _place(item["target"]), item["updatedAt"])
        for item in found["items"]
    ]
    empty = "No tool is registered. `ambit tools register --help`."
    print_page(found, ("TOOL", "VERSION", "RISK", "AT", "CHANGED"), rows, empty=empty, as_json=json_)


@app.command("register")
def register(
    name: Name,
    tool: Annotated[Path, typer.Argument(help="A JSON file: description, inputSchema, risk, sideEffects, target, …")],
    *,
    json_: Json = False,
) -> None:
    """Register a tool, or put it in place of the one there is. Called so within 30 s."""
    client = operator_client()
    known, etag = client.find(f"{_REGISTERED}/{name}")
    headers = {"if_match": etag} if known else {}
    _show(client.put(f"{_REGISTERED}/{name}", _document(tool), **headers), as_json=json_)


@app.command("remove")
def remove(name: Name) -> None:
    """Take a registered tool away; nobody calls it any more within 30 s."""
    operator_client().delete(f"{_REGISTERED}/{name}")
    typer.echo(f"{name} is removed.")


def _document(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        fail(f"cannot read {path}: {error.strerror}.")
    except ValueError:
        value = None
    if not isinstance(value, dict):
        fail(f"{path} holds no JSON object.")
    return value


def _place(target: dict[str, Any]) -> str:
    return str(target.get("http") or f"function {target.get('function')}")


def _show(tool: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(tool)
        return
    documents = {"inputSchema", "outputSchema", "target"}
    told = [(name, json.dumps(value) if name in documents else value) for name, value in tool.items()]
    print_fields(told)
