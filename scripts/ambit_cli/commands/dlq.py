"""`ambit dlq`: what could not be done and waits for a person; for operators."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from scripts.ambit_cli.caller import operator_client
from scripts.ambit_cli.output import Json, print_json, print_table

if TYPE_CHECKING:
    from scripts.ambit_cli.client import Client

app = typer.Typer(
    help="Look at dead letters, have them done again, or remove them.", no_args_is_help=True, rich_markup_mode=None
)
_DLQ: Final = "/v1/platform/dlq"
_BATCH: Final = 50
_LOST: Final = 1

Queue = Annotated[str, typer.Argument(help="The queue, as `ambit dlq list` shows it.")]
Messages = Annotated[list[str] | None, typer.Option("--message", help="A message's id; may be repeated.")]
Everything = Annotated[bool, typer.Option("--all", help="All that wait now, fifty at a time.")]


@app.command("list")
def list_queues(*, json_: Json = False) -> None:
    """List the queues and how many messages wait in each."""
    found = operator_client().get(_DLQ)
    if json_:
        print_json(found)
        return
    rows = [(one["name"], one["waiting"], one["hidden"]) for one in found["queues"]]
    print_table(("QUEUE", "WAITING", "HIDDEN"), rows, empty="There are no queues.")


@app.command("inspect")
def inspect(
    queue: Queue,
    *,
    limit: Annotated[int, typer.Option(min=1, max=100, help="How many at most.")] = 50,
    json_: Json = False,
) -> None:
    """Show messages: where they come from and what went wrong, without what tenants sent."""
    found = operator_client().get(f"{_DLQ}/{queue}/messages", limit=limit)
    if json_:
        print_json(found)
        return
    rows = [
        (
            *(one["messageId"], one["origin"], one["reason"], one.get("tenantId"), f"{one['ageSeconds']} s"),
            *(one["receives"], one["subject"]),
        )
        for one in found["items"]
    ]
    print_table(("MESSAGE", "ORIGIN", "REASON", "TENANT", "AGE", "SEEN", "SUBJECT"), rows, empty=f"Nothing in {queue}.")
    if found["more"]:
        typer.echo("there are more: --limit, or redrive these first", err=True)


@app.command("redrive")
def redrive(queue: Queue, *, message: Messages = None, everything: Everything = False, json_: Json = False) -> None:
    """Have messages done again, each at most once. What fails again comes back as another message."""
    _one_of(message, everything=everything)
    before = datetime.now(UTC).isoformat(timespec="milliseconds")
    body: dict[str, Any] = {"messageIds": message} if message else {"sentBefore": before, "limit": _BATCH}
    _go_through(operator_client(), f"{_DLQ}/{queue}/redrive", body, again=everything, as_json=json_)


@app.command("purge")
def purge(
    queue: Queue,
    *,
    reason: Annotated[str, typer.Option(help="Why; it is kept in the audit log with what is removed.")],
    confirm: Annotated[str, typer.Option(help="The queue's name once more: what is removed is gone.")],
    message: Messages = None,
    everything: Everything = False,
    json_: Json = False,
) -> None:
    """Remove messages for good; what is shown of each stays in the audit log."""
    _one_of(message, everything=everything)
    body = {"reason": reason, "confirm": confirm, **({"messageIds": message} if message else {"limit": _BATCH})}
    _go_through(operator_client(), f"{_DLQ}/{queue}/purge", body, again=everything, as_json=json_)


def _one_of(message: list[str] | None, *, everything: bool) -> None:
    if bool(message) == everything:
        raise typer.BadParameter("Name messages with --message, or take --all.")


def _go_through(client: "Client", path: str, body: dict[str, Any], *, again: bool, as_json: bool) -> None:
    """Ask once, or until a round gets nothing done; leaves with 1 when something was not."""
    items: list[dict[str, Any]] = []
    for round_ in _rounds(client, path, body, again=again):
        items += round_["items"]
        if not as_json:
            typer.echo(f"{sum(map(_is_done, items))} done, about {round_['waiting']} waiting", err=True)
    left = [one for one in _latest(items) if not _is_done(one)]
    if as_json:
        print_json({"items": _latest(items)})
    else:
        rows = [(one["messageId"], one["result"], one.get("detail")) for one in _latest(items)]
        print_table(("MESSAGE", "RESULT", "DETAIL"), rows, empty="Nothing to do.")
    if left:
        raise typer.Exit(_LOST)


def _rounds(client: "Client", path: str, body: dict[str, Any], *, again: bool) -> Iterator[dict[str, Any]]:
    while True:
        found = client.post(path, body)
        yield found
        if not again or not found["done"]:
            return


def _latest(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What became of each message in the end: one that is left is looked at in every round."""
    return list({one["messageId"]: one for one in items}.values())


def _is_done(item: dict[str, Any]) -> bool:
    return item["result"] in {"moved", "already_moved", "purged"}
