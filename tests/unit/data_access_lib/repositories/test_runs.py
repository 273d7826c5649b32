from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_access_lib.conditions import attr
from data_access_lib.errors import ConditionFailed, InvalidIdentifier, RunClosed, TransactionConflict
from data_access_lib.keys import shard_of
from data_access_lib.repositories.budgets import Budgets
from data_access_lib.repositories.events import EventDraft
from data_access_lib.repositories.idempotency import Idempotency, Saved
from data_access_lib.repositories.runs import REQUEUED, JobFilter, Runs
from data_access_lib.repositories.sessions import Sessions
from platform_kit.errors import NotFound
from platform_kit.ids import id_at, new_id
from tests.stores import HandClock, Stores, make_stores

SESSION = "ses_" + "0" * 32
STARTED = EventDraft("lifecycle", "started")
DONE = EventDraft("lifecycle", "succeeded", {"output": "x"})
NOW = "2026-03-04T05:06:07.890Z"


@pytest.fixture
def runs(stores: Stores, clock: HandClock) -> Runs:
    return Runs(stores.table(stores.runs), clock)


def start(runs: Runs, stores: Stores, *, tenant: str = "acme", **fields: object) -> str:
    run_id = new_id("run")
    transaction = stores.table(stores.runs, tenant).transaction()
    run = {"runId": run_id, "sessionId": SESSION, "agent": "echo-agent", "status": "running", **fields}
    runs.start(transaction, run, [STARTED])
    transaction.commit()
    stores.client.calls.clear()
    return run_id


def test_a_run_starts_with_its_events_and_comes_back_as_it_was(runs: Runs, stores: Stores) -> None:
    run_id, transaction = new_id("run"), stores.table(stores.runs).transaction()
    run = {
        "runId": run_id,
        "sessionId": SESSION,
        "status": "running",
        "input": "hello",
        "context": {"weight": 1.0},
        "files": [{"fileId": "f"}],
        "metadata": {"deep": [[[1.5]]]},
        "output": None,
    }
    events = runs.start(transaction, run, [STARTED, EventDraft("tool", "call")])
    assert len(transaction) == 3
    transaction.commit()
    expected = {name: value for name, value in run.items() if value is not None}
    assert runs.get(run_id) == {**expected, "tenantId": "acme", "lastSeq": 2} == runs.find(run_id)
    assert [event["seq"] for event in events] == [1, 2]
    assert runs.log.read(run_id) == events
    stored = stores.raw(stores.runs, f"TENANT#acme#RUN#{run_id}", "META")
    assert stored is not None
    assert stored["ttl"] == {"N": str(1772600767 + 90 * 86400)}
    assert str(runs.get(run_id)["context"]["weight"]) == "1.0"


def test_a_run_starts_once(runs: Runs, stores: Stores) -> None:
    run_id = start(runs, stores)
    transaction = stores.table(stores.runs).transaction()
    runs.start(transaction, {"runId": run_id, "sessionId": SESSION, "status": "running"}, [STARTED])
    with pytest.raises(ConditionFailed) as caught:
        transaction.commit()
    assert (caught.value.label, caught.value.reasons[1]) == ("run", "ConditionalCheckFailed")


def test_a_run_belongs_to_the_tenant_that_starts_it(runs: Runs, stores: Stores) -> None:
    run_id = start(runs, stores, tenantId="globex")
    assert runs.get(run_id)["tenantId"] == "acme"


