"""Who holds something for a time, is paused beyond it and wakes: what somebody else has by now stays theirs."""

from datetime import timedelta
from typing import Any

import pytest

from data_access_lib.admin import PlatformServiceTable
from data_access_lib.repositories import dead_letters, schedules
from data_access_lib.repositories.dead_letters import DeadLetterMoves
from data_access_lib.repositories.deliveries import CLAIM_MS
from data_access_lib.repositories.idempotency import LEASE, Idempotency, Saved
from data_access_lib.repositories.schedules import Firings
from governance.webhooks.gate import AT_A_TIME, LEASE_MS
from lambdas.webhook_dispatcher.models import Received
from platform_kit.clock import milliseconds
from tests.functional.moto_platform import client
from tests.stores import SeenSignals
from tests.webhook_world import Listener, World, trial

pytestmark = pytest.mark.chaos("paused-holders")
AT = "2026-03-04T05:00:00.000Z"
SCHEDULE = "sch_" + "1" * 32
ENDPOINT = "whk_" + "1" * 32
DELIVERY = "dlv_{:032d}"


def firings(world: World) -> Firings:
    """Those of one process."""
    return Firings(world.scoped("ops"), world.clock)


def moves(world: World) -> DeadLetterMoves:
    """Those of one process."""
    table = PlatformServiceTable(
        client("dynamodb"), "ambit-test-ops", "dead_letters", frozenset({"DEADLETTER"}), SeenSignals()
    )
    return DeadLetterMoves(table, world.clock)


@pytest.mark.parametrize("done", [True, False])
def test_a_firing_that_another_has_is_not_given_up_by_who_had_it(*, done: bool, world: World) -> None:
    paused, heir, third = (firings(world) for _ in range(3))
    assert paused.claim(SCHEDULE, AT) is schedules.Claim.MINE
    world.clock.moment += schedules.LEASE + timedelta(seconds=1)
    assert heir.claim(SCHEDULE, AT) is schedules.Claim.MINE
    if done:
        heir.finish(SCHEDULE, AT, {"result": "started", "runId": "run_1"})
    paused.release(SCHEDULE, AT)
    assert third.claim(SCHEDULE, AT) is (schedules.Claim.DONE if done else schedules.Claim.OTHERS)


def test_who_had_a_firing_does_not_say_what_became_of_it(world: World) -> None:
    paused, heir = firings(world), firings(world)
    paused.claim(SCHEDULE, AT)
    world.clock.moment += schedules.LEASE + timedelta(seconds=1)
    heir.claim(SCHEDULE, AT)
    paused.finish(SCHEDULE, AT, {"result": "refused"})
    heir.finish(SCHEDULE, AT, {"result": "started", "runId": "run_1"})
    paused.finish(SCHEDULE, AT, {"result": "refused"})
    assert [one["result"] for one in heir.list(SCHEDULE)] == ["started"]


@pytest.mark.parametrize("moved", [True, False])
def test_a_dead_letter_that_another_moves_is_not_given_up_by_who_had_it(*, moved: bool, world: World) -> None:
    paused, heir, third = (moves(world) for _ in range(3))
    assert paused.claim("workflow", "m", "usr:1:a") is dead_letters.Claim.MINE
    world.clock.moment += dead_letters.LEASE + timedelta(seconds=1)
    assert heir.claim("workflow", "m", "usr:1:b") is dead_letters.Claim.MINE
    if moved:
        heir.moved("workflow", "m")
    paused.release("workflow", "m")
    assert third.claim("workflow", "m", "usr:1:c") is (dead_letters.Claim.MOVED if moved else dead_letters.Claim.OTHERS)


def test_who_lost_a_key_neither_answers_nor_frees_it(world: World) -> None:
    records = Idempotency(world.scoped("ops"), world.clock)
    paused = records.ticket("POST /v1/files", "k", b"body")
    records.begin(paused)
    world.clock.moment += LEASE
    heir = records.ticket("POST /v1/files", "k", b"body")
    assert records.begin(heir) is None
    records.fail(paused)
    assert records.complete(paused, {"by": "paused"}) is False
    assert records.complete(heir, {"by": "heir"}) is True
    records.fail(paused)
    assert records.look(paused) == Saved({"by": "heir"}, None)


@pytest.mark.parametrize("status", [200, 500])
def test_who_lost_a_delivery_writes_nothing_of_its_attempt_down(status: int, world: World, listener: Listener) -> None:
    """Its message may have gone out twice, under one id; the log tells of one attempt, and there is one next one."""
    made = world.register(f"{listener.origin}/hook")
    trial(world, made["webhookId"])
    (one,) = world.queue.queued
    world.queue.queued.clear()
    listener.status = status

    def meanwhile(handler: Any, _body: bytes) -> None:
        listener.act = None
        world.clock.advance(seconds=CLAIM_MS / 1000 + 1)
        world.dispatcher.take(Received("m", one, again=True))
        handler.send_response(500 if status == 200 else 200)
        handler.send_header("content-length", "0")
        handler.end_headers()

    listener.act = meanwhile
    world.dispatcher.take(Received("m", one, again=False))
    (log,) = world.log(made["webhookId"])
    assert [attempt["status"] for attempt in log["attempts"]] == [status]
    assert log["status"] == ("succeeded" if status == 200 else "pending")
    assert len(world.queue.queued) == (0 if status == 200 else 1)
    assert len({message["headers"]["webhook-id"] for message in listener.messages()}) == 1


def test_who_lost_its_place_at_an_endpoint_takes_nobody_elses(world: World) -> None:
    gates = world.dispatcher.desk("acme").gates  # type: ignore[arg-type] # a tenant's id
    now = milliseconds(world.clock.now())
    assert gates.enter(ENDPOINT, DELIVERY.format(99), now) == 0
    now += LEASE_MS
    assert [gates.enter(ENDPOINT, DELIVERY.format(number), now) for number in range(AT_A_TIME)] == [0] * AT_A_TIME
    assert gates.enter(ENDPOINT, DELIVERY.format(98), now) > 0
    gates.leave(ENDPOINT, DELIVERY.format(99), now, succeeded=False)
    assert gates.enter(ENDPOINT, DELIVERY.format(98), now) > 0
    assert gates.find(ENDPOINT).failures == 1
