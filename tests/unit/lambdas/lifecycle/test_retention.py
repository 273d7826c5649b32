from datetime import UTC, datetime
from typing import Any, cast

import pytest

from data_access_lib.errors import ConditionFailed
from data_access_lib.repositories.pages import IdPage
from lambdas.lifecycle.retention import RetentionCursor, RetentionSweep, begin
from platform_kit.ids import made_at
from tests.stores import HandClock


class Tenants:
    """Tenants in pages of two."""

    def __init__(self, **statuses: str) -> None:
        self._records = [{"tenantId": name, "status": status} for name, status in sorted(statuses.items())]

    def list(self, *, after: str | None) -> IdPage:
        behind = [record for record in self._records if after is None or record["tenantId"] > after]
        return IdPage(behind[:2], behind[1]["tenantId"] if len(behind) > 2 else None)


def closed(_tenant_id: str) -> Any:
    raise RuntimeError("no way in")


def sweep(tenants: Tenants) -> RetentionSweep:
    return RetentionSweep(cast("Any", tenants), closed, HandClock())


def test_every_page_of_tenants_is_gone_through_and_each_failure_counted() -> None:
    tenants = Tenants(acme="active", bolt="deleted", carl="failed", dora="deleting", echo="suspended", zeta="active")
    *turns, last = sweep(tenants).turns(None)
    assert last.result == {"tenants": "3", "failed": "3", "objects": "0"}
    assert [turn.progress for turn in turns] == sorted(turn.progress for turn in turns)
    assert last.progress == 99
    assert {turn.next for turn in turns} == {"again"}


def test_a_platform_without_tenants_is_swept_at_once() -> None:
    (turn,) = sweep(Tenants()).turns(None)
    assert turn.result == {"tenants": "0", "failed": "0", "objects": "0"}


def test_it_goes_on_from_any_turn_to_the_same_end() -> None:
    tenants = Tenants(acme="active", echo="suspended", zeta="active")
    *turns, last = sweep(tenants).turns(None)
    for turn in turns:
        *_, again = sweep(tenants).turns(dict(turn.cursor))
        assert again.result == last.result


@pytest.mark.parametrize(("tenant", "percent"), [("", 0), ("acme", 0), ("n", 50), ("zeta", 96)])
def test_how_far_it_is_goes_by_the_alphabet(tenant: str, percent: int) -> None:
    assert RetentionCursor(tenant=tenant).percent == percent


def test_the_days_sweep_is_made_once_and_started_each_time() -> None:
    made: list[dict[str, Any]] = []
    started: list[tuple[str, str]] = []

    class Operations:
        def create(self, record: dict[str, Any]) -> None:
            if made:
                raise ConditionFailed
            made.append(record)

    for hour in (3, 22):
        moment = datetime(2026, 3, 4, hour, tzinfo=UTC)
        begin(cast("Any", Operations()), lambda *given: started.append(given), moment)
    (record,) = made
    assert made_at(record["operationId"]) == datetime(2026, 3, 4, tzinfo=UTC)
    assert started == [(record["operationId"], "platform")] * 2
