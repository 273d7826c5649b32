import json

import pytest

from data_access_lib.delivery_work import begin, deliveries_of
from data_access_lib.repositories.deliveries import Deliveries
from governance.events import PlatformEvent, cloud_event
from platform_kit.ids import new_id
from tests.stores import Stores

TIME = "2026-03-04T05:06:07.890Z"
FIRST, SECOND, THIRD = (new_id("whk") for _ in range(3))
ENDPOINTS = (
    {"webhookId": FIRST, "status": "active", "events": ["*"]},
    {"webhookId": SECOND, "status": "active", "events": ["job.*"]},
    {"webhookId": THIRD, "status": "disabled", "events": ["*"]},
)


@pytest.fixture
def deliveries(stores: Stores) -> Deliveries:
    return Deliveries(stores.table(stores.runs))


def event(kind: str = "tenant.suspended", **told: str) -> PlatformEvent:
    data = {"tenantId": "acme", "suspendedAt": TIME, "webhookId": THIRD}
    return PlatformEvent(new_id("evt"), kind, "acme", TIME, data, **told)


def test_each_endpoint_that_asked_is_sent_the_event_once(deliveries: Deliveries) -> None:
    told = event()
    first, again = (deliveries_of(deliveries, told, ENDPOINTS) for _ in range(2))
    assert [one.webhook_id for one in first] == [FIRST]
    assert first == again
    (record,) = deliveries.list(FIRST).items
    assert json.loads(record["body"]) == cloud_event(told)
    assert (record["deliveryId"], record["createdAt"]) == (first[0].delivery_id, TIME)


def test_a_test_goes_to_its_endpoint_also_when_it_is_not_active(deliveries: Deliveries) -> None:
    told = event("webhook.test", only_to=THIRD)
    assert [one.webhook_id for one in deliveries_of(deliveries, told, ENDPOINTS)] == [THIRD]


def test_an_endpoint_that_is_not_active_is_sent_nothing_else(deliveries: Deliveries) -> None:
    assert deliveries_of(deliveries, event(also_to=THIRD), ENDPOINTS[2:]) == []


def test_two_endpoints_have_two_deliveries_of_an_event(deliveries: Deliveries) -> None:
    told = event()
    assert begin(deliveries, told, FIRST).delivery_id != begin(deliveries, told, SECOND).delivery_id
