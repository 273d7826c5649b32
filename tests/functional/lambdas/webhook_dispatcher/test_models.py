import pytest

from governance.webhooks.messages import Dispatch
from lambdas.webhook_dispatcher.models import Received

MESSAGE = Dispatch("acme", "whk_1", "dlv_1")


@pytest.mark.parametrize(("times", "again"), [("1", False), ("2", True), (None, False)])
def test_a_message_says_whether_it_was_handed_out_before(times: str | None, *, again: bool) -> None:
    attributes = {"ApproximateReceiveCount": times} if times else None
    found = Received.read({"messageId": "m1", "body": MESSAGE.body(), "attributes": attributes})
    assert found == Received("m1", MESSAGE, again)


@pytest.mark.parametrize("body", ["", "{}", "[]"])
def test_what_is_no_message_is_refused(body: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - pydantic's is one
        Received.read({"messageId": "m1", "body": body})
