"""`ambit evidence`: what an evaluation proves of an agent version; verified offline."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from scripts.ambit_cli.exits import Exit, fail
from scripts.ambit_cli.output import Json, print_fields, print_json

app = typer.Typer(
    help="The evidence of evaluations: get it, and verify it offline.", no_args_is_help=True, rich_markup_mode=None
)


@app.callback()
def evidence() -> None:
    """Get the evidence of evaluations, and verify it offline."""


@app.command("verify")
def verify(
    bundle: Annotated[Path, typer.Argument(help="The bundle, as it was downloaded.")],
    *,
    key: Annotated[list[Path], typer.Option(help="The public key it is signed with (PEM); several while keys change.")],
    content_hash: Annotated[str | None, typer.Option(help="The content hash of the version it must be about.")] = None,
    json_: Json = False,
) -> None:
    """Check a bundle by itself, offline; says what does not hold and leaves with 1."""
    from governance.evidence.bundle import NoEvidence, verified
    from scripts.ambit_cli.public_keys import verifier

    try:
        data, trusted = bundle.read_bytes(), verifier([path.read_bytes() for path in key])
    except (OSError, ValueError) as failure:
        fail(f"a file cannot be read ({type(failure).__name__}): give a bundle, and --key with a public key on P-256.")
    try:
        proven = verified(data, trusted, content_hash)
    except NoEvidence as no:
        if json_:
            print_json({"holds": False, "where": no.file, "why": no.why})
            raise typer.Exit(Exit.FAILED) from None
        fail(f"the evidence does not hold: {no}.", Exit.FAILED)
    told = asdict(proven)
    if json_:
        print_json({"holds": True, **told})
    else:
        print_fields({"holds": "yes", **told, "suites": ", ".join(proven.suites)}.items())


@app.command("get")
def get(
    evaluation_id: Annotated[str, typer.Argument(help="evl_…, as `ambit evaluations list` shows it.")],
    *,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Where to put it; left out: <its SHA-256>.zip here.")
    ] = None,
    json_: Json = False,
) -> None:
    """Download the bundle of an evaluation; what came is compared with its address."""
    import httpx

    from governance.evidence.bundle import address
    from scripts.ambit_cli.caller import operator_client

    found = operator_client().get(f"/v1/evaluation-runs/{evaluation_id}/evidence")
    try:
        data = httpx.get(str(found["url"]), timeout=60).raise_for_status().content
    except httpx.HTTPError as failure:
        fail(f"the bundle cannot be downloaded ({type(failure).__name__}); ask again.", Exit.UNAVAILABLE)
    if address(data) != found["digest"]:
        fail("what came is not what its address says: it was changed on the way.", Exit.FAILED)
    place = output or Path(f"{found['digest']}.zip")
    place.write_bytes(data)
    told = {"evaluationId": evaluation_id, "digest": found["digest"], "bytes": len(data), "file": str(place)}
    if json_:
        print_json(told)
    else:
        print_fields(told.items())


@app.command("key")
def key_(
    *,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Where to put it; left out: here.")] = None,
) -> None:
    """The public keys that evidence is signed with (PEM). Give them to whoever verifies, by a way that they trust."""
    from scripts.ambit_cli.caller import operator_client

    pems = "".join(one["pem"] for one in operator_client().get("/v1/evidence-keys")["items"])
    if output is None:
        typer.echo(pems, nl=False)
    else:
        output.write_text(pems)
