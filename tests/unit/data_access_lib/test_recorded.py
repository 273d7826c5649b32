from typing import Any

import pytest

from data_access_lib.errors import StaleVersion, StoreUnavailable
from data_access_lib.recorded import recorded
from data_access_lib.repositories.audit import AuditDraft, AuditLog, first_break
from tests.stores import PASS, HandClock, Stores

DRAFT = AuditDraft("tenant.updated", "acme", detail={"name": "B"})


@pytest.fixture
def log(stores: Stores, clock: HandClock) -> AuditLog:
    return AuditLog(stores.table(stores.ledger), stores.table(stores.ops), clock, pause=stores.pauses.append)


def stale() -> None:
    raise StaleVersion


def test_the_entry_is_there_before_the_change_is_made(log: AuditLog) -> None:
    seen: list[Any] = []

    def change() -> str:
        seen.extend(log.list().entries)
        return "done"

    assert recorded(log, DRAFT, change) == "done"
    assert [(entry["action"], entry["decision"]) for entry in seen] == [("tenant.updated", "allowed")]
    assert len(log.list().entries) == 1


def test_a_change_that_fails_is_entered_as_failed_and_the_failure_raised(log: AuditLog) -> None:
    with pytest.raises(StaleVersion):
        recorded(log, DRAFT, stale)
    first, second = log.list().entries
    assert (second["action"], second["target"], second["decision"]) == ("tenant.updated", "acme", "failed")
    assert second["detail"] == {"entry": first["seq"], "code": "PRECONDITION_FAILED", "principalId": "usr:1:ada"}
    assert first_break([first, second]) is None


def test_what_an_unknown_failure_says_stays_out_of_the_log(log: AuditLog) -> None:
    def change() -> None:
        raise RuntimeError("the secret address")

    with pytest.raises(RuntimeError):
        recorded(log, DRAFT, change)
    assert log.list().entries[1]["detail"]["code"] == "INTERNAL"
    assert "secret address" not in str(log.list())


def test_without_the_audit_log_nothing_is_changed(log: AuditLog, stores: Stores) -> None:
    changes: list[int] = []

    def down(_request: dict[str, Any]) -> Any:
        raise StoreUnavailable

    stores.client.answers["transact_write_items"] = down
    with pytest.raises(StoreUnavailable):
        recorded(log, DRAFT, lambda: changes.append(1))
    assert changes == []


def test_a_failure_that_cannot_be_entered_leaves_the_entry_and_is_counted(
    log: AuditLog, stores: Stores, capsys: pytest.CaptureFixture[str]
) -> None:
    def change() -> None:
        stores.client.answers["transact_write_items"] = down
        stale()

    def down(_request: dict[str, Any]) -> Any:
        raise StoreUnavailable

    with pytest.raises(StaleVersion):
        recorded(log, DRAFT, change)
    stores.client.answers["transact_write_items"] = lambda _request: PASS
    assert [entry["decision"] for entry in log.list().entries] == ["allowed"]
    assert "AuditOutcomeLost" in capsys.readouterr().out
