"""A hundred duplicates in the same moment, in the library itself: one of them acts."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import pytest

from data_access_lib.once import Outcome, once
from data_access_lib.repositories.idempotency import Idempotency
from platform_kit.errors import IdempotencyInProgress
from tests.stores import HandClock, Stores

pytestmark = pytest.mark.family("idempotency")
MANY: Final = 100


def at_once(ask: Any, many: int = MANY) -> list[Any]:
    """The answers or refusals of many threads that begin together."""
    barrier = threading.Barrier(many)

    def begin(number: int) -> Any:
        barrier.wait()
        try:
            return ask(number)
        except IdempotencyInProgress as refusal:
            return refusal

    with ThreadPoolExecutor(many) as pool:
        return [future.result() for future in [pool.submit(begin, number) for number in range(many)]]


def test_a_hundred_threads_make_one_thing(stores: Stores) -> None:
    records, effects = Idempotency(stores.table(stores.ops), HandClock()), []

    def make() -> dict[str, int]:
        effects.append(threading.get_ident())
        return {"number": len(effects)}

    answers = at_once(lambda _: once(records, "POST /v1/files", "key-1", b"body", make))
    assert len(effects) == 1
    done = [answer for answer in answers if isinstance(answer, Outcome)]
    assert [answer.response for answer in done] == [{"number": 1}] * len(done)
    assert sum(not answer.replayed for answer in done) == 1


@pytest.mark.parametrize("what", ["tenant", "principal", "route", "key"])
def test_a_hundred_that_differ_in_one_thing_make_a_hundred(what: str, stores: Stores) -> None:
    def ask(number: int) -> Outcome:
        each = {"tenant": "acme", "principal": "usr:1:ada", "route": "POST /v1/files", "key": "key-1"}
        each[what] = f"{each[what]}-{number}"
        records = Idempotency(stores.table(stores.ops, each["tenant"], each["principal"]), HandClock())
        return once(records, each["route"], each["key"], b"body", lambda: {"number": number})

    answers = at_once(ask)
    assert [answer.response["number"] for answer in answers] == list(range(MANY))
    assert not any(answer.replayed for answer in answers)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("usr:1", "POST /x", "ab"), ("usr:1", "POST /xa", "b")),
        (("usr:1|2", "POST /x", "k"), ("usr:1", "2|POST /x", "k")),
        (("usr:1", "POST /x|3:k", "k"), ("usr:1", "POST /x", "3:k|k")),
        (("5:usr:1", "POST /x", "k"), ("usr:1", "5:POST /x", "k")),
    ],
)
def test_no_principal_route_and_key_run_together_into_those_of_others(
    one: tuple[str, str, str], other: tuple[str, str, str], stores: Stores
) -> None:
    made: list[Outcome] = []
    for principal, route, key in (one, other):
        records = Idempotency(stores.table(stores.ops, "acme", principal), HandClock())
        made.append(once(records, route, key, b"body", lambda: {"number": len(made)}))
    assert [outcome.replayed for outcome in made] == [False, False]
