"""Processes whose clocks are ten minutes apart: what one gave out for a time holds with the other, or is refused."""

from datetime import datetime, timedelta
from functools import cache

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256

from data_access_lib.repositories.idempotency import Idempotency, Saved
from lambdas.webhook_dispatcher.models import Received
from platform_kit import run_token
from platform_kit.errors import IdempotencyInProgress
from platform_kit.jws import TokenRefused
from platform_kit.run_token import RunClaims
from tests.stores import START, HandClock
from tests.webhook_world import Listener, World, run_out, trial

pytestmark = pytest.mark.chaos("clock-skew")
TEN = timedelta(minutes=10)
skewed = pytest.mark.parametrize("skew", [TEN, -TEN], ids=["ahead", "behind"])


@cache
def private() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def sign(message: bytes) -> bytes:
    r, s = utils.decode_dss_signature(private().sign(message, ec.ECDSA(SHA256())))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def minted(now: datetime) -> str:
    claims = RunClaims("acme", "run_1", "echo", "ver_1", "ses_1", "sync", "usr:1:ada")
    return run_token.mint(claims, sign, "key", now)


@skewed
def test_a_run_token_of_another_time_is_refused(skew: timedelta) -> None:
    """Five minutes and five seconds is what a token gets: ten minutes off it is expired, or not good yet."""
    with pytest.raises(TokenRefused):
        run_token.verify(minted(START), private().public_key(), START + skew)


@pytest.mark.parametrize("seconds", [-5, 0, 5, 299])
def test_clocks_that_are_close_do_not_matter_to_it(seconds: int) -> None:
    found = run_token.verify(minted(START), private().public_key(), START + timedelta(seconds=seconds))
    assert found.run == "run_1"


@skewed
def test_a_key_that_is_held_is_taken_by_nobody_whose_clock_is_off(skew: timedelta, world: World) -> None:
    """A key is held for fifteen minutes: more than clocks differ by."""
    table = world.scoped("ops")
    ours, theirs = Idempotency(table, world.clock), Idempotency(table, HandClock(world.clock.now() + skew))
    held = ours.ticket("POST /v1/files", "k", b"body")
    ours.begin(held)
    with pytest.raises(IdempotencyInProgress):
        theirs.begin(theirs.ticket("POST /v1/files", "k", b"body"))
    assert ours.complete(held, {"n": 1}) is True
    assert theirs.begin(theirs.ticket("POST /v1/files", "k", b"body")) == Saved({"n": 1}, None)


@skewed
@pytest.mark.parametrize("status", [200, 500])
def test_a_delivery_is_neither_lost_nor_told_twice_between_clocks(
    status: int, skew: timedelta, world: World, listener: Listener
) -> None:
    """Two dispatchers take turns with it; whoever is behind sends what is not due by its clock back to the queue."""
    made = world.register(f"{listener.origin}/hook")
    trial(world, made["webhookId"])
    listener.status = status
    begin, turns = world.clock.moment, 0
    while world.queue.queued and turns < 60:
        taken, world.queue.queued[:] = list(world.queue.queued), []
        world.clock.moment = begin + timedelta(hours=turns) + (skew if turns % 2 else timedelta())
        for one in taken:
            world.dispatcher.take(Received("m", one, again=False))
        turns += 1
    run_out(world)
    (log,) = world.log(made["webhookId"])
    tried = [attempt["number"] for attempt in log["attempts"]]
    assert (log["status"], tried) == (("succeeded", [1]) if status == 200 else ("failed", list(range(1, 9))))
    assert len(listener.messages()) == len(tried)


@skewed
def test_a_copy_that_a_skewed_clock_takes_while_it_is_sent_has_one_place_in_the_log(
    skew: timedelta, world: World, listener: Listener
) -> None:
    """Ahead, a claim looks over and the message goes out twice under one id, as "at least once" permits; not behind."""
    made = world.register(f"{listener.origin}/hook")
    trial(world, made["webhookId"])
    (one,) = world.queue.queued
    world.queue.queued.clear()

    def meanwhile(handler: object, _body: bytes) -> None:
        listener.act = None
        world.clock.moment += skew
        world.dispatcher.take(Received("m", one.moved(due_ms=0), again=True))
        world.clock.moment -= skew

    listener.act = meanwhile
    world.dispatcher.take(Received("m", one, again=False))
    run_out(world)
    (log,) = world.log(made["webhookId"])
    assert (log["status"], len([each for each in log["attempts"] if each["succeeded"]])) == ("succeeded", 1)
    assert len({message["headers"]["webhook-id"] for message in listener.messages()}) == 1
