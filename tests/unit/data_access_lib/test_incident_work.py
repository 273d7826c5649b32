from datetime import UTC, datetime

import pytest

from data_access_lib.errors import StaleVersion
from data_access_lib.incident_work import Bench, changes, whole
from data_access_lib.repositories.audit import AuditLog
from data_access_lib.repositories.incidents import Incidents
from governance.incidents import Fact, Kind
from platform_kit.errors import Conflict, Unprocessable
from platform_kit.ids import new_id
from tests.stores import Stores

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
FACT = Fact(Kind.RUN_HALTED, "agent:a", new_id("run"), NOON, "it fell", agent="a")


@pytest.fixture
def bench(stores: Stores) -> Bench:
    ops = stores.table(stores.ops)
    return Bench(Incidents(ops), AuditLog(stores.table(stores.ledger), ops))


def test_a_change_is_audited_and_told(bench: Bench) -> None:
    seen = bench.incidents.report(FACT).incident
    bench.change(seen, 1, {"assignee": "ada"}, note="mine", by="usr:1:ada", moment=NOON)
    shown = whole(bench.incidents, bench.incidents.get(str(seen["incidentId"])))
    assert (shown["assignee"], shown["etag"], shown["transitions"]) == ("ada", 2, ["mitigated", "resolved"])
    last = next(entry for entry in shown["timeline"] if entry["type"] == "change")
    assert (last["title"], last["note"], last["auditSeq"]) == ("assignee: ada", "mine", 1)
    [entry] = bench.audit.list().entries
    assert (entry["action"], entry["detail"]["assignee"]["after"]) == ("incident.updated", "ada")


def test_whoever_saw_it_otherwise_changes_nothing(bench: Bench) -> None:
    seen = bench.incidents.report(FACT).incident
    bench.change(seen, 1, {}, note="x", by="ada", moment=NOON)
    for version in (1, 2):
        with pytest.raises(StaleVersion):
            bench.change(seen, version, {"severity": "S1"}, note=None, by="bob", moment=NOON)
    assert len(bench.audit.list().entries) == 1


def test_only_what_is_new_and_possible_is_a_change() -> None:
    resolved = {"status": "resolved", "severity": "S2"}
    assert changes(resolved, {"severity": "S2", "assignee": None, "status": "open"}) == {"status": "open"}
    assert changes(resolved, {"postmortem": "learnt"}) == {"postmortem": "learnt"}
    with pytest.raises(Conflict, match="only open"):
        changes(resolved, {"status": "mitigated"})
    with pytest.raises(Unprocessable):
        changes({"status": "open"}, {"postmortem": "too early"})
