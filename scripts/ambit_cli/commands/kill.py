"""`ambit kill`: stop something at once, in one line; for operators, and for a tenant's administrators of their own."""

from typing import Annotated

import typer

from scripts.ambit_cli.caller import Tenant
from scripts.ambit_cli.commands.kill_switches import Own, set_switch
from scripts.ambit_cli.output import Json


def kill(
    scope: Annotated[str, typer.Argument(help="run, agent or tenant; for operators also tool or platform.")],
    target: Annotated[
        str | None,
        typer.Argument(help="An agent's or a tool's name, a tenant's id, a run's id; of others' as TENANT/RUN_ID."),
    ] = None,
    *,
    reason: Annotated[str, typer.Option(help="Why; it is kept with the switch and in the audit log.")],
    own: Own = False,
    tenant: Tenant = None,
    json_: Json = False,
) -> None:
    """Stop a run, agent, tenant, tool or the platform, within a second. `ambit kill-switches clear` undoes it."""
    set_switch(scope, target, reason=reason, own=own, tenant=tenant, json_=json_)
