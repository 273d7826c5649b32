"""`ambit webhooks`: where a tenant's events are sent to, what was sent, and events on a developer's machine."""

from typing import Annotated, Any

import typer

from scripts.ambit_cli.caller import Tenant, person_client
from scripts.ambit_cli.exits import fail
from scripts.ambit_cli.groups import ListsByDefault
from scripts.ambit_cli.output import Json, print_fields, print_json, print_page

app = typer.Typer(
    cls=ListsByDefault,
    help="Where a tenant's events are sent to, and what was sent.",
    no_args_is_help=False,
    rich_markup_mode=None,
)
WebhookId = Annotated[str, typer.Argument(help="The endpoint's id, as `ambit webhooks list` shows it.")]
Events = Annotated[
    list[str] | None, typer.Option("--event", help="An event it asks for (job.*, run.halted, *); again for more.")
]
Description = Annotated[str | None, typer.Option(help="What it is for.")]
_VIEWER = "Tenant.Viewer"
_SHOWN = ("webhookId", "url", "status", "challengeFailure", "circuit", "failingSince", "disabledReason", "version")


@app.command("list")
def list_webhooks(*, tenant: Tenant = None, json_: Json = False) -> None:
    """List the tenant's endpoints."""
    found = person_client(tenant, role=_VIEWER).get("/v1/webhooks")
    rows = [(one["webhookId"], _state(one), " ".join(one["events"]), one["url"]) for one in found["items"]]
    empty = "No webhooks: `ambit webhooks create https://… --event 'job.*'` registers one."
    print_page(found, ("ID", "STATUS", "EVENTS", "URL"), rows, empty=empty, as_json=json_)


@app.command("show")
def show(webhook_id: WebhookId, *, tenant: Tenant = None, json_: Json = False) -> None:
    """One endpoint."""
    _show(person_client(tenant).get(f"/v1/webhooks/{webhook_id}"), as_json=json_)


@app.command("create")
def create(
    url: Annotated[str, typer.Argument(help="Where to: HTTPS, on port 443 or 8443.")],
    *,
    event: Events = None,
    description: Description = None,
    tenant: Tenant = None,
    json_: Json = False,
) -> None:
    """Register an endpoint, which is challenged; its secret is shown this once."""
    body = {"url": url, "events": event or ["*"], "description": description or ""}
    made = person_client(tenant).post("/v1/webhooks", body)
    _show(made, as_json=json_)
    if not json_ and made["status"] != "active":
        typer.echo(f"It is sent nothing yet. Then: ambit webhooks update {made['webhookId']} --activate", err=True)


@app.command("update")
def update(
    webhook_id: WebhookId,
    *,
    url: Annotated[str | None, typer.Option(help="Where to; it is challenged again.")] = None,
    event: Events = None,
    description: Description = None,
    activate: Annotated[bool, typer.Option("--activate", help="Challenge it again, and send to it.")] = False,
    disable: Annotated[bool, typer.Option("--disable", help="Send nothing to it.")] = False,
    tenant: Tenant = None,
    json_: Json = False,
) -> None:
    """Change an endpoint."""
    if activate and disable:
        fail("give one of --activate and --disable.")
    status = "active" if activate else "disabled" if disable else None
    told = {"url": url, "events": event, "description": description, "status": status}
    fields = {name: value for name, value in told.items() if value is not None}
    if not fields:
        fail("say what to change: --url, --event, --description, --activate or --disable.")
    _show(person_client(tenant).change(f"/v1/webhooks/{webhook_id}", fields), as_json=json_)


@app.command("delete")
def delete(webhook_id: WebhookId, *, tenant: Tenant = None) -> None:
    """Remove an endpoint; what is on its way to it is given up."""
    client = person_client(tenant)
    _, etag = client.find(f"/v1/webhooks/{webhook_id}")
    client.delete(f"/v1/webhooks/{webhook_id}", if_match=etag)
    typer.echo(f"{webhook_id} is removed.")


@app.command("rotate-secret")
def rotate_secret(
    webhook_id: WebhookId,
    *,
    overlap: Annotated[int, typer.Option(min=0, help="For how many seconds both secrets sign.")] = 86_400,
    tenant: Tenant = None,
    json_: Json = False,
) -> None:
    """Give an endpoint a new secret, shown this once; messages bear both signatures for the overlap."""
    body = {"overlapSeconds": overlap}
    _show(person_client(tenant).post(f"/v1/webhooks/{webhook_id}/rotate-secret", body), as_json=json_)