def test_a_job_leads_to_its_run(runs: Runs, stores: Stores) -> None:
    job_id = new_id("job")
    run_id = start(runs, stores, jobId=job_id)
    assert runs.by_job(job_id) == runs.get(run_id)
    assert runs.get(run_id)["jobId"] == job_id
    stored = stores.raw(stores.runs, f"TENANT#acme#JOB#{job_id}", "META")
    assert stored is not None
    assert stored == {
        "pk": {"S": f"TENANT#acme#JOB#{job_id}"},
        "sk": {"S": "META"},
        "jobId": {"S": job_id},
        "runId": {"S": run_id},
        "agent": {"S": "echo-agent"},
        "ttl": {"N": str(1772600767 + 90 * 86400)},
        "gsi1pk": {"S": f"TENANT#acme#JOBS#{shard_of(job_id)}"},
        "gsi1sk": {"S": job_id},
        "gsi2pk": {"S": f"TENANT#acme#ROLL#{shard_of(f'TENANT#acme#JOB#{job_id}')}"},
        "gsi2sk": {"S": f"TENANT#acme#JOB#{job_id}"},
    }
    with pytest.raises(NotFound, match=r"^There is no such job\.$"):
        runs.by_job(new_id("job"))


def begun(runs: Runs, stores: Stores, clock: HandClock, **fields: object) -> str:
    """A job that begins a second after the one before; its id."""
    clock.advance(seconds=1)
    job_id = id_at("job", clock.now())
    start(runs, stores, jobId=job_id, **fields)
    return job_id


def listed(runs: Runs, **wanted: Any) -> list[str]:
    return [run["jobId"] for run in runs.jobs(JobFilter(**wanted)).items]


def test_jobs_are_listed_newest_first_with_their_runs_as_they_stand(
    runs: Runs, stores: Stores, clock: HandClock
) -> None:
    start(runs, stores)  # no job
    first, second = begun(runs, stores, clock), begun(runs, stores, clock)
    runs.cancel(runs.by_job(first)["runId"], "usr:1")
    page = runs.jobs(JobFilter(), limit=1)
    assert [run["jobId"] for run in page.items] == [second]
    rest = runs.jobs(JobFilter(), limit=1, after=page.next_id)
    assert [(run["jobId"], run["status"]) for run in rest.items] == [(first, "cancelled")]


def test_jobs_are_found_by_agent_state_and_time_and_their_times_are_read_from_the_index(
    runs: Runs, stores: Stores, clock: HandClock
) -> None:
    first = begun(runs, stores, clock)
    at_first = clock.now()
    second = begun(runs, stores, clock, agent="other")
    at_second = clock.now()
    runs.cancel(runs.by_job(first)["runId"], "usr:1")
    assert listed(runs, agent="other") == listed(runs, status="running") == [second]
    assert listed(runs, status="cancelled", agent="other") == []
    later = timedelta(milliseconds=1)
    assert listed(runs, since=at_first + later) == [second]
    assert listed(runs, until=at_second) == [first]
    stores.client.calls.clear()
    assert listed(runs, since=at_second + later) == []
    assert {operation for operation, _ in stores.client.calls} == {"query"}


def test_a_job_goes_on_with_one_other(runs: Runs, stores: Stores) -> None:
    job_id, heir = new_id("job"), new_id("job")
    start(runs, stores, jobId=job_id)
    for _ in range(2):
        transaction = stores.table(stores.runs).transaction()
        runs.requeue_in(transaction, job_id, heir)
        if runs.by_job(job_id).get("requeuedAs") is None:
            transaction.commit()
            continue
        with pytest.raises(ConditionFailed) as caught:
            transaction.commit()
        assert caught.value.label == REQUEUED
    assert runs.by_job(job_id)["requeuedAs"] == heir == runs.jobs(JobFilter()).items[0]["requeuedAs"]


def test_a_job_that_is_not_there_goes_on_with_none(runs: Runs, stores: Stores) -> None:
    transaction = stores.table(stores.runs).transaction()
    runs.requeue_in(transaction, new_id("job"), new_id("job"))
    with pytest.raises(ConditionFailed):
        transaction.commit()


def test_a_job_starts_once(runs: Runs, stores: Stores) -> None:
    job_id = new_id("job")
    start(runs, stores, jobId=job_id)
    transaction = stores.table(stores.runs).transaction()
    run = {"runId": new_id("run"), "sessionId": SESSION, "status": "queued", "jobId": job_id}
    runs.start(transaction, run, [])
    with pytest.raises(ConditionFailed) as caught:
        transaction.commit()
    assert caught.value.label == "job"


