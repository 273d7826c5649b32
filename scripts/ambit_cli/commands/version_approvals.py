"""`ambit versions approvals`: the approvals that a version of high risk needs before its promotion."""

from typing import Annotated, Any

import typer

from scripts.ambit_cli.caller import operator_client
from scripts.ambit_cli.output import Json, print_fields, print_json, print_table

app = typer.Typer(
    help="Approvals of the promotion of a version of high risk: two people, none of whom asked or pushed.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
VersionId = Annotated[str, typer.Argument(help="ver_…")]
ApprovalId = Annotated[str, typer.Argument(help="pra_…")]
Reason = Annotated[str, typer.Option(help="Why; it is in the audit log.")]


@app.command("request")
def request(
    version_id: VersionId,
    *,
    reason: Reason,
    second: Annotated[bool, typer.Option("--second", help="To be approved beside the default.")] = False,
    json_: Json = False,
) -> None:
    """Ask others to approve it; for 48 hours."""
    body = {"reason": reason, **({"asDefault": False} if second else {})}
    _print(operator_client().post(f"/v1/versions/{version_id}/approvals", body), as_json=json_)


@app.command("list")
def list_approvals(version_id: VersionId, *, json_: Json = False) -> None:
    """What was asked for a version, newest first."""
    found = operator_client().get(f"/v1/versions/{version_id}/approvals")
    if json_:
        print_json(found)
        return
    rows = [
        (
            *(one["approvalId"], one["status"], one["place"]),
            f"{sum(vote['choice'] == 'approve' for vote in one['votes'])} of {one['quorum']}",
            *(one["requestedBy"], one["expiresAt"], one["reason"]),
        )
        for one in found["items"]
    ]
    columns = ("APPROVAL", "STATUS", "PLACE", "APPROVED", "ASKED BY", "UNTIL", "REASON")
    print_table(columns, rows, empty="Nobody has asked.")


@app.command("approve")
def approve(version_id: VersionId, approval_id: ApprovalId, *, reason: Reason, json_: Json = False) -> None:
    """Say yes; not to what you asked for, or to a version that you registered."""
    _decide(version_id, approval_id, "approve", reason, as_json=json_)


@app.command("deny")
def deny(version_id: VersionId, approval_id: ApprovalId, *, reason: Reason, json_: Json = False) -> None:
    """Say no: that ends it."""
    _decide(version_id, approval_id, "deny", reason, as_json=json_)


def _decide(version_id: str, approval_id: str, decision: str, reason: str, *, as_json: bool) -> None:
    path = f"/v1/versions/{version_id}/approvals/{approval_id}/decision"
    body = {"decision": decision, "reason": reason}
    _print(operator_client(role="Platform.Admin").post(path, body), as_json=as_json)


def _print(found: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(found)
    else:
        print_fields((name, value) for name, value in found.items() if not isinstance(value, list))