@app.command("test")
def send_test(webhook_id: WebhookId, *, tenant: Tenant = None, json_: Json = False) -> None:
    """Send a test message to an endpoint; `ambit webhooks deliveries` shows what came of it."""
    begun = person_client(tenant).post(f"/v1/webhooks/{webhook_id}/test")
    if json_:
        print_json(begun)
    else:
        typer.echo(f"{begun['deliveryId']} is on its way. ambit webhooks deliveries {webhook_id}")


@app.command("deliveries")
def deliveries(
    webhook_id: WebhookId,
    *,
    status: Annotated[str | None, typer.Option(help="pending, succeeded or failed.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100, help="How many at most.")] = 20,
    cursor: Annotated[str | None, typer.Option(help="Where an earlier page ended.")] = None,
    tenant: Tenant = None,
    json_: Json = False,
) -> None:
    """What was sent to an endpoint, newest first."""
    query = {"status": status, "limit": limit, "cursor": cursor}
    found = person_client(tenant, role=_VIEWER).get(f"/v1/webhooks/{webhook_id}/deliveries", **query)
    rows = [(one["deliveryId"], one["type"], one["status"], _attempts(one), one["createdAt"]) for one in found["items"]]
    columns = ("ID", "TYPE", "STATUS", "ATTEMPTS", "EVENT AT")
    print_page(found, columns, rows, empty="Nothing was sent to it.", as_json=json_)


@app.command("redeliver")
def redeliver(
    webhook_id: WebhookId,
    delivery_id: Annotated[str | None, typer.Argument(help="One delivery; left out with --since.")] = None,
    *,
    since: Annotated[str | None, typer.Option(help="Everything that failed since this time (RFC 3339).")] = None,
    tenant: Tenant = None,
    json_: Json = False,
) -> None:
    """Send something once more, under the same id."""
    if (delivery_id is None) == (since is None):
        fail("give a delivery's id, or --since.")
    client, below = person_client(tenant), f"/v1/webhooks/{webhook_id}"
    if delivery_id is not None:
        begun: dict[str, Any] = {"items": [client.post(f"{below}/deliveries/{delivery_id}/redeliver")], "more": False}
    else:
        begun = client.post(f"{below}/redeliver", {"since": since})
    if json_:
        print_json(begun)
    else:
        typer.echo(f"{len(begun['items'])} on their way{'; there are more: say it again' if begun['more'] else ''}.")


@app.command("listen")
def listen(
    target: Annotated[str, typer.Argument(help="Where to on this machine, for example http://127.0.0.1:3000/hook.")],
    *,
    event: Events = None,
    secret: Annotated[str | None, typer.Option(help="Sign with this secret; a new one is shown otherwise.")] = None,
    once: Annotated[bool, typer.Option("--once", help="Look once, with what happened in the last minute.")] = False,
    tenant: Tenant = None,
) -> None:
    """Forward the tenant's events to this machine, signed as the platform signs them. Nothing has to be registered.

    The events are read with your own sign-in, so the platform needs no way to this machine. Ctrl-C ends it.
    """
    from scripts.ambit_cli.webhook_listen import Forwarder

    forwarder = Forwarder(person_client(tenant, role=_VIEWER), target, event or ["*"], secret)
    typer.echo(f"Forwarding to {target}, signed with {forwarder.secret}")
    forwarder.run(once=once, tell=typer.echo)


def _state(one: dict[str, Any]) -> str:
    return str(one["status"]) if one["circuit"] == "closed" else f"{one['status']} (spared)"


def _attempts(one: dict[str, Any]) -> str:
    """`3, last 500`."""
    tried = one["attempts"]
    return f"{len(tried)}, last {tried[-1]['status'] or tried[-1].get('error')}" if tried else "none"


def _show(made: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(made)
        return
    told = [(name, made[name]) for name in _SHOWN if made.get(name) not in {None, ""}]
    print_fields(
        [*told, ("events", " ".join(made["events"])), *([("secret", made["secret"])] if made.get("secret") else [])]
    )