def test_a_read_may_be_consistent(runs: Runs, stores: Stores) -> None:
    job_id = new_id("job")
    run_id = start(runs, stores, jobId=job_id)
    for consistent in (False, True):
        runs.find(run_id, consistent=consistent)
        runs.get(run_id, consistent=consistent)
        runs.by_job(job_id, consistent=consistent)
    runs.find(run_id)
    runs.get(run_id)
    runs.by_job(job_id)
    asked = [request["ConsistentRead"] for _, request in stores.client.calls]
    assert asked == [False] * 4 + [True] * 4 + [False] * 4


def test_an_unknown_run_is_not_found(runs: Runs, stores: Stores, clock: HandClock) -> None:
    assert runs.find(new_id("run")) is None
    with pytest.raises(NotFound, match=r"^There is no such run\.$"):
        runs.get(new_id("run"))
    with pytest.raises(InvalidIdentifier):
        runs.get("run_1#META")
    theirs = Runs(stores.table(stores.runs, "acme-2"), clock)
    with pytest.raises(NotFound):
        theirs.get(start(runs, stores))


def test_a_queued_run_begins_to_run(runs: Runs, stores: Stores) -> None:
    run_id = start(runs, stores, status="queued")
    appended = runs.transition(run_id, "running", [STARTED], session_id=SESSION, known=1, fields={"startedAt": NOW})
    assert appended.last_seq == 2
    assert {name: runs.get(run_id)[name] for name in ("status", "startedAt", "lastSeq")} == {
        "status": "running",
        "startedAt": NOW,
        "lastSeq": 2,
    }
    assert stores.client.operations[0] == "transact_write_items"


def test_a_run_ends_with_its_result(runs: Runs, stores: Stores) -> None:
    run_id = start(runs, stores)
    fields = {"output": {"score": 1.0}, "costPico": 2**60 + 1, "durationMs": 12}
    ended = runs.finish(run_id, "succeeded", [DONE], session_id=SESSION, known=1, fields=fields)
    run = runs.get(run_id)
    assert (run["status"], run["finishedAt"], run["output"], run["costPico"]) == (
        "succeeded",
        NOW,
        {"score": 1.0},
        2**60 + 1,
    )
    assert ended.events[-1]["payload"] == {"output": "x", "type": "succeeded"}
    assert stores.client.operations[0] == "transact_write_items"


def test_a_run_ends_when_its_fields_say(runs: Runs, stores: Stores) -> None:
    run_id = start(runs, stores)
    runs.finish(run_id, "failed", [], fields={"finishedAt": "2026-01-01T00:00:00.000Z", "error": {"code": "X"}})
    assert runs.get(run_id)["finishedAt"] == "2026-01-01T00:00:00.000Z"
    assert runs.get(run_id)["error"] == {"code": "X"}


def test_a_run_ends_once(runs: Runs, stores: Stores) -> None:
    run_id = start(runs, stores)
    runs.finish(run_id, "succeeded", [DONE], session_id=SESSION, known=1)
    for end in (
        lambda: runs.finish(run_id, "failed", [DONE], session_id=SESSION, known=2),
        lambda: runs.cancel(run_id, "usr:1:bob"),
        lambda: runs.transition(run_id, "running", [STARTED]),
        lambda: runs.amend(run_id, {"progress": {"percent": 1}}),
    ):
        with pytest.raises(RunClosed) as caught:
            end()
        assert caught.value.run_status == "succeeded"
    assert [event["event"] for event in runs.log.read(run_id)] == ["started", "succeeded"]


@pytest.mark.parametrize("status", ["running", "done", ""])
def test_a_run_ends_in_a_state_that_is_an_end(runs: Runs, status: str) -> None:
    with pytest.raises(ValueError, match=rf"^not a terminal state: {status}$"):
        runs.finish(new_id("run"), status, [])


