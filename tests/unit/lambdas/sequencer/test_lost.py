"""Of records that are read again, those are taken that the stream's mapping lets through."""

from lambdas.sequencer.lost import tells_of_an_act
from tests.unit.data_access_lib.test_lost_batches import record


def test_only_new_events_that_make_an_entry_are_taken() -> None:
    assert tells_of_an_act(record(1))
    assert not tells_of_an_act(record(1, "heartbeat"))
    assert not tells_of_an_act({**record(1), "eventName": "MODIFY"})
    assert not tells_of_an_act({"eventName": "INSERT", "dynamodb": {}})
