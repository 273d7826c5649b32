"""`ambit evidence`: what an evaluation proves of an agent version, offline."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from scripts.ambit_cli.exits import Exit, fail
from scripts.ambit_cli.output import Json, print_fields, print_json

app = typer.Typer(help="Verify the evidence of evaluations.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def evidence() -> None:
    """Verify the evidence of evaluations."""


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
        print_fields([("holds", "yes"), *told.items()])
