"""`ambit certifications`: who vouches for what of a version."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final

import typer

from scripts.ambit_cli.caller import operator_client
from scripts.ambit_cli.output import Json, print_fields, print_json, print_table

app = typer.Typer(help="What people vouch for of versions, until a day.", no_args_is_help=True, rich_markup_mode=None)
VersionId = Annotated[str, typer.Argument(help="ver_…")]
_VOUCHING: Final = "Platform.Admin"
"""Locally: whoever pushed did it as the operator, and nobody certifies their own version."""


@app.command("grant")
def grant(
    version_id: VersionId,
    kind: Annotated[str, typer.Argument(help="security-review, privacy-review or compliance-review.")],
    *,
    days: Annotated[int, typer.Option(min=1, max=366, help="For how long it holds.")] = 180,
    note: Annotated[str | None, typer.Option(help="What was looked at.")] = None,
    json_: Json = False,
) -> None:
    """Vouch for exactly this version; not for one that you registered."""
    ends = datetime.now(UTC) + timedelta(days=days) - timedelta(minutes=1)
    body = {"kind": kind, "expiresAt": ends.isoformat(), **({"note": note} if note else {})}
    _print(operator_client(role=_VOUCHING).post(f"/v1/versions/{version_id}/certifications", body), as_json=json_)


@app.command("list")
def list_certifications(version_id: VersionId, *, json_: Json = False) -> None:
    """A version's certifications, newest first."""
    found = operator_client().get(f"/v1/versions/{version_id}/certifications")
    if json_:
        print_json(found)
        return
    rows = [
        (
            one["certificationId"],
            one["kind"],
            "holds" if one["holds"] else "does not",
            one["expiresAt"],
            one["grantedBy"],
        )
        for one in found["items"]
    ]
    print_table(("CERTIFICATION", "KIND", "", "UNTIL", "BY"), rows, empty="Nobody has vouched for this version.")


@app.command("revoke")
def revoke(
    version_id: VersionId,
    certification_id: Annotated[str, typer.Argument(help="crt_…")],
    *,
    reason: Annotated[str, typer.Option(help="Why it holds no more.")],
    json_: Json = False,
) -> None:
    """Take a certification back, for good."""
    path = f"/v1/versions/{version_id}/certifications/{certification_id}/revoke"
    _print(operator_client().post(path, {"reason": reason}), as_json=json_)


def _print(found: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(found)
    else:
        print_fields(found.items())
