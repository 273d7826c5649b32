from typing import Any

import pytest

from data_access_lib.errors import ConditionFailed
from data_access_lib.repositories.approvals import ASKED, LABEL, Approvals, Asked
from platform_kit.errors import NotFound
from platform_kit.ids import new_id
from tests.stores import HandClock, Stores

HOUR = 3_600_000


@pytest.fixture
def approvals(stores: Stores, clock: HandClock) -> Approvals:
    return Approvals(stores.table(stores.runs), clock)


def now(clock: HandClock) -> int:
    return int(clock.now().timestamp() * 1000)


def make(stores: Stores, clock: HandClock, tenant: str = "acme", **fields: Any) -> dict[str, Any]:
    table = stores.table(stores.runs, tenant)
    transaction = table.transaction()
    record = {"approvalId": new_id("apr"), "digest": "d", "requiredRoles": ["Tenant.Admin"], "kind": "tool"}
    record |= {"expiresAt": now(clock) + HOUR, **fields}
    made = Approvals(table, clock).create_in(transaction, record, {"n": 2**53 + 1})
    transaction.commit()
    return dict(made)


def change(stores: Stores, clock: HandClock, record: dict[str, Any], **fields: Any) -> dict[str, Any]:
    table = stores.table(stores.runs)
    transaction = table.transaction()
    made = Approvals(table, clock).change_in(transaction, record, fields)
    transaction.commit()
    return dict(made)


def consume(stores: Stores, clock: HandClock, record: dict[str, Any]) -> dict[str, Any]:
    table = stores.table(stores.runs)
    transaction = table.transaction()
    made = Approvals(table, clock).consume_in(transaction, record)
    transaction.commit()
    return dict(made)


def ids(approvals: Approvals, status: str | None = None) -> list[str]:
    return [str(item["approvalId"]) for item in approvals.list(status=status).items]


def test_what_is_made_is_pending_with_its_arguments_to_the_digit(
    approvals: Approvals, stores: Stores, clock: HandClock
) -> None:
    made = make(stores, clock)
    found = approvals.get(made["approvalId"])
    assert (found["status"], found["etag"], found["votes"]) == ("pending", 1, [])
    assert approvals.arguments(made["approvalId"]) == {"n": 2**53 + 1}
    assert approvals.find(new_id("apr")) is None
    for absent in (approvals.get, approvals.arguments):
        with pytest.raises(NotFound):
            absent(new_id("apr"))


def test_whoever_did_not_see_the_newest_version_changes_nothing(
    approvals: Approvals, stores: Stores, clock: HandClock
) -> None:
    first = make(stores, clock)
    second = change(stores, clock, first, status="approved", votes=[{"principalId": "a"}])
    assert approvals.get(first["approvalId"])["votes"] == [{"principalId": "a"}]
    with pytest.raises(ConditionFailed) as failed:
        change(stores, clock, first, status="denied")
    assert failed.value.label == LABEL
    assert approvals.get(first["approvalId"])["etag"] == second["etag"] == 2


def test_it_is_listed_in_the_state_that_it_is_in_at_this_moment(
    approvals: Approvals, stores: Stores, clock: HandClock
) -> None:
    one, two, other = (make(stores, clock) for _ in range(3))
    make(stores, clock, "globex")
    change(stores, clock, two, status="approved")
    change(stores, clock, other, status="denied")
    assert ids(approvals) == [other["approvalId"], two["approvalId"], one["approvalId"]]
    wanted = {status: ids(approvals, status) for status in ("pending", "approved", "denied", "expired")}
    assert wanted == {
        "pending": [one["approvalId"]],
        "approved": [two["approvalId"]],
        "denied": [other["approvalId"]],
        "expired": [],
    }
    clock.advance(hours=1)
    assert (ids(approvals, "pending"), ids(approvals, "approved")) == ([], [])
    assert ids(approvals, "expired") == [two["approvalId"], one["approvalId"]]
    assert ids(approvals, "nonsense") == []


def test_pages_follow_each_other_over_all_states(approvals: Approvals, stores: Stores, clock: HandClock) -> None:
    made = [make(stores, clock) for _ in range(5)]
    for record in made[::2]:
        change(stores, clock, record, status="denied")
    found, after = [], None
    for _ in range(5):
        page = approvals.list(limit=2, after=after)
        found += [item["approvalId"] for item in page.items]
        after = page.next_id
        if after is None:
            break
    assert found == [record["approvalId"] for record in reversed(made)]


def test_what_was_granted_is_used_once_and_in_time(approvals: Approvals, stores: Stores, clock: HandClock) -> None:
    granted = change(stores, clock, make(stores, clock), status="approved")
    consume(stores, clock, granted)
    assert approvals.get(granted["approvalId"])["status"] == "consumed"
    late = change(stores, clock, make(stores, clock), status="approved")
    other = {**change(stores, clock, make(stores, clock), status="approved"), "digest": "another"}
    for refused in (granted, {**granted, "etag": 3}, make(stores, clock), other):
        with pytest.raises(ConditionFailed) as failed:
            consume(stores, clock, refused)
        assert failed.value.label == LABEL
    clock.advance(hours=1)
    with pytest.raises(ConditionFailed):
        consume(stores, clock, late)


def test_time_is_written_down_once_and_never_early(approvals: Approvals, stores: Stores, clock: HandClock) -> None:
    record = make(stores, clock)
    assert approvals.expire(record) is False
    clock.advance(hours=1)
    assert [approvals.expire(record) for _ in range(2)] == [True, False]
    assert approvals.get(record["approvalId"])["status"] == "expired"
    denied = change(stores, clock, make(stores, clock, expiresAt=1), status="denied")
    assert approvals.expire(denied) is False


def test_what_cannot_happen_any_more_is_void(approvals: Approvals, stores: Stores, clock: HandClock) -> None:
    record = make(stores, clock)
    assert approvals.void(record) is True
    assert ids(approvals, "void") == [record["approvalId"]]
    denied = change(stores, clock, make(stores, clock), status="denied")
    assert approvals.void(denied) is False


def test_what_a_run_asks_for_is_noted_by_who_saw_all_of_it(
    approvals: Approvals, stores: Stores, clock: HandClock
) -> None:
    run_id = new_id("run")
    assert approvals.asked(run_id) == Asked()
    note(stores, clock, run_id, Asked(), {"d1": {"approvalId": "apr_1", "tool": "files.write"}})
    seen = approvals.asked(run_id)
    assert (seen.version, seen.by_digest) == (1, {"d1": {"approvalId": "apr_1", "tool": "files.write"}})
    note(stores, clock, run_id, seen, {})
    for late in (Asked(), seen):
        with pytest.raises(ConditionFailed) as failed:
            note(stores, clock, run_id, late, {})
        assert failed.value.label == ASKED


def note(stores: Stores, clock: HandClock, run_id: str, asked: Asked, by_digest: dict[str, dict[str, str]]) -> None:
    table = stores.table(stores.runs)
    transaction = table.transaction()
    Approvals(table, clock).note_in(transaction, run_id, asked, by_digest)
    transaction.commit()


def test_several_are_read_at_once_and_those_that_are_gone_left_out(
    approvals: Approvals, stores: Stores, clock: HandClock
) -> None:
    made = make(stores, clock)
    assert [item["approvalId"] for item in approvals.get_many([made["approvalId"], new_id("apr")])] == [
        made["approvalId"]
    ]
    assert approvals.get_many([]) == []
