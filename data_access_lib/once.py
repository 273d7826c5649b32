"""A creating request that may be repeated: done once per `Idempotency-Key`, answered alike every time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from data_access_lib.repositories.idempotency import Idempotency


@dataclass(frozen=True, slots=True)
class Outcome:
    """The response (JSON), and whether it is an earlier one given again."""

    response: Any
    replayed: bool


def once(answers: Idempotency, route: str, key: str | None, body: bytes, make: Callable[[], Any]) -> Outcome:
    """Carry out `make`, or give its saved response again; without a key it is always carried out.

    The response must hold no secret: it is stored for 24 h. When `make` fails the key is free again.
    IdempotencyMismatch for another body, IdempotencyInProgress while the first request runs.
    """
    if key is None:
        return Outcome(make(), replayed=False)
    ticket = answers.ticket(route, key, body)
    saved = answers.begin(ticket)
    if saved is not None:
        return Outcome(saved.response, replayed=True)
    try:
        response = make()
    except BaseException:
        answers.fail(ticket)
        raise
    answers.complete(ticket, response)
    return Outcome(response, replayed=False)
