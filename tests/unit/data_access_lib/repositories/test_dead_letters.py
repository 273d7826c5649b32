from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from data_access_lib.admin import PlatformServiceTable
from data_access_lib.repositories.dead_letters import Claim, DeadLetterMoves
from tests.stores import HandClock, Stores


@pytest.fixture
def moves(stores: Stores, clock: HandClock) -> DeadLetterMoves:
    client: Any = stores.client
    table = PlatformServiceTable(client, stores.ops, "dead_letters", frozenset({"DEADLETTER"}), stores.signals)
    return DeadLetterMoves(table, clock)


def test_one_of_many_claims_a_letter(moves: DeadLetterMoves) -> None:
    with ThreadPoolExecutor(8) as pool:
        claims = list(pool.map(lambda _: moves.claim("workflow", "m-1", "ops"), range(16)))
    assert sorted(claims) == [Claim.MINE, *[Claim.OTHERS] * 15]


def test_what_was_moved_is_never_claimed_again(moves: DeadLetterMoves, clock: HandClock) -> None:
    moves.claim("workflow", "m-2", "ops")
    moves.moved("workflow", "m-2")
    clock.advance(days=10)
    assert moves.claim("workflow", "m-2", "ops") is Claim.MOVED


@pytest.mark.chaos("paused-holders")
def test_a_claim_that_nobody_ended_is_free_after_five_minutes_and_not_before(
    moves: DeadLetterMoves, clock: HandClock
) -> None:
    moves.claim("workflow", "m-3", "ops")
    clock.advance(minutes=4, seconds=59)
    assert moves.claim("workflow", "m-3", "ops") is Claim.OTHERS
    clock.advance(seconds=2)
    assert moves.claim("workflow", "m-3", "ops") is Claim.MINE


def test_a_released_claim_is_free_at_once(moves: DeadLetterMoves) -> None:
    moves.claim("workflow", "m-4", "ops")
    moves.release("workflow", "m-4")
    assert moves.claim("workflow", "m-4", "ops") is Claim.MINE


def test_queues_do_not_share_their_letters(moves: DeadLetterMoves) -> None:
    assert moves.claim("a", "b|c", "ops") is moves.claim("a|b", "c", "ops") is Claim.MINE