def test_a_cancelled_run_says_by_whom(runs: Runs, stores: Stores) -> None:
    run_id = start(runs, stores)
    [event] = runs.cancel(run_id, "usr:1:bob", payload={"reason": "enough"}).events
    assert (event["stream"], event["event"], event["payload"]) == (
        "lifecycle",
        "cancelled",
        {"reason": "enough", "type": "cancelled"},
    )
    run = runs.get(run_id)
    assert (run["status"], run["cancelledBy"], run["finishedAt"]) == ("cancelled", "usr:1:bob", NOW)


def test_a_cancellation_knows_and_adds_what_it_is_told(runs: Runs, stores: Stores) -> None:
    run_id = start(runs, stores)
    side = {"pk": "TENANT#acme#THING#1", "sk": "a"}
    [event] = runs.cancel(
        run_id, "usr:1:bob", session_id=SESSION, known=1, also=lambda t: t.put(stores.ops, side)
    ).events
    assert event["sessionId"] == SESSION
    assert event["payload"] == {"type": "cancelled"}
    assert stores.client.operations == ["transact_write_items"]
    assert stores.raw(stores.ops, "TENANT#acme#THING#1", "a") is not None


def test_an_open_run_is_amended_without_an_event(runs: Runs, stores: Stores) -> None:
    run_id = start(runs, stores)
    changed = runs.amend(run_id, {"progress": {"percent": 40.0}, "heartbeatAt": NOW}, add={"toolCalls": 1})
    assert (changed["progress"], changed["heartbeatAt"], changed["toolCalls"]) == ({"percent": 40.0}, NOW, 1)
    assert runs.amend(run_id, {"heartbeatAt": NOW})["lastSeq"] == 1
    with pytest.raises(NotFound, match=r"^There is no such run\.$"):
        runs.amend(new_id("run"), {"heartbeatAt": NOW})


def test_a_call_is_one_transaction_at_the_start_and_one_at_the_end(stores: Stores, clock: HandClock) -> None:
    runs_table, ops_table = stores.table(stores.runs), stores.table(stores.ops)
    runs, sessions = Runs(runs_table, clock), Sessions(runs_table, clock)
    records, budgets = Idempotency(ops_table, clock), Budgets(ops_table, clock)
    ticket, run_id, session_id = records.ticket("POST /x", "k", b"{}"), new_id("run"), new_id("ses")
    transaction = runs_table.transaction()
    runs.start(transaction, {"runId": run_id, "sessionId": session_id, "status": "running"}, [STARTED])
    records.begin_in(transaction, ticket, resource=run_id)
    reservation = budgets.reserve(transaction, run_id, 500, 10_000, 100)
    sessions.start(transaction, {"sessionId": session_id})
    transaction.commit()

    def settle(end: Any) -> None:
        budgets.settle(end, reservation, 120)
        records.complete_in(end, ticket, {"output": "x"})

    runs.finish(run_id, "succeeded", [DONE], session_id=session_id, known=1, also=settle)
    assert stores.client.operations == ["transact_write_items"] * 2
    assert records.look(ticket) == Saved({"output": "x"}, run_id)
    status = budgets.status(10_000)
    assert (status.remaining, status.reserved, status.spent) == (9_880, 0, 120)
    assert sessions.get(session_id)["runs"] == 1


def test_a_walk_in_pages_of_one_gets_on(runs: Runs, stores: Stores) -> None:
    ids = [start(runs, stores) for _ in range(6)]
    seen: list[str] = []
    after: str | None = None
    for _ in ids:
        page = runs.list(limit=1, after=after)
        seen += [run["runId"] for run in page.items]
        after = page.next_id
    assert (seen, after) == (ids[::-1], None)


def test_runs_are_listed_newest_first_and_only_the_tenants_own(runs: Runs, stores: Stores, clock: HandClock) -> None:
    ids = [start(runs, stores) for _ in range(9)]
    theirs = Runs(stores.table(stores.runs, "acme-2"), clock)
    start(theirs, stores, tenant="acme-2")
    first = runs.list(limit=4)
    assert [run["runId"] for run in first.items] == ids[:4:-1]
    assert first.next_id == ids[5]
    rest = runs.list(after=first.next_id)
    assert ([run["runId"] for run in rest.items], rest.next_id) == (ids[4::-1], None)
    assert [request["Limit"] for _, request in stores.client.calls[-4:]] == [50] * 4


