"""When the pieces of a recorded answer are kept: at their end, whatever ends them."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from data_access_lib.errors import RunClosed
from lambdas.models.replays import asked_chat, kept_pieces
from model_gateway.errors import StreamCut
from platform_kit.errors import NotFound

ASKED = asked_chat({"model": "local", "messages": []})


class FakeRecorder:
    def __init__(self, *, recorded: bool = True) -> None:
        self.in_force = SimpleNamespace(recorded=recorded)
        self.kept: list[Any] = []

    def begin(self) -> int:
        return 1

    def end(self, _position: int, _asked: Any, answer: Any) -> None:
        self.kept.append(answer)


def pieces(failure: Exception | None = None) -> Any:
    def start() -> Iterator[dict[str, Any]]:
        yield {"a": 1}
        if failure is not None:
            raise failure
        yield {"b": 2}

    return start


def recorder(*, recorded: bool = True) -> Any:
    return FakeRecorder(recorded=recorded)


def test_all_pieces_are_kept_after_the_last() -> None:
    found = recorder()
    given = kept_pieces(found, ASKED, pieces())
    assert next(given) == {"a": 1}
    assert found.kept == []
    assert list(given) == [{"b": 2}]
    assert found.kept == [{"status": 200, "pieces": [{"a": 1}, {"b": 2}]}]


def test_a_failure_on_the_way_is_kept_with_what_came_before() -> None:
    found = recorder()
    with pytest.raises(StreamCut):
        list(kept_pieces(found, ASKED, pieces(StreamCut("cut"))))
    assert found.kept[0]["pieces"] == [{"a": 1}]
    assert found.kept[0]["failure"]["error"]["code"] == StreamCut("cut").wire_code


def test_an_agent_that_leaves_has_heard_what_it_has_heard() -> None:
    found = recorder()
    given = kept_pieces(found, ASKED, pieces())
    next(given)
    given.close()
    assert found.kept == [{"status": 200, "pieces": [{"a": 1}]}]


@pytest.mark.parametrize(("failure", "status"), [(NotFound("no"), 404), (RunClosed("cancelled"), None)])
def test_an_answer_that_never_began_is_a_refusal(failure: Exception, status: int | None) -> None:
    def start() -> Any:
        raise failure

    found = recorder()
    with pytest.raises(type(failure)):
        kept_pieces(found, ASKED, start)
    assert [kept and kept["status"] for kept in found.kept] == [status]


def test_what_is_not_recorded_is_passed_on_as_it_is() -> None:
    found = recorder(recorded=False)
    assert list(kept_pieces(found, ASKED, pieces())) == [{"a": 1}, {"b": 2}]
    assert found.kept == []
