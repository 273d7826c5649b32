"""Records of runs a hundred times over, in any order and with poison among them: each act is entered once."""

import random
from collections.abc import Iterator
from typing import Any

import pytest

from tests.functional.sequencer.test_sequencer import Handle, entries, record, set_aside

COPIES = 100


@pytest.fixture
def handle(monkeypatch: pytest.MonkeyPatch) -> Iterator[Handle]:
    from tests.functional.sequencer import test_sequencer

    yield from test_sequencer.handle.__wrapped__(monkeypatch)  # type: ignore[attr-defined]  # the fixture's own function


def told(tenant: str = "acme") -> list[int]:
    return sorted(int(entry["detail"]["event"]) for entry in entries(tenant))


@pytest.mark.chaos("duplicates")
def test_a_hundred_copies_of_a_batch_are_entered_once(handle: Handle) -> None:
    batch = {"Records": [record(number) for number in range(1, 6)]}
    for _ in range(COPIES):
        assert handle(batch) == {"batchItemFailures": []}
    assert told() == [1, 2, 3, 4, 5]


@pytest.mark.chaos("duplicates")
def test_copies_in_any_order_are_entered_once_each(handle: Handle) -> None:
    numbers = [number for number in range(1, 11) for _ in range(10)]
    random.Random(7).shuffle(numbers)  # noqa: S311 - an order that can be had again
    for number in numbers:
        handle({"Records": [record(number)]})
    assert told() == list(range(1, 11))


@pytest.mark.chaos("poison")
@pytest.mark.parametrize("place", [0, 4, 9])
def test_poison_among_a_batch_is_set_aside_and_holds_nobody_up(place: int, handle: Handle) -> None:
    records: list[dict[str, Any]] = [record(number, tenant=("acme", "globex")[number % 2]) for number in range(1, 11)]
    records[place] = {"eventName": "INSERT", "dynamodb": {"SequenceNumber": "7", "NewImage": {"pk": {"S": "x"}}}}
    assert handle({"Records": records}) == {"batchItemFailures": []}
    assert len(told()) + len(told("globex")) == 9
    assert len(set_aside()) == 1


@pytest.mark.chaos("poison")
@pytest.mark.parametrize("bad", [{"seq": {"N": "0"}}, {"runId": {"S": "x"}}, {"runId": {"S": ""}}, {"seq": {"S": "x"}}])
def test_an_event_without_a_place_is_set_aside_and_its_tenants_others_are_entered(
    bad: dict[str, Any], handle: Handle
) -> None:
    poison = record(1)
    poison["dynamodb"]["NewImage"] |= bad
    assert handle({"Records": [record(2), poison, record(3)]}) == {"batchItemFailures": []}
    assert told() == [2, 3]
    assert [one["reason"] for one in set_aside()] == ["malformed"]


@pytest.mark.chaos("duplicates")
def test_what_a_dead_letter_tells_of_is_entered_once_however_often_it_is_told(
    handle: Handle, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lambdas.sequencer import handler
    from tests.unit.data_access_lib.test_lost_batches import Streams

    class Held(Streams):
        def get_records(self, **_: Any) -> dict[str, Any]:
            return {"Records": [record(number) for number in (1, 2)]}

    real = handler._client
    monkeypatch.setattr(handler, "_client", lambda name: Held() if name == "dynamodbstreams" else real(name))
    batch = {"streamArn": "arn:s", "shardId": "s", "startSequenceNumber": "101", "endSequenceNumber": "102"}
    event = {"source": "ambit.dead-letters", "detail-type": "Acts To Be Entered", "detail": {"lost": batch}}
    for _ in range(COPIES):
        handle(event)
    assert told() == [1, 2]


def test_an_event_of_the_bus_cannot_pretend_to_be_records_of_the_stream(handle: Handle) -> None:
    forged = {"Records": [record(1)]}
    with pytest.raises(ValueError, match="extra"):
        handle({"source": "ambit.dead-letters", "detail": {"tenantId": "acme", "runId": "run_1", **forged}})
    assert told() == []
