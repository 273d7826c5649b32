import pytest

from data_access_lib.errors import ConditionFailed
from data_access_lib.repositories.sessions import Sessions
from platform_kit.errors import NotFound
from platform_kit.ids import new_id
from tests.stores import HandClock, Stores


@pytest.fixture
def sessions(stores: Stores, clock: HandClock) -> Sessions:
    return Sessions(stores.table(stores.runs), clock)


def started(sessions: Sessions, stores: Stores, tenant: str = "acme") -> str:
    session_id = new_id("ses")
    transaction = stores.table(stores.runs, tenant).transaction()
    assert sessions.start(transaction, {"sessionId": session_id, "agent": "echo-agent"}) == 0
    transaction.commit()
    return session_id


def test_a_session_belongs_to_its_principal(sessions: Sessions, stores: Stores, clock: HandClock) -> None:
    session_id = started(sessions, stores)
    assert sessions.get(session_id) == sessions.find(session_id)
    assert sessions.get(session_id) == {
        "sessionId": session_id,
        "agent": "echo-agent",
        "principalId": "usr:1:ada",
        "createdAt": "2026-03-04T05:06:07.890Z",
        "lastRunAt": "2026-03-04T05:06:07.890Z",
        "runs": 1,
    }
    stored = stores.raw(stores.runs, f"TENANT#acme#SESSION#{session_id}", "META")
    assert stored is not None
    assert stored["ttl"] == {"N": str(1772600767 + 90 * 86400)}


@pytest.mark.parametrize(("tenant", "principal"), [("acme", "usr:1:bob"), ("acme-2", "usr:1:ada")])
def test_to_anybody_else_it_is_not_there(
    sessions: Sessions, stores: Stores, clock: HandClock, tenant: str, principal: str
) -> None:
    session_id = started(sessions, stores)
    table = stores.table(stores.runs, tenant, principal)
    others = Sessions(table, clock)
    assert others.find(session_id) is None
    with pytest.raises(NotFound, match=r"^There is no such session\.$"):
        others.get(session_id)
    assert others.list().items == []
    transaction = table.transaction()
    assert others.touch(transaction, session_id) == 0
    with pytest.raises(ConditionFailed) as caught:
        transaction.commit()
    assert caught.value.label == "session"
    assert sessions.get(session_id)["runs"] == 1


def test_a_session_cannot_be_given_away_or_taken(sessions: Sessions, stores: Stores) -> None:
    session_id = new_id("ses")
    transaction = stores.table(stores.runs).transaction()
    sessions.start(transaction, {"sessionId": session_id, "principalId": "usr:1:bob"})
    transaction.commit()
    assert sessions.get(session_id)["principalId"] == "usr:1:ada"
    again = stores.table(stores.runs).transaction()
    sessions.start(again, {"sessionId": session_id})
    with pytest.raises(ConditionFailed) as caught:
        again.commit()
    assert caught.value.label == "session"


def test_one_more_run_is_counted_and_keeps_it_longer(sessions: Sessions, stores: Stores, clock: HandClock) -> None:
    session_id = started(sessions, stores)
    clock.advance(days=1)
    transaction = stores.table(stores.runs).transaction()
    sessions.touch(transaction, session_id)
    transaction.commit()
    session = sessions.get(session_id)
    assert (session["runs"], session["lastRunAt"]) == (2, "2026-03-05T05:06:07.890Z")
    stored = stores.raw(stores.runs, f"TENANT#acme#SESSION#{session_id}", "META")
    assert stored is not None
    assert stored["ttl"] == {"N": str(1772600767 + 91 * 86400)}


def test_sessions_are_listed_newest_first(sessions: Sessions, stores: Stores) -> None:
    ids = [started(sessions, stores) for _ in range(3)]
    first = sessions.list(limit=2)
    assert ([item["sessionId"] for item in first.items], first.next_id) == ([ids[2], ids[1]], ids[1])
    rest = sessions.list(after=ids[1])
    assert ([item["sessionId"] for item in rest.items], rest.next_id) == ([ids[0]], None)
    assert stores.client.calls[-1][1]["Limit"] == 50


def test_the_machines_clock_is_the_default(stores: Stores) -> None:
    sessions = Sessions(stores.table(stores.runs))
    assert sessions.get(started(sessions, stores))["createdAt"] > "2026"


def test_a_run_with_another_agent_does_not_join(sessions: Sessions, stores: Stores) -> None:
    session_id = started(sessions, stores)
    same = stores.table(stores.runs).transaction()
    sessions.touch(same, session_id, agent="echo-agent")
    same.commit()
    other = stores.table(stores.runs).transaction()
    sessions.touch(other, session_id, agent="other-agent")
    with pytest.raises(ConditionFailed) as caught:
        other.commit()
    assert caught.value.label == "session"
    assert (caught.value.item or {})["principalId"] == "usr:1:ada"
    assert sessions.get(session_id)["runs"] == 2


def test_a_history_holds_the_latest_runs_newest_first(sessions: Sessions, stores: Stores) -> None:
    session_id, ids = started(sessions, stores), [new_id("run") for _ in range(3)]
    for run_id in ids:
        transaction = stores.table(stores.runs).transaction()
        assert sessions.record_run(transaction, session_id, run_id) == 0
        transaction.commit()
    assert sessions.run_ids(session_id) == ids[::-1]
    assert sessions.run_ids(session_id, limit=2) == [ids[2], ids[1]]
    assert [request["Limit"] for _, request in stores.client.calls[-2:]] == [100, 2]
    stored = stores.raw(stores.runs, f"TENANT#acme#SESSION#{session_id}", f"RUN#{ids[0]}")
    assert stored is not None
    assert stored["ttl"] == {"N": str(1772600767 + 90 * 86400)}
