from typing import Any

from lambdas.bridge.models import ReplayReply
from lambdas.bridge.replays import shown

REPLAY: dict[str, Any] = {
    "replayId": "rpl_1",
    "runId": "run_1",
    "agent": "a",
    "mode": "sync",
    "status": "running",
    "onDivergence": "stop",
    "principalId": "usr:1:ada",
    "createdAt": "t0",
    "versionId": "ver_2",
    "recordedVersionId": "ver_1",
    "replayPlan": [["tool", "a", "h", 1, 1]],
    "replayHeard": [],
    "deadline": 1,
}


def test_one_that_is_going_shows_nothing_of_its_work() -> None:
    told = shown(REPLAY)
    assert (told["version"], told["recordedVersionId"]) == ("ver_2", "ver_1")
    assert not {"replayPlan", "replayHeard", "deadline"} & told.keys()
    assert ReplayReply.model_validate(told).identical is None


def test_one_that_has_ended_shows_its_result() -> None:
    side = {"hash": "h", "calls": 1, "events": 0}
    call = {"position": None, "kind": "tool", "name": "a", "hash": "h", "result": "added"}
    result = {"identical": False, "recorded": side, "replayed": side, "calls": [call], "differences": []}
    told = ReplayReply.model_validate(shown({**REPLAY, "status": "finished", "replayResult": result}))
    assert (told.identical, told.calls[0].result) == (False, "added")
