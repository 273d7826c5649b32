"""`ambit suites`: cases that agents' versions are evaluated by."""

import json
from pathlib import Path
from typing import Annotated

import typer

from scripts.ambit_cli.caller import operator_client
from scripts.ambit_cli.output import Json, print_fields, print_json, print_page, print_table

app = typer.Typer(help="Suites that versions are evaluated by.", no_args_is_help=True, rich_markup_mode=None)
_NAMES = ("name", "version", "cases", "threshold", "required")


@app.command("push")
def push(
    files: Annotated[list[Path], typer.Argument(help="Suites as JSON files.", exists=True, dir_okay=False)],
    *,
    json_: Json = False,
) -> None:
    """Push suites; the same cases again are the version there is."""
    client = operator_client()
    for file in files:
        try:
            body = json.loads(file.read_text(encoding="utf-8"))
        except ValueError as error:
            raise typer.BadParameter(f"{file} is not JSON: {error}") from None
        made = client.post("/v1/evaluation-suites", body)
        if json_:
            print_json(made)
        else:
            typer.echo(f"{made['name']} version {made['version']}, {made['cases']} cases, {made['digest'][:12]}")


@app.command("list")
def list_suites(
    *,
    limit: Annotated[int, typer.Option(min=1, max=100)] = 50,
    cursor: Annotated[str | None, typer.Option(help="Continue where the last page ended.")] = None,
    json_: Json = False,
) -> None:
    """List suites by name, each as its latest version."""
    found = operator_client().get("/v1/evaluation-suites", limit=limit, cursor=cursor)
    rows = [(*(one[name] for name in _NAMES), ", ".join(one["agents"]), one["digest"][:12]) for one in found["items"]]
    columns = ("SUITE", "VERSION", "CASES", "THRESHOLD", "REQUIRED", "AGENTS", "DIGEST")
    print_page(found, columns, rows, empty="There is no suite. Push one: ambit suites push FILE", as_json=json_)


@app.command("show")
def show(
    name: Annotated[str, typer.Argument(help="The suite's name.")],
    *,
    version: Annotated[int | None, typer.Option(min=1, help="Not the latest but this one.")] = None,
    json_: Json = False,
) -> None:
    """One suite with its cases."""
    found = operator_client().get(f"/v1/evaluation-suites/{name}", version=version)
    if json_:
        print_json(found)
        return
    print_fields((key, value) for key, value in found.items() if not isinstance(value, list) or key == "agents")
    typer.echo("")
    rows = [
        (one["caseId"], ", ".join(by["type"] for by in one["scorers"]), one["input"][:80]) for one in found["content"]
    ]
    print_table(("CASE", "SCORERS", "INPUT"), rows, empty="It has no case.")
