"""`ambit failover`: where agents run, the other region and back, and the drill; for operators."""

from typing import Annotated, Any, Final

import typer

from scripts.ambit_cli.caller import operator_client
from scripts.ambit_cli.exits import Exit, fail
from scripts.ambit_cli.output import Json, print_fields, print_json, print_table

app = typer.Typer(
    help="Look at the region that agents run in, switch it, and drill that.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
_FAILOVER: Final = "/v1/platform/failover"
_SHOWN: Final = ("active", "home", "standby", "held", "failovers", "switchedAt", "switchedBy", "reason")

Reason = Annotated[str, typer.Option(help="Why; it is kept with the switch and in the audit log.")]


@app.command("status")
def status(*, json_: Json = False) -> None:
    """Show where agents run, and how the regions answer."""
    _show(operator_client().get(_FAILOVER), json_=json_)


@app.command("start")
def start(
    *,
    reason: Reason,
    hold: Annotated[bool, typer.Option(help="Stay there until `ambit failover back`, whatever happens.")] = True,
    json_: Json = False,
) -> None:
    """Let agents run in the standby region."""
    _switch("standby", reason, hold=hold, json_=json_)


@app.command("back")
def back(
    *,
    reason: Reason,
    hold: Annotated[bool, typer.Option(help="Stay at home whatever happens: nothing is switched by itself.")] = False,
    json_: Json = False,
) -> None:
    """Let agents run in the home region again."""
    _switch("home", reason, hold=hold, json_=json_)


@app.command("standby")
def standby() -> None:
    """Locally: start the second agent host, so that what is pushed from now on runs in both regions."""
    from scripts.local_platform import parts, processes
    from scripts.local_platform.layout import layout_from_environment

    layout = layout_from_environment()
    fresh = processes.ensure(layout, parts.standby_agent_host_part(layout))
    typer.echo(f"{parts.STANDBY} on port {layout.standby_agent_host_port}: {'started' if fresh else 'is up'}")


@app.command("drill")
def drill(
    *,
    enough: Annotated[int, typer.Option(min=1, max=1000, help="Calls of each mode that a quiet phase takes.")] = 10,
) -> None:
    """Locally: take a region away in the middle of traffic and give it back; leaves with 1 when anything is lost."""
    from scripts.failover_drill.drill import Drill
    from scripts.failover_drill.platform import Drilled, DrillStopped
    from scripts.local_platform.layout import layout_from_environment

    try:
        report = Drill(Drilled(layout_from_environment()), lambda told: typer.echo(told, err=True), enough).run()
    except DrillStopped as stopped:
        fail(str(stopped))
    for line in report.lines():
        typer.echo(line)
    if not report.passed:
        raise typer.Exit(1)


def _switch(where: str, reason: str, *, hold: bool, json_: bool) -> None:
    client = operator_client()
    found, etag = client.find(_FAILOVER)
    target = (found or {}).get(where)
    if target is None:
        fail("this stage has one region alone: there is nothing to switch to.", Exit.REFUSED)
    _show(
        client.post(_FAILOVER, {"target": target, "reason": reason, "hold": hold}, if_match=etag),
        json_=json_,
    )


def _show(found: dict[str, Any], *, json_: bool) -> None:
    if json_:
        print_json(found)
        return
    print_fields((name, found.get(name)) for name in _SHOWN)
    names = ("name", "failures", "failingSince", "wellSince", "lookedAt")
    rows = [tuple(region.get(name) for name in names) for region in found["regions"]]
    print_table(("REGION", "FAILURES", "FAILING SINCE", "WELL SINCE", "LOOKED AT"), rows, empty="no region")
