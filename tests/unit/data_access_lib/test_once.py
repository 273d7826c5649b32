from typing import Any

import pytest

from data_access_lib.once import Outcome, once
from data_access_lib.repositories.idempotency import Idempotency
from platform_kit.errors import IdempotencyInProgress, IdempotencyMismatch
from tests.stores import HandClock, Stores

ROUTE = "POST /v1/files"


@pytest.fixture
def answers(stores: Stores, clock: HandClock) -> Idempotency:
    return Idempotency(stores.table(stores.ops), clock)


def test_what_was_done_is_answered_again_and_not_done_again(answers: Idempotency) -> None:
    made: list[int] = []

    def make() -> Any:
        made.append(1)
        return {"fileId": "fil_1"}

    assert once(answers, ROUTE, "k", b"body", make) == Outcome({"fileId": "fil_1"}, replayed=False)
    assert once(answers, ROUTE, "k", b"body", make) == Outcome({"fileId": "fil_1"}, replayed=True)
    assert made == [1]
    with pytest.raises(IdempotencyMismatch):
        once(answers, ROUTE, "k", b"else", make)


def test_without_a_key_it_is_done_every_time(answers: Idempotency, stores: Stores) -> None:
    made = iter([1, 2])
    assert [once(answers, ROUTE, None, b"", lambda: next(made)).response for _ in range(2)] == [1, 2]
    assert once(answers, ROUTE, None, b"", lambda: 3) == Outcome(3, replayed=False)
    assert stores.client.calls == []


def test_while_it_is_done_others_wait(answers: Idempotency) -> None:
    def make() -> Any:
        with pytest.raises(IdempotencyInProgress):
            once(answers, ROUTE, "k", b"body", lambda: None)
        return {}

    once(answers, ROUTE, "k", b"body", make)


@pytest.mark.parametrize("error", [RuntimeError("no"), KeyboardInterrupt()])
def test_what_failed_may_be_tried_again_with_any_body(answers: Idempotency, error: BaseException) -> None:
    def make() -> Any:
        raise error

    with pytest.raises(type(error)):
        once(answers, ROUTE, "k", b"body", make)
    assert once(answers, ROUTE, "k", b"else", lambda: 1) == Outcome(1, replayed=False)
