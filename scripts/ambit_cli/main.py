"""The command `ambit`. Sub-commands import what they need when they run, so that `--help` answers at once."""

import sys

import typer

from scripts.ambit_cli.commands import (
    account,
    agents,
    approvals,
    audit,
    aws_callers,
    break_glass,
    budgets,
    bundle,
    canary,
    certifications,
    dev,
    dlq,
    doctor,
    evaluations,
    evidence,
    failover,
    flags,
    incidents,
    init,
    instances,
    invoke,
    issuers,
    jobs,
    keys,
    kill,
    kill_switches,
    members,
    models,
    packs,
    policy_trials,
    push,
    replay,
    retention,
    runs,
    schedules,
    security_events,
    settings,
    suites,
    templates,
    tenants,
    tools,
    versions,
    webhooks,
)
from scripts.ambit_cli.exits import Exit

app = typer.Typer(
    name="ambit",
    help="Run and operate agents for many tenants. `ambit doctor` tells what is wrong, `ambit COMMAND --help` how to.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("doctor")(doctor.doctor)
app.command("login")(account.login)
app.command("logout")(account.logout)
app.command("token")(account.token)
app.command("init")(init.init)
app.command("push")(push.push)
app.command("dev")(dev.dev)
app.add_typer(bundle.app, name="bundle")
app.add_typer(agents.app, name="agents")
app.add_typer(templates.app, name="templates")
app.add_typer(versions.app, name="versions")
app.add_typer(certifications.app, name="certifications")
app.command("invoke")(invoke.invoke)
app.add_typer(runs.app, name="runs")
app.add_typer(jobs.app, name="jobs")
app.command("events")(runs.events)
app.command("replay")(replay.replay)
app.command("replays")(replay.replays)
app.add_typer(suites.app, name="suites")
app.command("evaluate")(evaluations.evaluate)
app.add_typer(evaluations.app, name="evaluations")
app.add_typer(tenants.app, name="tenants")
app.add_typer(issuers.app, name="issuers")
app.add_typer(flags.app, name="flags")
app.add_typer(kill_switches.app, name="kill-switches")
app.command("kill")(kill.kill)
app.add_typer(incidents.app, name="incidents")
app.add_typer(instances.app, name="instances")
app.add_typer(canary.app, name="canary")
app.add_typer(webhooks.app, name="webhooks")
app.add_typer(members.app, name="members")
app.add_typer(keys.app, name="keys")
app.add_typer(aws_callers.app, name="aws-callers")
app.add_typer(policy_trials.app, name="policy")
app.add_typer(approvals.app, name="approvals")
app.add_typer(models.app, name="models")
app.add_typer(budgets.app, name="budgets")
app.add_typer(tools.app, name="tools")
app.add_typer(packs.app, name="packs")
app.add_typer(settings.app, name="settings")
app.add_typer(audit.app, name="audit")
app.add_typer(evidence.app, name="evidence")
app.add_typer(retention.app, name="retention")
app.add_typer(break_glass.app, name="break-glass")
app.add_typer(security_events.app, name="security-events")
app.add_typer(dlq.app, name="dlq")
app.add_typer(schedules.app, name="schedules")
app.add_typer(failover.app, name="failover")


def main() -> None:
    """Run the command line; Ctrl-C leaves with 130 and no traceback."""
    try:
        app()
    except KeyboardInterrupt:
        typer.echo("interrupted", err=True)
        sys.exit(Exit.INTERRUPTED)


if __name__ == "__main__":
    main()
