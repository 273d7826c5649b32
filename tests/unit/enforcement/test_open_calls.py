import json

import pytest

from enforcement.digests import digest
from enforcement.open_calls import (
    MOST_OPEN,
    PREFIX,
    CallOpen,
    NoOpenCall,
    OpenCall,
    check_free,
    check_open,
    find,
    name_of,
)
from governance.policy.registry import REGISTRY
from governance.policy.tools import Risk

NAME = name_of("s", 1)
CALL = OpenCall(NAME, "c1", "crm.lookup", digest({"id": "x"}), Risk.HIGH, 12, 1_000)


def test_a_call_comes_back_from_a_record_as_it_went_in() -> None:
    assert find({NAME: CALL.stored()}, NAME) == CALL


def test_no_two_ids_of_two_sessions_have_one_name() -> None:
    pairs = [("", 1), ("", "1"), ("a", 1), ("a", "1"), ("", "a"), ('a",1', 1), ("", -1), ("", True)]
    assert len({name_of(session, rpc_id) for session, rpc_id in pairs}) == len(pairs)
    assert all(name_of(*pair).startswith(PREFIX) for pair in pairs)


@pytest.mark.parametrize(
    "kept", [None, "", "[]", "{}", "null", 7, json.dumps(["c1", "t", "d", "no risk", 1, 1]), '["c1","t"]'], ids=repr
)
def test_an_entry_that_makes_no_sense_is_no_open_call(kept: object) -> None:
    with pytest.raises(NoOpenCall):
        find({NAME: kept}, NAME)
    with pytest.raises(NoOpenCall):
        find({}, NAME)


def test_what_is_taken_up_is_told_by_the_digest_of_what_was_begun() -> None:
    action = CALL.action(REGISTRY["http.fetch"])
    assert (action.tool, action.call_id, action.arguments) == ("crm.lookup", "c1", {})
    assert action.fingerprint == digest({"id": "x"})


def test_a_call_lasts_from_when_it_was_begun_in_another_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("enforcement.open_calls.time.perf_counter", lambda: 100.0)
    assert CALL.since(now=3_500) == 97.5


def test_a_name_is_free_until_its_call_is_begun() -> None:
    check_free({}, NAME)
    with pytest.raises(CallOpen):
        check_free({NAME: CALL.stored()}, NAME)


def test_a_run_has_at_most_so_many_calls_open() -> None:
    run = {name_of("", number): CALL.stored() for number in range(MOST_OPEN)}
    with pytest.raises(CallOpen):
        check_free(run, NAME)
    run.pop(name_of("", 0))
    check_free(run, NAME)


def test_a_call_is_finished_only_while_that_very_call_is_open() -> None:
    check_open({NAME: CALL.stored()}, NAME, "c1")
    with pytest.raises(NoOpenCall):
        check_open({NAME: CALL.stored()}, NAME, "c2")
    with pytest.raises(NoOpenCall):
        check_open({}, NAME, "c1")
