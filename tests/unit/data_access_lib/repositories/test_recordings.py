from typing import Any

import pytest

from data_access_lib import keys
from data_access_lib.content import Content
from data_access_lib.errors import NotReplayable
from data_access_lib.repositories.recordings import INLINE_BYTES, Recordings
from data_access_lib.tenant import TenantId
from platform_kit.ids import new_id
from tests.stores import HandClock, Stores
from tests.unit.data_access_lib.repositories.test_run_checkpoints import AsStored, Reverses

RUN = new_id("run")
CALL = {"kind": "tool", "name": "time", "hash": "h", "asked": {}, "answer": {"status": 200, "body": 1}}


@pytest.fixture
def recordings(stores: Stores, clock: HandClock) -> Recordings:
    return Recordings(stores.table(stores.runs), stores.objects, clock)


def reason(recordings: Recordings, most: int = 10) -> str:
    with pytest.raises(NotReplayable) as refused:
        recordings.calls(RUN, 1, most=most)
    return refused.value.reason


def test_calls_have_the_order_in_which_they_began_and_say_what_had_begun_when_they_ended(
    recordings: Recordings,
) -> None:
    first, second = recordings.begin(RUN, 1), recordings.begin(RUN, 1)
    recordings.end(RUN, 1, second, {**CALL, "name": "b"})
    recordings.end(RUN, 1, first, {**CALL, "name": "a"})
    third = recordings.begin(RUN, 1)
    recordings.end(RUN, 1, third, {**CALL, "name": "c"})
    found = recordings.calls(RUN, 1, most=10)
    assert [(call["name"], call["position"], call["over"]) for call in found] == [("a", 1, 2), ("b", 2, 2), ("c", 3, 3)]
    assert recordings.call(RUN, 1, 2)["name"] == "b"
    assert recordings.count(RUN, 1) == 3


@pytest.mark.parametrize("size", [10, INLINE_BYTES])
def test_an_answer_comes_back_to_the_letter(size: int, recordings: Recordings) -> None:
    recordings.end(RUN, 1, recordings.begin(RUN, 1), {**CALL, "answer": {"body": "x" * size}})
    assert recordings.call(RUN, 1, 1)["answer"] == {"body": "x" * size}


def test_a_call_without_an_answer_leaves_a_record_that_is_not_whole(recordings: Recordings) -> None:
    recordings.begin(RUN, 1)
    assert reason(recordings) == "incomplete"
    with pytest.raises(NotReplayable):
        recordings.call(RUN, 1, 1)


def test_a_call_that_came_too_late_is_no_call(recordings: Recordings) -> None:
    recordings.end(RUN, 1, recordings.begin(RUN, 1), CALL)
    recordings.end(RUN, 1, recordings.begin(RUN, 1), None)
    assert [call["position"] for call in recordings.calls(RUN, 1, most=10)] == [1]


def test_too_many_calls_are_not_replayed(recordings: Recordings) -> None:
    for _ in range(2):
        recordings.end(RUN, 1, recordings.begin(RUN, 1), CALL)
    assert reason(recordings, most=1) == "too_long"


def test_a_changed_one_is_not_answered_with(recordings: Recordings, stores: Stores) -> None:
    recordings.end(RUN, 1, recordings.begin(RUN, 1), CALL)
    key = keys.recorded_call_key(TenantId("acme"), RUN, 1, 1)
    stores.table(stores.runs).update(key, set_={"recordedCall": '{"kind":"model"}'})
    assert reason(recordings) == "damaged"


def test_a_large_one_that_is_gone_is_not_made_up(recordings: Recordings, stores: Stores) -> None:
    recordings.end(RUN, 1, recordings.begin(RUN, 1), {**CALL, "asked": "x" * INLINE_BYTES})
    item = stores.table(stores.runs).get(keys.recorded_call_key(TenantId("acme"), RUN, 1, 1))
    assert item is not None
    stores.objects().delete(item["objectKey"])
    assert reason(recordings) == "damaged"


@pytest.mark.parametrize("size", [10, INLINE_BYTES])
def test_it_is_content_and_sealed_wherever_it_is(size: int, stores: Stores, clock: HandClock) -> None:
    content = Content(Reverses())
    sealed = Recordings(stores.table(stores.runs, content=content), lambda: stores.objects(content=content), clock)
    sealed.end(RUN, 1, sealed.begin(RUN, 1), {**CALL, "asked": "secret" + "x" * size})
    item = stores.raw(stores.runs, *keys.recorded_call_key(TenantId("acme"), RUN, 1, 1))
    assert item is not None
    digest = str(item["sha256"]["S"])
    stored = stores.objects(content=Content(AsStored())).get(keys.recorded_call_object(TenantId("acme"), RUN, digest))
    assert (stored is not None) == (size == INLINE_BYTES)
    assert b"secret" not in (str(item).encode() + (stored.data if stored else b""))
    assert sealed.call(RUN, 1, 1)["asked"].startswith("secret")


def test_each_attempt_has_a_record_of_its_own(recordings: Recordings) -> None:
    recordings.begin(RUN, 1)  # it was killed in its first call
    recordings.hand(RUN, 2, {"checkpoint": None})
    recordings.end(RUN, 2, recordings.begin(RUN, 2), CALL)
    recordings.end(RUN, 3, recordings.begin(RUN, 3), {**CALL, "name": "c"})
    assert reason(recordings) == "incomplete"
    assert [call["name"] for call in recordings.calls(RUN, 2, most=10)] == ["time"]
    assert [call["name"] for call in recordings.calls(RUN, 3, most=10)] == ["c"]
    assert (recordings.count(RUN, 1), recordings.count(RUN, 2), recordings.count(RUN, 4)) == (1, 1, 0)


@pytest.mark.parametrize("told", [None, {"checkpoint": {"state": "x"}}, {"checkpoint": {"state": "x" * INLINE_BYTES}}])
def test_what_an_attempt_was_told_comes_back_to_the_letter_and_is_no_call(told: Any, recordings: Recordings) -> None:
    recordings.hand(RUN, 2, told)
    assert recordings.handed(RUN, 2) == told
    assert recordings.calls(RUN, 2, most=10) == []


def test_what_an_attempt_was_told_is_not_made_up(recordings: Recordings, stores: Stores) -> None:
    with pytest.raises(NotReplayable) as missing:
        recordings.handed(RUN, 2)
    recordings.hand(RUN, 2, {"checkpoint": None})
    key = keys.recorded_call_key(TenantId("acme"), RUN, 2, 0)
    stores.table(stores.runs).update(key, set_={"recordedCall": '{"told":{"checkpoint":1}}'})
    with pytest.raises(NotReplayable) as changed:
        recordings.handed(RUN, 2)
    assert (missing.value.reason, changed.value.reason) == ("incomplete", "damaged")


def test_a_record_larger_than_what_a_query_reads_at_once_is_read_whole(recordings: Recordings) -> None:
    for _ in range(220):
        recordings.end(RUN, 1, recordings.begin(RUN, 1), {**CALL, "asked": "x" * (INLINE_BYTES - 1000)})
    assert len(recordings.calls(RUN, 1, most=1000)) == 220
