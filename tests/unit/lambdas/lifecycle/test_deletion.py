from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from data_access_lib.tenant_keys import Destroyed, Shredded
from lambdas.lifecycle.deletion import PHASES, Deletion, DeletionCursor
from lambdas.lifecycle.models import PlatformRecords, Premises
from platform_kit.errors import Conflict
from tests.stores import HandClock
from tests.unit.lambdas.tenants.tenants_fakes import FakeTenants

NOBODY = cast("Any", None)
QUIET = 960


class FakeKeys:
    """A tenant's keys that note how they were shredded."""

    def __init__(self, *keys: Destroyed) -> None:
        self.keys = keys
        self.calls: list[tuple[int, Any]] = []

    def shred(self, days: int, *, noted: Any) -> Shredded:
        self.calls.append((days, noted))
        return Shredded(self.keys, 0)


def deletion(clock: HandClock, *, usage_key: str | None = None, owner: str = "opn_1", held: Any = None) -> Deletion:
    tenants = FakeTenants()
    tenants.put(status="deleting", operationId=owner, **({"usageKeyId": usage_key} if usage_key else {}))
    platform = PlatformRecords(cast("Any", tenants), *[NOBODY] * 6)
    operation = {"operationId": "opn_1", "tenantId": "acme"}
    return Deletion(operation, Premises({}, {}, NOBODY, held or NOBODY), platform, clock, QUIET)


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
    assert DeletionCursor(phase="count", place={"table": 2}).percent == DeletionCursor(phase="count").percent + 4


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


def test_the_keys_that_were_counted_are_destroyed_before_any_item_is_erased() -> None:
    ends = datetime(2026, 3, 11, tzinfo=UTC)
    held = FakeKeys(Destroyed("arn:1", "PendingDeletion", ends), Destroyed("arn:2", "Deleted", None))
    cursor = DeletionCursor(phase="shred", key_arns=["arn:1", "arn:2"], data_keys=3)
    made = turn(deletion(HandClock(), held=held), cursor)
    assert held.calls == [(7, ["arn:1", "arn:2"])]
    assert (made.next, made.cursor["phase"], made.cursor["data_keys"]) == ("again", "records", 3)
    assert made.cursor["shredded"] == {
        "at": "2026-03-04T05:06:07.890Z",
        "keys": [
            {"arn": "arn:1", "state": "PendingDeletion", "deletedAt": "2026-03-11T00:00:00.000Z"},
            {"arn": "arn:2", "state": "Deleted", "deletedAt": None},
        ],
    }


def test_a_deletion_that_another_one_took_over_does_nothing() -> None:
    with pytest.raises(Conflict, match="later deletion"):
        turn(deletion(HandClock(), owner="opn_2"), DeletionCursor())
