from typing import Any

import pytest

from data_access_lib.content import UNOPENED
from data_access_lib.errors import ConditionFailed
from data_access_lib.repositories.webhooks import Webhooks
from platform_kit.errors import NotFound
from platform_kit.ids import new_id
from tests.stores import Stores

SECRET = {"secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "createdAt": 1}


def added(webhooks: Webhooks, stores: Stores, **fields: Any) -> dict[str, Any]:
    record = {"webhookId": new_id("whk"), "url": "https://a.test/", "events": ["*"], "status": "active"}
    transaction = stores.table(stores.control).transaction()
    made = webhooks.create_in(transaction, {**record, "secrets": [SECRET], **fields})
    transaction.commit()
    return made


@pytest.fixture
def webhooks(stores: Stores) -> Webhooks:
    return Webhooks(stores.table(stores.control))


def test_an_endpoint_is_read_as_it_was_written(webhooks: Webhooks, stores: Stores) -> None:
    made = added(webhooks, stores)
    assert webhooks.get(made["webhookId"]) == {**made, "etag": 1}
    with pytest.raises(NotFound):
        webhooks.get(new_id("whk"))


def test_a_change_of_what_was_changed_meanwhile_fails(webhooks: Webhooks, stores: Stores) -> None:
    made = added(webhooks, stores, challengeFailure="x")
    transaction = stores.table(stores.control).transaction()
    now = webhooks.change_in(transaction, made, {"events": ["job.*"]}, remove=("challengeFailure",))
    transaction.commit()
    assert (
        webhooks.get(made["webhookId"])
        == now
        == {**{k: v for k, v in made.items() if k != "challengeFailure"}, "events": ["job.*"], "etag": 2}
    )
    for change in (lambda t: webhooks.change_in(t, made, {"status": "pending"}), lambda t: webhooks.delete_in(t, made)):
        late = stores.table(stores.control).transaction()
        change(late)
        with pytest.raises(ConditionFailed):
            late.commit()


def test_an_endpoint_that_is_removed_is_gone(webhooks: Webhooks, stores: Stores) -> None:
    made, other = added(webhooks, stores), added(webhooks, stores)
    transaction = stores.table(stores.control).transaction()
    webhooks.delete_in(transaction, made)
    transaction.commit()
    assert webhooks.find(made["webhookId"]) is None
    assert [one["webhookId"] for one in webhooks.all()] == [other["webhookId"]]


def test_outlines_hold_no_secret(webhooks: Webhooks, stores: Stores) -> None:
    made = added(webhooks, stores)
    unopened = Webhooks(stores.table(stores.control, content=UNOPENED))
    for outline in (unopened.outline(made["webhookId"]), unopened.outlines()[0]):
        assert outline == {"webhookId": made["webhookId"], "status": "active", "events": ["*"]}
    assert unopened.outline(new_id("whk")) is None


def test_since_when_an_endpoint_fails_is_written_once_and_forgotten_with_a_success(
    webhooks: Webhooks, stores: Stores
) -> None:
    made = added(webhooks, stores)
    assert webhooks.note_failure(made["webhookId"], "2026-11-22T00:00:00.000Z") == "2026-11-22T00:00:00.000Z"
    assert webhooks.note_failure(made["webhookId"], "2026-11-23T00:00:00.000Z") == "2026-11-22T00:00:00.000Z"
    webhooks.note_success(made["webhookId"])
    webhooks.note_success(made["webhookId"])
    assert webhooks.get(made["webhookId"]) == {**made, "etag": 1}


def test_of_an_endpoint_that_is_not_active_nothing_is_noted(webhooks: Webhooks, stores: Stores) -> None:
    made = added(webhooks, stores, status="disabled")
    assert webhooks.note_failure(made["webhookId"], "2026-11-22T00:00:00.000Z") is None
    assert webhooks.note_failure(new_id("whk"), "2026-11-22T00:00:00.000Z") is None
