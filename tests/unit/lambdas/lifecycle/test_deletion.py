from dataclasses import asdict
from typing import Any, cast

import pytest

from lambdas.lifecycle.deletion import PHASES, Deletion, DeletionCursor
from lambdas.lifecycle.models import PlatformRecords, Premises
from platform_kit.errors import Conflict
from tests.stores import HandClock
from tests.unit.lambdas.tenants.tenants_fakes import FakeTenants

NOBODY = cast("Any", None)
QUIET = 960


def deletion(clock: HandClock, *, usage_key: str | None = None, owner: str = "opn_1") -> Deletion:
    tenants = FakeTenants()
    tenants.put(status="deleting", operationId=owner, **({"usageKeyId": usage_key} if usage_key else {}))
    platform = PlatformRecords(cast("Any", tenants), NOBODY, NOBODY, NOBODY, NOBODY, NOBODY)
    operation = {"operationId": "opn_1", "tenantId": "acme"}
    return Deletion(operation, Premises({}, {}, NOBODY), platform, clock, QUIET)


def turn(made: Deletion, cursor: DeletionCursor) -> Any:
    return next(made.turns(asdict(cursor)))


def test_a_cursor_comes_back_as_it_was_saved() -> None:
    cursor = DeletionCursor(phase="count", place={"table": 1}, items={"RUN": 3}, runs=2, rounds=1)
    assert DeletionCursor.read(asdict(cursor)) == cursor
    assert DeletionCursor.read(None) == DeletionCursor()


def test_each_phase_brings_it_further() -> None:
    seen = [DeletionCursor(phase=phase).percent for phase in PHASES]
    assert seen == sorted(set(seen))
    assert (seen[0], seen[-1]) == (0, 90)
    assert DeletionCursor(phase="count", place={"table": 2}).percent == DeletionCursor(phase="count").percent + 5


def test_what_was_permitted_before_the_closing_is_waited_out() -> None:
    clock = HandClock()
    made = deletion(clock)
    cursor = DeletionCursor(phase="quiet", closed_at="2026-03-04T05:06:07.890Z")
    waiting = turn(made, cursor)
    assert (waiting.next, waiting.seconds, waiting.cursor["phase"]) == ("wait", QUIET + 1, "quiet")
    clock.advance(seconds=QUIET - 1)
    assert turn(made, cursor).seconds == 2
    clock.advance(seconds=1)
    assert (turn(made, cursor).next, turn(made, cursor).cursor["phase"]) == ("again", "settle")


@pytest.mark.parametrize(("usage_key", "following"), [("k1", "usage_key"), (None, "again")])
def test_the_usage_key_is_asked_away_once(usage_key: str | None, following: str) -> None:
    made = turn(deletion(HandClock(), usage_key=usage_key), DeletionCursor(phase="key"))
    assert (made.next, made.cursor["phase"]) == (following, "access")


def test_a_deletion_that_another_one_took_over_does_nothing() -> None:
    with pytest.raises(Conflict, match="later deletion"):
        turn(deletion(HandClock(), owner="opn_2"), DeletionCursor())
