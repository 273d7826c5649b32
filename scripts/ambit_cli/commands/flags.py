"""`ambit flags`: what is switched on, and for whom; for operators."""

import json
from typing import Annotated, Any, Final

import typer

from governance.flags import CAPABILITIES
from scripts.ambit_cli.caller import operator_client
from scripts.ambit_cli.exits import fail
from scripts.ambit_cli.output import Json, print_fields, print_json, print_table

app = typer.Typer(
    help="Switch capabilities on and off, by tier, tenant, agent and percentage.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
_FLAGS: Final = "/v1/platform/flags"

Name = Annotated[str, typer.Argument(help="The flag's name, for example agents.invoke.")]
Names = list[str] | None


@app.command("list")
def list_flags(
    *,
    limit: Annotated[int, typer.Option(min=1, max=100)] = 100,
    cursor: Annotated[str | None, typer.Option(help="Continue where the last page ended.")] = None,
    json_: Json = False,
) -> None:
    """List the flags."""
    found = operator_client().get(_FLAGS, limit=limit, cursor=cursor)
    if json_:
        print_json(found)
        return
    rows = [
        (flag["name"], "on" if flag["enabled"] else "off", _told(flag["rules"]), flag["updatedAt"], flag["updatedBy"])
        for flag in found["items"]
    ]
    columns = ("FLAG", "STATE", "FOR", "CHANGED", "BY")
    print_table(
        columns, rows, empty="No flags: nothing runs. `ambit flags defaults` makes those the platform asks for."
    )
    if found.get("nextCursor"):
        typer.echo(f"more: --cursor {found['nextCursor']}", err=True)


@app.command("set")
def set_flag(
    name: Name,
    *,
    on: Annotated[bool, typer.Option("--on/--off", help="Switch it on (for whom a rule holds) or off.")],
    tier: Annotated[Names, typer.Option(help="Only these tiers; may be repeated.")] = None,
    tenant: Annotated[Names, typer.Option(help="Only these tenants; may be repeated.")] = None,
    agent: Annotated[Names, typer.Option(help="Only these agents; may be repeated.")] = None,
    percent: Annotated[int | None, typer.Option(min=0, max=100, help="Only this percentage of tenants.")] = None,
    rule: Annotated[Names, typer.Option(help='A rule as JSON, such as {"tiers": ["premium"]}; repeated: any.')] = None,
    everybody: Annotated[bool, typer.Option("--everybody", help="For everybody, whatever it was before.")] = False,
    description: Annotated[str | None, typer.Option(help="What it switches; left out: as it was.")] = None,
    json_: Json = False,
) -> None:
    """Make or change a flag; without conditions its rules stay as they are. Effective within 60 s."""
    named = {"tiers": tier, "tenants": tenant, "agents": agent, "percent": percent}
    condition = {key: value for key, value in named.items() if value not in (None, [])}
    client = operator_client()
    present, etag = client.find(f"{_FLAGS}/{name}")
    body: dict[str, Any] = {"enabled": on, "rules": _rules(condition, rule, everybody=everybody, present=present)}
    if description is not None:
        body["description"] = description
    made = client.put(f"{_FLAGS}/{name}", body, **({"if_match": etag} if etag else {}))
    if json_:
        print_json(made)
    else:
        print_fields((key, _told(value) if key == "rules" else value) for key, value in made.items())


@app.command("defaults")
def defaults(*, json_: Json = False) -> None:
    """Make every flag that the platform asks for and that is not there yet, on for everybody: for a new stage."""
    client = operator_client()
    missing = [name for name in CAPABILITIES if client.find(f"{_FLAGS}/{name}")[0] is None]
    made = [client.put(f"{_FLAGS}/{name}", {"enabled": True, "description": CAPABILITIES[name]}) for name in missing]
    if json_:
        print_json({"items": made})
    else:
        typer.echo("\n".join(f"{name}  on" for name in missing) or "every flag is there")


def _rules(
    condition: dict[str, Any], given: Names, *, everybody: bool, present: dict[str, Any] | None
) -> list[dict[str, Any]]:
    ways = [bool(condition), bool(given), everybody]
    if sum(ways) > 1:
        fail("give conditions, or --rule, or --everybody: not several of them.")
    if given:
        return [_parsed(text) for text in given]
    if condition or everybody or present is None:
        return [condition]
    return list(present["rules"])


def _parsed(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        fail(f"--rule {text} is not a JSON object.")
    return value


def _told(rules: list[dict[str, Any]]) -> str:
    return " or ".join(_one(rule) for rule in rules)


def _one(rule: dict[str, Any]) -> str:
    parts = [",".join(rule[name]) for name in ("tiers", "tenants", "agents") if name in rule]
    parts += [f"{rule['percent']} %"] if "percent" in rule else []
    return " and ".join(parts) or "everybody"
