"""A recorded run is replayed exactly; what its changed code does else is told."""

from typing import Any

from ambit_agent import Gateway, Invocation

from tests.functional.long_runs import stepwise
from tests.functional.moto_platform import table
from tests.functional.replay_stage import FIRST, LIST, LOOK, SECOND, Jobs, Stage, effects, tried
from tests.functional.run_platform import version_of

STREAMING = "echo-stream"


def counting(invocation: Invocation, client: Gateway) -> Any:
    """Asks for a sum and the time, and says so."""
    total = tried(client, "calculator", expression="6 * 7")
    client.events([{"stream": "assistant", "event": "counted", "payload": {"total": total}}])
    return {"total": total, "time": tried(client, "time"), "seen": invocation.run_id}


def test_a_recorded_run_is_replayed_exactly_and_twice_alike(stage: Stage) -> None:
    stage.release(FIRST, counting)
    run_id = stage.invoke()
    first, second = stage.replayed(run_id), stage.replayed(run_id)
    assert first["identical"] is True, first
    assert first["recorded"] == first["replayed"] == second["replayed"]
    assert [(call["kind"], call["name"], call["result"]) for call in first["calls"]] == [
        ("tool", "calculator", "same"),
        ("events", "events", "same"),
        ("tool", "time", "same"),
    ]
    assert first["differences"] == []
    assert first["replayId"] != second["replayId"]


def test_a_runs_replays_are_listed_newest_first_without_what_they_found(stage: Stage) -> None:
    stage.release(FIRST, counting)
    stage.release(SECOND, lambda _invocation, near: tried(near, "time"))
    run_id, other = stage.invoke(), stage.invoke()
    made = [stage.replayed(run_id, version=version) for version in (FIRST, SECOND, FIRST)]
    stage.replayed(other)
    first = stage.call(LIST, path={"id": run_id}, query={"limit": "2"}).json
    rest = stage.call(LIST, path={"id": run_id}, query={"cursor": first["nextCursor"]}).json
    listed = first["items"] + rest["items"]
    assert [one["replayId"] for one in listed] == [one["replayId"] for one in reversed(made)]
    assert [(one["version"], one["identical"]) for one in listed] == [(FIRST, True), (SECOND, False), (FIRST, True)]
    assert not {"calls", "differences", "recorded", "replayed"} & listed[0].keys()
    assert rest["nextCursor"] is None
    assert stage.call(LIST, path={"id": run_id}, query={"cursor": "not-one"}).status == 400


def test_changed_code_is_shown_call_by_call(stage: Stage) -> None:
    def changed(invocation: Invocation, client: Gateway) -> Any:
        return {"total": tried(client, "calculator", expression="6 * 8")}

    stage.release(FIRST, counting)
    stage.release(SECOND, changed)
    shown = stage.replayed(stage.invoke(), version=SECOND)
    assert shown["identical"] is False
    assert shown["recorded"]["hash"] != shown["replayed"]["hash"]
    assert [call["result"] for call in shown["calls"]] == ["missing", "missing", "missing", "added"]
    assert "6 * 8" in str(shown["differences"])
    assert "6 * 7" in str(shown["differences"])


def test_a_streaming_agents_answer_is_compared_piece_by_piece(stage: Stage) -> None:
    def words(text: str) -> Any:
        def work(invocation: Invocation, near: Gateway) -> Any:
            yield {"type": "delta", "text": text[:1]}
            yield {"type": "finding", "total": tried(near, "calculator", expression="1 + 1")}
            yield {"type": "delta", "text": text[1:]}

        return work

    other = version_of(STREAMING)[:-1] + "f"
    stage.release(version_of(STREAMING), words("abc"), agent=STREAMING)
    stage.release(other, words("abd"), agent=STREAMING)
    run_id = stage.invoke(STREAMING)
    same, changed = stage.replayed(run_id), stage.replayed(run_id, version=other)
    assert (same["identical"], same["recorded"]["events"]) == (True, 2)
    assert [(one["what"], one["position"]) for one in changed["differences"]] == [("event", 2), ("outcome", 1)]
    assert {call["result"] for call in changed["calls"]} == {"same"}


def test_time_and_chance_are_those_of_the_run(stage: Stage) -> None:
    def chancy(invocation: Invocation, _near: Gateway) -> Any:
        return {"drawn": invocation.random().random(), "at": invocation.created_at}

    stage.release(FIRST, chancy)
    one, other = stage.invoke(), stage.invoke()
    assert stage.replayed(one)["identical"] is True
    drawn = {stage.call("GET /v1/runs/{id}", path={"id": each}).json["output"]["drawn"] for each in (one, other)}
    assert len(drawn) == 2


