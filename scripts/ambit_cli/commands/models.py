"""`ambit models`: what a tenant's agents may ask for; and, for operators, the models behind it and their circuits."""

from typing import Annotated, Any, Final

import typer

from scripts.ambit_cli.caller import Tenant, operator_client, tenant_client
from scripts.ambit_cli.exits import Exit, fail
from scripts.ambit_cli.output import Json, print_fields, print_json, print_table

app = typer.Typer(
    help="Which models agents may ask for, and at what price; operators see circuits.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
_NAMES: Final = "/v1/models"
_COLUMNS: Final = ("NAME", "SAID BY", "USABLE", "MODEL", "IN", "OUT")
_MODELS: Final = "/v1/platform/models"
_PICO_A_TOKEN: Final = 1_000_000
"""Pico-dollars a token that are one dollar a million tokens."""


Alias = Annotated[str, typer.Argument(help="The name that agents ask for, for example small.")]


@app.command("list")
def list_names(*, tenant: Tenant = None, json_: Json = False) -> None:
    """List the names that agents may ask for, with what each is bound to; prices in US dollars a million tokens."""
    found = tenant_client(tenant).get(_NAMES)
    if json_:
        print_json(found)
        return
    rows = [_bound(name, target) for name in found["items"] for target in name["targets"] or [None]]
    print_table(_COLUMNS, rows, empty="No models.")


@app.command("set")
def set_name(
    alias: Alias,
    targets: Annotated[list[str] | None, typer.Argument(help="provider/model in the order of trying.")] = None,
    *,
    own_keys: Annotated[bool, typer.Option(help="Show the tenant's own credential, never the platform's.")] = False,
    off: Annotated[bool, typer.Option("--off", help="Agents may not ask for this name.")] = False,
    tenant: Tenant = None,
    json_: Json = False,
) -> None:
    """Bind a name to models that the platform offers, or switch it off; effective within 15 s."""
    client = tenant_client(tenant, role="Tenant.Admin")
    _, etag = client.find(f"{_NAMES}/{alias}")
    body = {"targets": targets or None, "ownKeys": own_keys, "enabled": not off}
    wanted = {name: value for name, value in body.items() if value is not None}
    made = client.put(f"{_NAMES}/{alias}", wanted, **({"if_match": etag} if etag else {}))
    if json_:
        print_json(made)
    else:
        print_table(_COLUMNS, [_bound(made, target) for target in made["targets"]], empty="")


@app.command("remove")
def remove(alias: Alias, *, tenant: Tenant = None) -> None:
    """Take back what the tenant has said of a name; what the platform says counts again within 15 s."""
    client = tenant_client(tenant, role="Tenant.Admin")
    _, etag = client.find(f"{_NAMES}/{alias}")
    if not etag:
        fail(f"the tenant has said nothing of {alias}: `ambit models list` shows what it has.")
    client.delete(f"{_NAMES}/{alias}", if_match=etag)
    typer.echo(f"{alias} is as the platform has it.")


@app.command("targets")
def list_models(*, json_: Json = False) -> None:
    """List the platform's models with their prices (US dollars a million tokens) and circuits; for operators."""
    found = operator_client().get(_MODELS)
    if json_:
        print_json(found)
        return
    rows = [
        (
            model["name"],
            _dollars(model["inputPico"]),
            _dollars(model["outputPico"]),
            model["circuit"],
            _names(found, model),
        )
        for model in found["models"]
    ]
    print_table(("MODEL", "IN", "OUT", "CIRCUIT", "NAMES"), rows, empty="No models.")


@app.command("show")
def show(
    name: Annotated[str, typer.Argument(help="provider/model, as `ambit models targets` shows it.")],
    *,
    json_: Json = False,
) -> None:
    """One model and its circuit; for operators."""
    found = operator_client().get(_MODELS)
    model = next((item for item in found["models"] if item["name"] == name), None)
    if model is None:
        fail(f"there is no model {name}: `ambit models targets` shows those there are.")
    if json_:
        print_json(model)
    else:
        print_fields([*model.items(), ("names", _names(found, model))])


@app.command("check")
def check(*, json_: Json = False) -> None:
    """Whether every model is being asked; leaves with 1 when a circuit is not closed; for operators."""
    found = operator_client().get(_MODELS)
    broken = [model for model in found["models"] if model["circuit"] != "closed"]
    if json_:
        print_json(broken)
    else:
        rows = [(model["name"], model["circuit"], model["openings"], model.get("openUntil")) for model in broken]
        print_table(("MODEL", "CIRCUIT", "OPENINGS", "OPEN UNTIL"), rows, empty="All models are being asked.")
    if broken:
        raise typer.Exit(Exit.FAILED)


def _bound(name: dict[str, Any], target: dict[str, Any] | None) -> tuple[Any, ...]:
    """A row: a name, and one of the models that it is bound to."""
    usable = "no" if not name["usable"] else "yes" if target and target["usable"] else "not here"
    told = (name["alias"], name["source"], usable if name["enabled"] else "off")
    if target is None:
        return (*told, "", "", "")
    price = target["price"]
    return (*told, target["name"], _amount(price["input"]), _amount(price["output"]))


def _amount(money: dict[str, Any]) -> str:
    return f"{float(money['amount']):.2f}"


def _names(found: dict[str, Any], model: dict[str, Any]) -> str:
    return " ".join(alias for alias, targets in found["aliases"].items() if model["name"] in targets)


def _dollars(pico: int) -> str:
    return f"{pico / _PICO_A_TOKEN:.2f}"
