import json

import pytest

from governance.webhooks.messages import Dispatch

MESSAGE = Dispatch("acme", "whk_1", "dlv_1", round=2, attempt=3, due_ms=5000)


def test_a_message_is_read_as_it_was_written() -> None:
    assert Dispatch.read(MESSAGE.body()) == MESSAGE
    assert MESSAGE.moved(attempt=4).attempt == 4


@pytest.mark.parametrize(
    "text",
    [
        *("", "{}", "[]", "null", MESSAGE.body()[:-1]),
        json.dumps({**json.loads(MESSAGE.body()), "attempt": 0}),
        json.dumps({**json.loads(MESSAGE.body()), "attempt": "1"}),
        json.dumps({**json.loads(MESSAGE.body()), "more": 1}),
        json.dumps({**json.loads(MESSAGE.body()), "tenantId": "a" * 200}),
    ],
)
def test_any_other_text_is_none(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - pydantic's is one
        Dispatch.read(text)


@pytest.mark.parametrize(("now", "seconds"), [(5000, 0), (9999, 0), (4001, 1), (4999, 1), (0, 5), (-(10**9), 900)])
def test_the_queue_keeps_it_back_as_long_as_it_can(now: int, seconds: int) -> None:
    assert MESSAGE.delay_seconds(now) == seconds
