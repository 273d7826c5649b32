"""`ambit versions`: what agents can run, moved along its life."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer

from scripts.ambit_cli.caller import operator_client
from scripts.ambit_cli.commands import version_approvals, version_break_glass
from scripts.ambit_cli.exits import Exit, fail
from scripts.ambit_cli.groups import ListsByDefault
from scripts.ambit_cli.output import Json, print_fields, print_json, print_page, print_table, text_of

app = typer.Typer(
    help="Versions of agents, for operators; on its own it lists them.", cls=ListsByDefault, rich_markup_mode=None
)
app.add_typer(version_approvals.app, name="approvals")
app.add_typer(version_break_glass.app, name="break-glass")

VersionId = Annotated[str, typer.Argument(help="ver_…")]
Reason = Annotated[str, typer.Option(help="Why; it is kept with the version and in the audit log.")]


@app.command("list")
def list_versions(
    *,
    agent: Annotated[str | None, typer.Option(help="Only this agent's.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100)] = 50,
    cursor: Annotated[str | None, typer.Option(help="Continue where the last page ended.")] = None,
    json_: Json = False,
) -> None:
    """Versions, newest first."""
    found = operator_client().get("/v1/versions", agent=agent, limit=limit, cursor=cursor)
    rows = [
        (
            item["versionId"],
            item["agent"],
            item["status"],
            item["contentHash"][:12],
            item["createdAt"],
            item["createdBy"],
        )
        for item in found["items"]
    ]
    columns = ("VERSION", "AGENT", "STATUS", "CONTENT", "MADE", "BY")
    print_page(found, columns, rows, empty="No versions yet: `make agent-push AGENT=…` makes one.", as_json=json_)


@app.command("show")
def show(version_id: VersionId, *, json_: Json = False) -> None:
    """One version, and how it stands before each gate."""
    client = operator_client()
    found = client.get(f"/v1/versions/{version_id}")
    gates = client.get(f"/v1/versions/{version_id}/gates")
    if json_:
        print_json({**found, "gates": gates["gates"]})
        return
    print_fields((name, value) for name, value in found.items() if not isinstance(value, (list, dict)))
    typer.echo("")
    rows = [(one["gate"], "holds" if one["holds"] else "closed", one.get("why")) for one in gates["gates"]]
    print_table(("GATE", "", "WHY"), rows, empty="No gates.")
    typer.echo("")
    suites = [(one["suite"], ", ".join(one["by"])) for one in gates["requiredSuites"]]
    print_table(("REQUIRED SUITE", "BY"), suites, empty="No suite is required of it.")


@app.command("diff")
def diff(
    version_id: VersionId,
    *,
    against: Annotated[str | None, typer.Option(help="Another version of the agent; left out: its parent.")] = None,
    json_: Json = False,
) -> None:
    """What a version changes of another."""
    found = operator_client().get(f"/v1/versions/{version_id}/diff", against=against)
    if json_:
        print_json(found)
        return
    rows = [(one["pointer"], text_of(one.get("before")), text_of(one.get("after"))) for one in found["changes"]]
    print_table(("WHERE", "BEFORE", "AFTER"), rows, empty="Nothing: they consist of the same.")


@app.command("promote")
def promote(
    version_id: VersionId,
    to: Annotated[str, typer.Argument(help="candidate, approved, deprecated or retired.")],
    *,
    second: Annotated[bool, typer.Option("--second", help="Approve it beside the default, for a canary.")] = False,
    reason: Annotated[str | None, typer.Option(help="Why; it is kept with the version.")] = None,
    json_: Json = False,
) -> None:
    """Move a version along its life; a refusal names every gate that does not hold."""
    body = {"to": to, **({"asDefault": False} if second else {}), **({"reason": reason} if reason else {})}
    _print(operator_client().post(f"/v1/versions/{version_id}/promote", body), as_json=json_)


@app.command("quarantine")
def quarantine(version_id: VersionId, *, reason: Reason, json_: Json = False) -> None:
    """Take a version out at once, whatever it is; a platform administrator alone lets it go on."""
    body = {"to": "quarantined", "reason": reason}
    _print(operator_client().post(f"/v1/versions/{version_id}/promote", body), as_json=json_)


@app.command("release")
def release(version_id: VersionId, *, reason: Reason, json_: Json = False) -> None:
    """Let a quarantined version be a candidate again; for platform administrators."""
    body = {"to": "candidate", "reason": reason}
    client = operator_client(role="Platform.Admin")
    _print(client.post(f"/v1/versions/{version_id}/promote", body), as_json=json_)


@app.command("rollback")
def rollback(
    agent: Annotated[str, typer.Argument(help="The agent's name.")],
    *,
    reason: Reason,
    to: Annotated[
        str | None, typer.Option(help="The version to go back to; left out: the one approved before.")
    ] = None,
    second: Annotated[bool, typer.Option("--second", help="Take back the second version, not the default.")] = False,
    json_: Json = False,
) -> None:
    """Take back what tenants run: the version approved before it is in its place at once, without a build."""
    client = operator_client()
    place = "secondVersionId" if second else "approvedVersionId"
    current = client.get(f"/v1/templates/{agent}").get(place)
    if current is None:
        fail(f"{agent} has no {'second' if second else 'approved'} version to take back.", Exit.REFUSED)
    body = {"reason": reason, **({"to": to} if to else {})}
    found = client.post(f"/v1/versions/{current}/rollback", body)
    if json_:
        print_json(found)
    else:
        print_fields(found.items())


@app.command("export")
def export(
    version_id: VersionId,
    *,
    output: Annotated[Path, typer.Option("--output", "-o", help="The file to write.")],
) -> None:
    """Write a version with its package to a file, to be imported on another stage as the same version."""
    from scripts.agent_push.carry import write

    client = operator_client()
    version = client.get(f"/v1/versions/{version_id}")
    link = client.get(f"/v1/versions/{version_id}/artifact")
    with TemporaryDirectory() as folder:
        package = Path(folder) / "package.zip"
        client.download(link["url"], package, sha256=version["artifactDigest"])
        write(output, version, package)
    typer.echo(f"{output}: {version['agent']}, content {version['contentHash']}", err=True)


@app.command("import")
def import_version(
    file: Annotated[Path, typer.Argument(help="What `ambit versions export` wrote.", exists=True, dir_okay=False)],
    *,
    env: Annotated[str, typer.Option("--env", help="The stage to bring it to: local, dev, staging or prod.")],
    json_: Json = False,
) -> None:
    """Bring a version of another stage here: the same bytes, the same content hash, or nothing. It is a draft here."""
    from scripts.agent_push.carry import bring, opened
    from scripts.agent_push.credentials import operator_token
    from scripts.agent_push.errors import PushError
    from scripts.agent_push.push import api_client
    from scripts.agent_push.registry import Registry
    from scripts.agent_push.stage import stage_of
    from scripts.ambit_cli.commands.push import leave

    try:
        stage = stage_of(env)
        with opened(file) as carried, api_client(stage, operator_token(stage)) as api:
            version, new = bring(carried, stage, Registry(api))
    except PushError as error:
        leave(error)
    typer.echo(f"{version['versionId']} {'new' if new else 'there already'} on {env}", err=True)
    _print(version, as_json=json_)


def _print(version: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(version)
        return
    names = ("versionId", "agent", "status", "contentHash", "approvedAt", "movedBy", "reason")
    print_fields((name, version.get(name)) for name in names)
