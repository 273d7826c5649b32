"""`ambit approvals`: what agents may do only after people have decided."""

from typing import Annotated, Any

import typer

from scripts.ambit_cli.caller import Tenant, person_client, tenant_client
from scripts.ambit_cli.groups import ListsByDefault
from scripts.ambit_cli.output import Json, print_fields, print_json, print_page

app = typer.Typer(
    help="Look at what is held for approval, and decide; on its own it lists what is pending.",
    cls=ListsByDefault,
    rich_markup_mode=None,
)

ApprovalId = Annotated[str, typer.Argument(help="apr_…, as `ambit approvals list` shows it.")]
Reason = Annotated[str, typer.Option(help="Why; it stands in the audit log.")]
Role = Annotated[str, typer.Option(help="Local stack only: the role to act in.")]
Digest = Annotated[str | None, typer.Option(help="Decide only if the arguments still have this digest.")]
_APART = ("arguments", "argumentsText", "votes", "mayDecide", "requiredRoles")


@app.command("list")
def list_approvals(
    *,
    status: Annotated[str, typer.Option(help="A state such as pending or denied, or all.")] = "pending",
    limit: Annotated[int, typer.Option(min=1, max=100)] = 50,
    cursor: Annotated[str | None, typer.Option(help="Continue where the last page ended.")] = None,
    tenant: Tenant = None,
    json_: Json = False,
) -> None:
    """List what is held, newest first."""
    wanted = None if status == "all" else status
    found = tenant_client(tenant).get("/v1/approvals", limit=limit, cursor=cursor, status=wanted)
    rows = [
        (
            *(item["approvalId"], item["status"], item["risk"], item.get("tool") or item["kind"], item["agent"]),
            *(f"{item['approvals']} of {item['quorum']}", item["expiresAt"]),
        )
        for item in found["items"]
    ]
    columns = ("ID", "STATUS", "RISK", "TOOL", "AGENT", "APPROVALS", "EXPIRES")
    print_page(found, columns, rows, empty="Nothing is waiting for a decision.", as_json=json_)


@app.command("show")
def show(
    approval_id: ApprovalId, *, role: Role = "Tenant.Developer", tenant: Tenant = None, json_: Json = False
) -> None:
    """One approval, with the exact arguments that would be used."""
    found = tenant_client(tenant, role=role).get(f"/v1/approvals/{approval_id}")
    if json_:
        print_json(found)
        return
    _show(found)
    # Never shortened: whoever approves has seen all of it.
    typer.echo(f"\narguments\n{found['argumentsText']}")


@app.command("approve")
def approve(
    approval_id: ApprovalId,
    *,
    reason: Reason,
    digest: Digest = None,
    role: Role = "Tenant.Admin",
    tenant: Tenant = None,
    json_: Json = False,
) -> None:
    """Let it happen, exactly as it was asked for."""
    _decide(approval_id, "approve", reason, digest, role, tenant, as_json=json_)


@app.command("deny")
def deny(
    approval_id: ApprovalId,
    *,
    reason: Reason,
    digest: Digest = None,
    role: Role = "Tenant.Admin",
    tenant: Tenant = None,
    json_: Json = False,
) -> None:
    """Refuse it; one denial is enough."""
    _decide(approval_id, "deny", reason, digest, role, tenant, as_json=json_)


def _decide(
    approval_id: str, decision: str, reason: str, digest: str | None, role: str, tenant: str | None, *, as_json: bool
) -> None:
    body = {"decision": decision, "reason": reason, **({"digest": digest} if digest else {})}
    found = person_client(tenant, role=role).post(f"/v1/approvals/{approval_id}/decision", body)
    if as_json:
        print_json(found)
        return
    _show(found)


def _show(found: dict[str, Any]) -> None:
    plain = [(name, value) for name, value in found.items() if name not in _APART]
    said = [(vote["decision"], f"{vote['principalId']} ({vote['role']}): {vote['reason']}") for vote in found["votes"]]
    print_fields([*plain, ("required roles", ", ".join(found["requiredRoles"])), *said])
    if "mayDecide" in found:
        print_fields([("you may decide", "yes" if found["mayDecide"] else "no")])