def test_a_refusal_is_replayed_as_it_was(stage: Stage) -> None:
    def refused(_invocation: Invocation, near: Gateway) -> Any:
        bad = tried(near, "calculator", expression="1 +")
        return [bad, tried(near, "http.fetch", url="https://example.org/"), tried(near, "no.such")]

    stage.release(FIRST, refused)
    run_id = stage.invoke()
    assert stage.replayed(run_id)["identical"] is True


def test_an_agent_that_fails_as_it_did_is_identical_and_one_that_does_not_fail_is_not(stage: Stage) -> None:
    def failing(_invocation: Invocation, _near: Gateway) -> Any:
        raise ValueError("no figures")

    stage.release(FIRST, failing)
    stage.release(SECOND, lambda _invocation, _near: "figures")
    run_id = stage.invoke()
    assert stage.replayed(run_id)["identical"] is True
    shown = stage.replayed(run_id, version=SECOND)
    assert [one["what"] for one in shown["differences"]] == ["event", "outcome"]


def test_a_jobs_agent_says_at_the_gateway_how_its_replay_ended(jobs: Jobs) -> None:
    stage, plant = jobs, jobs.plant
    run = plant.queue()
    assert plant.lead(run) == "succeeded"
    for work, identical in ((stepwise, True), (lambda job: stepwise(job)[:1], False)):
        plant.work = work
        begun = stage.replay(run["runId"])
        assert (begun.status, begun.json["status"]) == (202, "running")
        before = effects()
        plant.attempt(plant.runtime.calls[-1])
        assert effects() == before
        place = {"id": run["runId"], "replayId": begun.json["replayId"]}
        shown = stage.call(LOOK, path=place).json
        assert (shown["status"], shown["identical"]) == ("finished", identical), shown


def test_a_job_that_falls_silent_shows_nothing(jobs: Jobs) -> None:
    stage, plant = jobs, jobs.plant
    run = plant.queue()
    plant.lead(run)
    begun = stage.replay(run["runId"]).json
    place = {"id": run["runId"]}
    assert [one["status"] for one in stage.call(LIST, path=place).json["items"]] == ["running"]
    key = {"pk": f"TENANT#acme#RUN#{run['runId']}", "sk": f"REPLAY#{begun['replayId']}"}
    table("runs").update_item(Key=key, UpdateExpression="SET deadline = :now", ExpressionAttributeValues={":now": 1})
    (listed,) = stage.call(LIST, path=place).json["items"]
    assert (listed["status"], listed["error"]["code"]) == ("failed", "REPLAY_TIMED_OUT")
    shown = stage.call(LOOK, path={**place, "replayId": begun["replayId"]}).json
    assert (shown["status"], shown["error"]["code"]) == ("failed", "REPLAY_TIMED_OUT")
    assert "identical" not in shown


def test_a_run_that_was_not_recorded_or_not_wholly_is_a_409_with_a_reason(stage: Stage) -> None:
    stage.release(FIRST, counting)
    run_id = stage.invoke()
    table("runs").delete_item(Key={"pk": f"TENANT#acme#RUN#{run_id}", "sk": "RECORDED#0000000002"})
    answer = stage.replay(run_id)
    assert (answer.status, answer.json["code"], answer.json["reason"]) == (409, "RUN_NOT_REPLAYABLE", "incomplete")


def test_a_request_that_is_repeated_makes_one_replay(stage: Stage) -> None:
    stage.release(FIRST, counting)
    run_id = stage.invoke()
    sent = {"path": {"id": run_id}, "body": {}, "headers": {"idempotency-key": "k" * 20}}
    first, second = (stage.call("POST /v1/runs/{id}/replays", **sent) for _ in range(2))
    assert (first.json, second.headers["idempotency-replayed"]) == (second.json, "true")
    assert len(stage.runtime.calls) == 2


def test_a_replay_stands_in_the_audit_chain(stage: Stage) -> None:
    stage.release(FIRST, counting)
    run_id = stage.invoke()
    stage.replayed(run_id)
    entries = [item for item in table("ledger").scan()["Items"] if item.get("action") == "run.replayed"]
    assert [entry["target"] for entry in entries] == [run_id]
