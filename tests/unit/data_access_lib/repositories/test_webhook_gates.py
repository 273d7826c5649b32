from concurrent.futures import ThreadPoolExecutor

import pytest

from data_access_lib.errors import StoreUnavailable
from data_access_lib.repositories.webhook_gates import WebhookGates
from governance.webhooks.gate import AT_A_TIME, FAILURES
from platform_kit.ids import new_id
from tests.stores import Stores, failure, raising

WEBHOOK = new_id("whk")


@pytest.fixture
def gates(stores: Stores) -> WebhookGates:
    return WebhookGates(stores.table(stores.ops))


def test_a_breaker_opens_for_all_processes(gates: WebhookGates, stores: Stores) -> None:
    opened = []
    for number in range(FAILURES):
        assert gates.enter(WEBHOOK, f"dlv_{number}", 0) == 0
        opened.append(gates.leave(WEBHOOK, f"dlv_{number}", 0, succeeded=False))
    assert opened == [False] * (FAILURES - 1) + [True]
    other = WebhookGates(stores.table(stores.ops))
    assert other.enter(WEBHOOK, "dlv_9", 0) > 0
    assert other.find(WEBHOOK).state(0) == "open"
    assert other.enter(new_id("whk"), "dlv_9", 0) == 0


def test_however_many_ask_at_once_no_more_than_eight_get_in(gates: WebhookGates) -> None:
    def enter(number: int) -> int | None:
        try:
            return gates.enter(WEBHOOK, f"dlv_{number}", 0)
        except StoreUnavailable:  # others moved it at each of its attempts: its message comes again
            return None

    with ThreadPoolExecutor(16) as threads:
        waits = list(threads.map(enter, range(40)))
    assert waits.count(0) == AT_A_TIME
    assert len(gates.find(WEBHOOK).leases or {}) == AT_A_TIME


def test_a_gate_that_others_keep_moving_is_given_up(gates: WebhookGates, stores: Stores) -> None:
    stores.client.answers["put_item"] = raising(failure("ConditionalCheckFailedException"))
    with pytest.raises(StoreUnavailable):
        gates.enter(WEBHOOK, "dlv_1", 0)
