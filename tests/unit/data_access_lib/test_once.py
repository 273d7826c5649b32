from typing import Any, cast

import pytest

from data_access_lib.once import once
from data_access_lib.repositories.idempotency import Idempotency, Saved


class FakeAnswers:
    """Remembers what was asked of it; `saved` is what it has from an earlier request."""

    def __init__(self, saved: Saved | None = None) -> None:
        self.saved = saved
        self.calls: list[tuple[str, object]] = []

    def ticket(self, route: str, key: str, body: bytes) -> tuple[str, str, bytes]:
        return (route, key, body)

    def begin(self, ticket: object) -> Saved | None:
        self.calls.append(("begin", ticket))
        return self.saved

    def complete(self, ticket: object, response: object) -> bool:
        self.calls.append(("complete", response))
        return True

    def fail(self, ticket: object) -> None:
        self.calls.append(("fail", ticket))


def run(answers: FakeAnswers, key: str | None, make: Any) -> Any:
    return once(cast("Idempotency", answers), "POST /x", key, b"{}", make)


def test_without_a_key_the_work_is_done_and_nothing_is_kept() -> None:
    answers = FakeAnswers()
    outcome = run(answers, None, lambda: {"id": 1})
    assert (outcome.response, outcome.replayed, answers.calls) == ({"id": 1}, False, [])


def test_with_a_key_the_response_is_kept() -> None:
    answers = FakeAnswers()
    outcome = run(answers, "k", lambda: {"id": 1})
    assert (outcome.response, outcome.replayed) == ({"id": 1}, False)
    assert answers.calls == [("begin", ("POST /x", "k", b"{}")), ("complete", {"id": 1})]


def test_a_saved_response_is_given_without_doing_the_work_again() -> None:
    def never() -> None:
        raise AssertionError

    outcome = run(FakeAnswers(Saved({"id": 7}, None)), "k", never)
    assert (outcome.response, outcome.replayed) == ({"id": 7}, True)


@pytest.mark.parametrize("failure", [ValueError, KeyboardInterrupt])
def test_when_the_work_fails_the_key_is_free_again(failure: type[BaseException]) -> None:
    answers = FakeAnswers()

    def broken() -> None:
        raise failure

    with pytest.raises(failure):
        run(answers, "k", broken)
    assert [name for name, _ in answers.calls] == ["begin", "fail"]