def test_a_list_can_be_narrowed(runs: Runs, stores: Stores) -> None:
    other_session = new_id("ses")
    a = start(runs, stores, agent="alpha", context={"x": 1.0})
    b = start(runs, stores, agent="beta", status="queued")
    c = start(runs, stores, agent="alpha", sessionId=other_session)

    def listed(**filters: Any) -> list[str]:
        return [run["runId"] for run in runs.list(**filters).items]

    assert listed(agent="alpha") == [c, a]
    assert listed(status="queued") == [b]
    assert listed(session_id=other_session) == [c]
    assert listed(agent="alpha", status="running", session_id=SESSION) == [a]
    assert listed(agent="beta", status="running") == []
    assert runs.list(agent="alpha").items[1]["context"] == {"x": 1.0}


@settings(deadline=None, max_examples=10)
@given(agents=st.lists(st.sampled_from(["alpha", "beta"]), max_size=14), limit=st.integers(1, 5))
def test_walking_a_narrowed_list_shows_every_run_once(aws: dict[str, Any], agents: list[str], limit: int) -> None:
    stores = make_stores(aws["dynamodb"], aws["s3"])
    runs = Runs(stores.table(stores.runs), HandClock())
    ids = [(start(runs, stores, agent=agent), agent) for agent in agents]
    seen: list[str] = []
    after: str | None = None
    for _ in range(5 * len(agents) + 5):  # not for ever: a page may be empty, but the walk must get on
        page = runs.list(limit=limit, after=after, agent="alpha")
        seen += [run["runId"] for run in page.items]
        after = page.next_id
        if after is None:
            break
    assert after is None
    assert seen == [run_id for run_id, agent in reversed(ids) if agent == "alpha"]


def test_retention_can_be_set_and_the_machines_clock_is_the_default(stores: Stores) -> None:
    runs = Runs(stores.table(stores.runs), retention=timedelta(days=1))
    run_id = start(runs, stores)
    for sk in ("META", "EVENT#0000000001"):
        stored = stores.raw(stores.runs, f"TENANT#acme#RUN#{run_id}", sk)
        assert stored is not None
        from platform_kit.clock import SystemClock

        assert abs(int(stored["ttl"]["N"]) - SystemClock().now().timestamp() - 86400) < 60


def test_several_runs_come_by_id_without_those_that_are_gone(runs: Runs, stores: Stores) -> None:
    ids = [start(runs, stores, context={"n": 1.0}) for _ in range(2)]
    found = runs.get_many([*ids, new_id("run")])
    assert set(found) == set(ids)
    assert found[ids[0]] == runs.get(ids[0])
    assert runs.get_many([]) == {}


def test_an_amendment_may_demand_more(runs: Runs, stores: Stores) -> None:
    run_id = start(runs, stores, lease="one")
    with pytest.raises(ConditionFailed):
        runs.amend(run_id, {"lease": "three"}, only=attr("lease").eq("two"))
    assert runs.amend(run_id, {"lease": "two"}, only=attr("lease").eq("one"))["lease"] == "two"
    runs.finish(run_id, "succeeded", [])
    with pytest.raises(RunClosed):
        runs.amend(run_id, {"lease": "three"}, only=attr("lease").eq("two"))


def test_an_end_may_be_tried_once_only(runs: Runs, stores: Stores) -> None:
    run_id = start(runs, stores)
    runs.log.append(run_id, [STARTED], session_id=SESSION, known=1)
    for change in (runs.transition, runs.finish):
        with pytest.raises(TransactionConflict):
            change(run_id, "succeeded", [DONE], session_id=SESSION, known=1, attempts=1)
    assert runs.get(run_id)["status"] == "running"
    assert runs.finish(run_id, "succeeded", [DONE], session_id=SESSION, known=2, attempts=1).last_seq == 3
