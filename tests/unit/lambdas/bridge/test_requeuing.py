from types import SimpleNamespace
from typing import Any

import pytest

from lambdas.bridge.models import Requeue
from lambdas.bridge.requeuing import Again, body_of, continuation, scope_of
from platform_kit.errors import Conflict, NotFound

RUN: dict[str, Any] = {
    "runId": "run_1",
    "jobId": "job_1",
    "status": "failed",
    "input": "x" * 60_000,
    "sessionId": "ses_1",
    "principalId": "usr:1:ada",
    "files": [{"fileId": "fil_1", "name": "a.csv"}],
    "webhookId": "whk_1",
    "versionId": "ver_1",
}
ANEW = Requeue.model_validate({"from": "start"})


def store(outline: Any = None, principal: str = "usr:1:ada") -> Any:
    def webhook(_id: str) -> Any:
        if isinstance(outline, Exception):
            raise outline
        return outline

    return SimpleNamespace(context=SimpleNamespace(principal_id=principal), webhooks=SimpleNamespace(outline=webhook))


def test_it_asks_what_was_asked_even_where_that_is_longer_than_a_caller_may_write() -> None:
    body = body_of(RUN, store({"webhookId": "whk_1"}))
    assert (body.input, body.files, body.session_id, body.webhook_id) == (RUN["input"], ["fil_1"], "ses_1", "whk_1")


@pytest.mark.parametrize("gone", [None, NotFound("gone")], ids=["none", "not found"])
def test_an_endpoint_that_is_gone_is_told_nothing(gone: Any) -> None:
    assert body_of(RUN, store(gone)).webhook_id is None


def test_somebody_else_gets_a_session_of_their_own() -> None:
    assert body_of(RUN, store(principal="usr:1:bob")).session_id is None


@pytest.mark.parametrize(
    ("scope", "left"),
    [
        (None, None),
        ({"autonomyTier": 1}, {"autonomyTier": 1}),
        ({"tools": ["a", "b"], "autonomyTier": 1}, {"tools": ["a"], "autonomyTier": 1}),
        ({"tools": ["b"]}, {"tools": []}),
    ],
)
def test_a_scope_never_widens(scope: Any, left: Any) -> None:
    agent: Any = SimpleNamespace(tools=("a",))
    assert scope_of({"scope": scope}, agent) == left


@pytest.mark.parametrize("status", ["queued", "running", "awaiting_approval", "paused", "retrying", "succeeded"])
def test_only_what_ended_badly_is_done_again(status: str) -> None:
    nothing: Any = None
    with pytest.raises(Conflict):
        continuation(Again({**RUN, "status": status}, ANEW), nothing, nothing)


@pytest.mark.parametrize("status", ["failed", "timed_out", "cancelled", "halted"])
def test_anew_nothing_is_taken_over(status: str) -> None:
    nothing: Any = None
    made = continuation(Again({**RUN, "status": status}, ANEW), nothing, nothing)
    assert (made.job_id, made.checkpoint, made.calls) == ("job_1", None, ())
