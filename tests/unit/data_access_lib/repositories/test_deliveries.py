from typing import Any

import pytest

from data_access_lib.repositories.deliveries import CLAIM_MS, MOST_ATTEMPTS, Deliveries
from platform_kit.errors import NotFound
from platform_kit.ids import new_id
from tests.stores import Stores

WEBHOOK = new_id("whk")
AT = "2026-03-04T05:06:07.890Z"


@pytest.fixture
def deliveries(stores: Stores) -> Deliveries:
    return Deliveries(stores.table(stores.runs))


def made(deliveries: Deliveries, webhook_id: str = WEBHOOK) -> dict[str, Any]:
    delivery_id = new_id("dlv")
    record = {"webhookId": webhook_id, "deliveryId": delivery_id, "eventId": new_id("evt"), "type": "job.failed"}
    assert deliveries.create({**record, "body": "{}", "createdAt": AT})
    return deliveries.get(webhook_id, delivery_id)


def test_a_delivery_is_made_once(deliveries: Deliveries) -> None:
    record = made(deliveries)
    assert (record["status"], record["round"], record["attempt"], record["attempts"]) == ("pending", 1, 1, [])
    assert not deliveries.create({**record, "body": "other"})
    assert deliveries.get(WEBHOOK, record["deliveryId"]) == record
    with pytest.raises(NotFound):
        deliveries.get(WEBHOOK, new_id("dlv"))


def test_of_many_who_claim_an_attempt_one_gets_it(deliveries: Deliveries) -> None:
    record = made(deliveries)
    assert [deliveries.claim(record, f"c{n}", 1000) for n in range(5)] == [True, False, False, False, False]


def test_a_claim_ends_by_itself(deliveries: Deliveries) -> None:
    record = made(deliveries)
    deliveries.claim(record, "first", 1000)
    assert not deliveries.claim(record, "second", 1000 + CLAIM_MS - 1)
    assert deliveries.claim(record, "second", 1000 + CLAIM_MS)
    assert not deliveries.settle(record, "first", [{"number": 1}], {"status": "succeeded"})
    assert deliveries.settle(record, "second", [{"number": 1}], {"attempt": 2})


def test_an_attempt_that_was_made_is_not_claimed_again(deliveries: Deliveries) -> None:
    record = made(deliveries)
    deliveries.claim(record, "first", 1000)
    deliveries.settle(record, "first", [{"number": 1, "status": 500}], {"attempt": 2, "nextAt": 5000})
    assert not deliveries.claim(record, "again", 10**9)
    now = deliveries.get(WEBHOOK, record["deliveryId"])
    assert (now["attempt"], now["attempts"]) == (2, [{"number": 1, "status": 500}])
    assert "claim" not in now
    assert deliveries.claim(now, "next", 10**9)


def test_only_the_last_attempts_are_remembered(deliveries: Deliveries) -> None:
    record = made(deliveries)
    deliveries.claim(record, "c", 0)
    deliveries.settle(record, "c", [{"number": n} for n in range(40)], {})
    kept = deliveries.get(WEBHOOK, record["deliveryId"])["attempts"]
    assert [one["number"] for one in kept] == list(range(40 - MOST_ATTEMPTS, 40))


def test_what_has_ended_can_begin_again_and_what_goes_on_is_given_up_once(deliveries: Deliveries) -> None:
    record = made(deliveries)
    assert deliveries.give_up(record, "the endpoint was removed", AT)
    assert not deliveries.give_up(record, "the endpoint was removed", AT)
    ended = deliveries.get(WEBHOOK, record["deliveryId"])
    assert (ended["status"], ended["failure"]) == ("failed", "the endpoint was removed")
    again = deliveries.begin_again(ended, 7)
    assert again is not None
    assert (again["round"], again["attempt"], again["status"], again["nextAt"]) == (2, 1, "pending", 7)
    assert deliveries.begin_again(ended, 7) is None
    assert "failure" not in deliveries.get(WEBHOOK, record["deliveryId"])


def test_the_log_of_an_endpoint_is_its_own_newest_first(deliveries: Deliveries) -> None:
    records = [made(deliveries) for _ in range(3)]
    made(deliveries, new_id("whk"))
    deliveries.give_up(records[1], "x", AT)
    page = deliveries.list(WEBHOOK, limit=2)
    rest = deliveries.list(WEBHOOK, limit=2, after=page.next_id)
    assert [one["deliveryId"] for one in (*page.items, *rest.items)] == [one["deliveryId"] for one in records[::-1]]
    assert [one["deliveryId"] for one in deliveries.list(WEBHOOK, status="failed").items] == [records[1]["deliveryId"]]
