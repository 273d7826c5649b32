from datetime import UTC, datetime
from typing import Any

import pytest

from data_access_lib.instance_work import HoldBench, of_each, shown
from data_access_lib.repositories.audit import AuditLog
from data_access_lib.repositories.holds import Holds
from governance.holds import Held, Hold, HoldState
from governance.instance_models import BulkInstances
from platform_kit.clock import SystemClock
from platform_kit.errors import Conflict, NotFound
from tests.stores import Stores

NOON = int(datetime(2026, 3, 4, 12, 0, tzinfo=UTC).timestamp() * 1000)


@pytest.fixture
def bench(stores: Stores) -> HoldBench:
    ops = stores.table(stores.ops)
    return HoldBench(Holds(ops), AuditLog(stores.table(stores.ledger), ops), SystemClock())


def chain(bench: HoldBench) -> list[tuple[str, Any]]:
    return [(entry["action"], entry["detail"]["reason"]) for entry in bench.audit.list().entries]


def test_a_change_and_its_audit_entry_are_one(bench: HoldBench) -> None:
    assert bench.become("ada", "a", "paused", "looked odd") == 1
    held = bench.holds.get("a").held
    assert held is not None
    assert (held.state, held.by, held.reason) == (HoldState.PAUSED, "ada", "looked odd")
    assert bench.become("bob", "a", "active", "was fine") == 2
    assert bench.holds.get("a").held is None
    assert chain(bench) == [("agent.paused", "looked odd"), ("agent.reset", "was fine")]


def test_what_is_not_legal_is_not_done_and_not_in_the_log(bench: HoldBench) -> None:
    with pytest.raises(Conflict, match="read_only"):
        bench.become("ada", "a", "active", "why not")
    bench.become("ada", "a", "quarantined", "bad")
    with pytest.raises(Conflict, match="may become active"):
        bench.become("ada", "a", "paused", "less bad")
    with pytest.raises(Conflict, match="Nothing holds"):
        bench.reset("ada", "b", "for nothing")
    assert chain(bench) == [("agent.quarantined", "bad")]


def test_a_hold_is_never_made_milder_and_the_wish_is_logged_all_the_same(bench: HoldBench) -> None:
    bench.hold("ada", "a", HoldState.QUARANTINED, "bad", "inc_1")
    assert bench.hold("bob", "a", HoldState.PAUSED, "milder") == 2
    assert bench.holds.get("a").state == "quarantined"
    assert bench.reset("ada", "a", "mended") == (3, "inc_1")


class Contended(Holds):
    """Somebody else changes the hold whenever it has been looked at."""

    def __init__(self, found: Holds, times: int) -> None:
        super().__init__(found._table)
        self.times = times

    def get(self, agent: str) -> Hold:
        seen = super().get(agent)
        if self.times:
            self.times -= 1
            changed = Hold(Held(HoldState.READ_ONLY, "other", "r", NOON), version=seen.version + 1)
            self.write(agent, seen, changed)
        return seen


@pytest.mark.parametrize(("times", "done"), [(3, True), (99, False)])
def test_a_hold_that_others_change_is_looked_at_again_and_not_for_ever(
    bench: HoldBench, times: int, *, done: bool
) -> None:
    busy = HoldBench(Contended(bench.holds, times), bench.audit, bench.clock)
    if done:
        busy.become("ada", "a", "paused", "r")
        assert bench.holds.get("a").state == "paused"
    else:
        with pytest.raises(Conflict, match="being changed by others"):
            busy.become("ada", "a", "paused", "r")


def test_one_that_is_refused_stops_no_other() -> None:
    def change(agent: str) -> int | None:
        if agent == "b":
            raise NotFound("There is no such instance.")
        return 3 if agent == "a" else None

    wanted = BulkInstances(agents=["a", "b", "c", "a"], status="quarantined", reason="r")
    reply = of_each(wanted, change)
    assert (reply.done, reply.failed) == (2, 1)
    assert [(item.agent, item.status, item.ended, item.code) for item in reply.items] == [
        ("a", "quarantined", 3, None),
        ("b", None, None, "NOT_FOUND"),
        ("c", "quarantined", None, None),
    ]


@pytest.mark.parametrize(("running", "status"), [(None, "draining"), (1, "draining"), (0, "paused")])
def test_an_instance_that_has_drained_is_paused(running: int | None, status: str) -> None:
    hold = Hold(Held(HoldState.DRAINING, "ada", "r", NOON), version=1)
    told = shown({"agent": "a", "environment": "prod"}, hold, running)
    assert (told.status, told.by, told.since, told.running) == (status, "ada", "2026-03-04T12:00:00.000Z", running)
    assert told.transitions == ["active", "paused", "quarantined"]
