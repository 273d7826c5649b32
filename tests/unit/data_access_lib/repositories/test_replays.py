from typing import Any

import pytest

from data_access_lib import keys
from data_access_lib.content import Content
from data_access_lib.errors import InvalidIdentifier, StaleVersion
from data_access_lib.repositories.replays import Replays
from data_access_lib.tenant import TenantId
from platform_kit.errors import NotFound
from platform_kit.ids import new_id
from tests.stores import HandClock, Stores
from tests.unit.data_access_lib.repositories.test_run_checkpoints import Reverses

RUN, REPLAY = new_id("run"), new_id("rpl")
RECORD: dict[str, Any] = {"runId": RUN, "replayId": REPLAY, "status": "running"}
RECORD |= {"replayPlan": [["tool", "a", "h", 1, 1]], "replayHeard": []}


@pytest.fixture
def replays(stores: Stores, clock: HandClock) -> Replays:
    return Replays(stores.table(stores.runs), clock)


def test_a_replay_is_found_beside_its_run_and_nowhere_else(replays: Replays) -> None:
    replays.create(RECORD)
    assert replays.get(RUN, REPLAY)["replayPlan"] == RECORD["replayPlan"]
    for run_id, replay_id in ((new_id("run"), REPLAY), (RUN, new_id("rpl")), (REPLAY, RUN)):
        with pytest.raises(NotFound):
            replays.get(run_id, replay_id)


def test_a_runs_replays_are_listed_newest_first_page_by_page(replays: Replays) -> None:
    made = [new_id("rpl") for _ in range(5)]
    for replay_id in made:
        replays.create({**RECORD, "replayId": replay_id})
    replays.create({**RECORD, "runId": new_id("run"), "replayId": new_id("rpl")})
    listed, after = [], None
    while True:
        page = replays.list(RUN, limit=2, after=after)
        listed += [replay["replayId"] for replay in page.items]
        assert len(page.items) <= 2
        if (after := page.next_id) is None:
            break
    assert listed == made[::-1]
    assert page.items[0]["replayPlan"] == RECORD["replayPlan"]
    assert replays.list(new_id("run")).items == []
    with pytest.raises(InvalidIdentifier):
        replays.list(RUN, after="RECORDED#1")


def test_of_two_changes_at_once_the_later_is_refused(replays: Replays) -> None:
    first = replays.create(RECORD)
    changed = replays.change(first, {"replayHeard": [["tool", "a", "h", 1, True, None]]})
    with pytest.raises(StaleVersion):
        replays.change(first, {"replayHeard": []})
    assert replays.get(RUN, REPLAY)["replayHeard"] == changed["replayHeard"]


def test_in_the_end_the_result_is_left(replays: Replays) -> None:
    ended = replays.finish(replays.create(RECORD), {"status": "finished", "replayResult": {"identical": True}})
    assert (ended["status"], ended["replayResult"]) == ("finished", {"identical": True})
    assert not {"replayPlan", "replayHeard"} & replays.get(RUN, REPLAY).keys()


def test_what_it_finds_is_content_and_sealed(stores: Stores, clock: HandClock) -> None:
    sealed = Replays(stores.table(stores.runs, content=Content(Reverses())), clock)
    made = sealed.create({**RECORD, "replayHeard": ["secret"]})
    sealed.finish(made, {"replayResult": "secret", "error": {"message": "secret"}})
    item = stores.raw(stores.runs, *keys.replay_key(TenantId("acme"), RUN, REPLAY))
    assert item is not None
    assert "secret" not in str(item)
    assert sealed.get(RUN, REPLAY)["error"] == {"message": "secret"}
