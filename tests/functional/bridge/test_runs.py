"""History, sessions, files, idempotency and failures of the function `bridge`, whole, on moto."""

import threading
from typing import Any

import boto3
import pytest

from lambdas.bridge import handler
from platform_kit.ids import new_id
from tests.functional.fake_runtime import FakeRuntime
from tests.functional.moto_platform import REGION, TENANT_BUCKET, person, table
from tests.functional.run_platform import budget, stored_run, version_of
from tests.local_stack import eventually

GLOBEX = person("globex")


def act(name: str, **context: Any) -> dict[str, Any]:
    return {"input": "x", "context": {"act": name, **context}}


def code(answer: Any) -> tuple[int, str]:
    return answer.status, answer.json["code"]


class TestFailures:
    @pytest.mark.parametrize(
        ("body", "status", "problem"),
        [
            (act("crash"), 502, "AGENT_FAILED"),
            (act("die"), 502, "AGENT_FAILED"),
            (act("html"), 502, "AGENT_FAILED"),
            (act("malformed"), 502, "AGENT_FAILED"),
            (act("script", lines=["a"], then="die"), 502, "AGENT_FAILED"),
            (act("script", lines=[{"error": "boom"}]), 502, "AGENT_FAILED"),
            (act("oversize"), 502, "AGENT_FAILED"),
            (act("busy"), 503, "DEPENDENCY_UNAVAILABLE"),
        ],
    )
    def test_an_agent_that_goes_wrong_has_its_status_and_its_run(
        self, body: dict[str, Any], status: int, problem: str, invoke: Any, call: Any
    ) -> None:
        answer = invoke(body)
        assert code(answer) == (status, problem), answer.json
        run = call("GET /v1/runs/{id}", path={"id": answer.json["runId"]}).json
        assert run["status"] == "failed"
        assert run["error"]["message"]
        assert budget("acme")["reserved"] == 0

    def test_a_timeout_points_to_the_ways_that_have_more_time(
        self, invoke: Any, call: Any, runtime: FakeRuntime, impatient: None
    ) -> None:
        answer = invoke(act("hang"))
        assert code(answer) == (504, "AGENT_TIMEOUT")
        assert call("GET /v1/runs/{id}", path={"id": answer.json["runId"]}).json["status"] == "timed_out"
        assert budget("acme")["reserved"] == 0
        assert "/v1/agents/echo-agent/stream" in answer.json["detail"]
        assert "respond-async" in answer.json["detail"]
        assert runtime.stopped == runtime.sessions

    def test_nobody_pays_for_a_run_that_the_runtime_refused(self, invoke: Any) -> None:
        invoke(act("busy"))
        assert budget("acme")["spent"] == 0

    def test_a_failed_run_is_paid_for(self, invoke: Any) -> None:
        invoke(act("crash"))
        assert budget("acme")["spent"] > 0

    def test_an_unreachable_runtime_is_503_with_a_settled_budget(
        self, monkeypatch: pytest.MonkeyPatch, invoke: Any
    ) -> None:
        monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_AGENTCORE", "http://127.0.0.1:9")
        answer = invoke()
        assert code(answer) == (503, "DEPENDENCY_UNAVAILABLE")
        assert answer.headers["retry-after"]
        assert budget("acme")["reserved"] == 0


class TestBadInput:
    @pytest.mark.parametrize(
        ("body", "pointer"),
        [
            ({"input": ""}, "/input"),
            ({"input": "x" * 50_001}, "/input"),
            ({"input": 7}, "/input"),
            ({"input": None}, "/input"),
            ({"context": {}}, "/input"),
            ({"input": "x", "tenantId": "globex"}, "/tenantId"),
            ({"input": "x", "context": []}, "/context"),
            ({"input": "x", "context": {"k": "y" * 40_000}}, "/context"),
            ({"input": "x", "metadata": {"k": "y" * 20_000}}, "/metadata"),
            ({"input": "x", "files": "fil"}, "/files"),
            ({"input": "x", "files": ["f"] * 21}, "/files"),
            ({"input": "x", "sessionId": 7}, "/sessionId"),
            ({"input": "half \ud800"}, ""),
            ({"input": "x", "context": {"\ud800": 1}}, ""),
        ],
    )
    def test_a_bad_field_is_named(self, body: dict[str, Any], pointer: str, invoke: Any, runtime: FakeRuntime) -> None:
        answer = invoke(body)
        assert answer.status == 400, answer.json
        assert pointer in [error["pointer"] for error in answer.json["errors"]]
        assert runtime.calls == []

    def test_the_longest_input_is_accepted(self, invoke: Any) -> None:
        assert invoke({"input": "é" * 50_000}).status == 200

    @pytest.mark.parametrize("raw", ["", "{", "[]", '"x"', "null", '{"input": NaN}', "[" * 100_000])
    def test_what_is_no_json_object_is_refused(self, raw: str, call: Any) -> None:
        path = {"agent": "echo-agent"}
        assert code(call("POST /v1/agents/{agent}/invoke", path=path, raw=raw)) == (400, "INVALID_BODY")

    def test_a_body_that_is_too_large_is_refused(self, call: Any) -> None:
        raw = '{"input": "' + "x" * (6 * 1024 * 1024) + '"}'
        path = {"agent": "echo-agent"}
        assert code(call("POST /v1/agents/{agent}/invoke", path=path, raw=raw)) == (413, "PAYLOAD_TOO_LARGE")

    @pytest.mark.parametrize("agent", ["no-such-agent", "Echo", "../echo-agent", "e" * 80, "echo#agent"])
    def test_an_unknown_agent_is_not_there(self, agent: str, invoke: Any) -> None:
        assert code(invoke(agent=agent)) == (404, "NOT_FOUND")

    def test_an_agent_above_the_tier_is_refused_with_the_tier_it_needs(self, invoke: Any) -> None:
        answer = invoke(agent="premium-agent")
        assert code(answer) == (403, "FORBIDDEN")
        assert "premium" in answer.json["detail"]

    def test_a_tier_in_the_token_is_not_believed(self, invoke: Any) -> None:
        assert invoke(agent="premium-agent", who=person("acme", tier="premium")).status == 403

    def test_a_suspended_tenant_runs_nothing(self, invoke: Any) -> None:
        assert code(invoke(who=person("initech"))) == (403, "TENANT_SUSPENDED")

    @pytest.mark.parametrize("webhook", ["whk_01a2039ecedc712d93fed5e30848c485", "nonsense", "../whk"])
    def test_a_webhook_that_is_not_there_is_refused(self, webhook: str, invoke: Any) -> None:
        answer = invoke({"input": "x", "webhookId": webhook})
        assert code(answer) == (422, "UNPROCESSABLE")
        assert answer.json["errors"][0]["pointer"] == "/webhookId"

    def test_a_run_remembers_the_webhook_that_it_names(self, invoke: Any) -> None:
        webhook = new_id("whk")
        for tenant in ("acme", "globex"):
            table("control").put_item(Item={"pk": f"TENANT#{tenant}#WEBHOOK", "sk": webhook, "events": "[]"})
        answer = invoke({"input": "x", "webhookId": webhook})
        record = table("runs").get_item(Key={"pk": f"TENANT#acme#RUN#{answer.json['runId']}", "sk": "META"})["Item"]
        assert record["webhookId"] == webhook
        table("control").delete_item(Key={"pk": "TENANT#acme#WEBHOOK", "sk": webhook})
        assert code(invoke({"input": "x", "webhookId": webhook})) == (422, "UNPROCESSABLE")

    @pytest.mark.parametrize("file_id", [f"fil_{'0' * 32}", "nonsense"])
    def test_a_file_that_is_not_there_is_refused(self, file_id: str, invoke: Any) -> None:
        assert code(invoke({"input": "x", "files": [file_id]})) == (422, "UNPROCESSABLE")

    @pytest.mark.parametrize("key", ["", "x" * 256, "é"])
    def test_a_malformed_idempotency_key_is_refused(self, key: str, invoke: Any) -> None:
        assert invoke(idempotency_key=key).status == 400

    @pytest.mark.parametrize("run_id", [f"run_{'0' * 32}", "nonsense", "run_" + "z" * 32, f"job_{'0' * 32}"])
    @pytest.mark.parametrize("route", ["GET /v1/runs/{id}", "POST /v1/runs/{id}/cancel", "GET /v1/jobs/{id}"])
    def test_what_is_not_there_is_404(self, route: str, run_id: str, call: Any) -> None:
        assert code(call(route, path={"id": run_id})) == (404, "NOT_FOUND")

    @pytest.mark.parametrize(
        "query", [{"cursor": "forged"}, {"limit": "0"}, {"limit": "101"}, {"status": "odd"}, {"other": "1"}]
    )
    def test_a_bad_query_is_refused(self, query: dict[str, str], call: Any) -> None:
        assert call("GET /v1/runs", query=query).status == 400


class TestIsolation:
    @pytest.mark.parametrize("route", ["GET /v1/runs/{id}", "POST /v1/runs/{id}/cancel"])
    def test_another_tenants_run_is_not_there(self, route: str, invoke: Any, call: Any) -> None:
        run_id = invoke().json["runId"]
        assert code(call(route, GLOBEX, path={"id": run_id})) == (404, "NOT_FOUND")

    def test_another_tenants_file_cannot_be_named(self, invoke: Any, file_of: Any) -> None:
        assert code(invoke({"input": "x", "files": [file_of("acme")]}, who=GLOBEX)) == (422, "UNPROCESSABLE")

    def test_another_tenants_cursor_is_refused(self, invoke: Any, call: Any) -> None:
        for _ in range(2):
            invoke()
        cursor = call("GET /v1/runs", query={"limit": "1"}).json["nextCursor"]
        assert call("GET /v1/runs", query={"cursor": cursor}).status == 200
        assert code(call("GET /v1/runs", GLOBEX, query={"cursor": cursor})) == (400, "INVALID_CURSOR")
        assert code(call("GET /v1/sessions", query={"cursor": cursor})) == (400, "INVALID_CURSOR")

    def test_the_same_key_of_two_tenants_or_principals_is_two_requests(self, invoke: Any) -> None:
        callers = [None, GLOBEX, person("acme", name="other")]
        runs = {invoke(who=who, idempotency_key="k").json["runId"] for who in callers}
        assert len(runs) == 3


class TestIdempotency:
    def test_the_same_request_gets_the_same_answer_once_run(self, invoke: Any, runtime: FakeRuntime) -> None:
        first = invoke(idempotency_key="k-1")
        second = invoke(idempotency_key="k-1")
        assert second.json == first.json
        assert second.headers["idempotency-replayed"] == "true"
        assert "idempotency-replayed" not in first.headers
        assert len(runtime.calls) == 1

    @pytest.mark.parametrize("changed", [{"body": {"input": "other"}}, {"agent": "echo-stream"}])
    def test_another_request_with_the_key_is_a_mismatch(self, changed: dict[str, Any], invoke: Any) -> None:
        invoke(idempotency_key="k-1")
        assert code(invoke(**changed, idempotency_key="k-1")) == (409, "IDEMPOTENCY_MISMATCH")

    def test_a_failure_is_replayed_too(self, invoke: Any, runtime: FakeRuntime) -> None:
        first = invoke(act("crash"), idempotency_key="k-1")
        second = invoke(act("crash"), idempotency_key="k-1")
        assert code(second) == code(first) == (502, "AGENT_FAILED")
        assert second.json["runId"] == first.json["runId"]
        assert second.headers["idempotency-replayed"] == "true"
        assert len(runtime.calls) == 1

    def test_a_large_output_is_replayed_whole(self, invoke: Any) -> None:
        first = invoke(act("large", bytes=300_000), idempotency_key="k-1")
        assert invoke(act("large", bytes=300_000), idempotency_key="k-1").json == first.json
        assert len(first.json["output"]["text"]) == 300_000

    def test_a_refused_request_leaves_the_key_free(self, invoke: Any) -> None:
        assert invoke(agent="no-such-agent", idempotency_key="k-1").status == 404
        assert invoke(idempotency_key="k-1").status == 200

    def test_a_hundred_simultaneous_requests_make_one_run(self, invoke: Any, runtime: FakeRuntime) -> None:
        invoke()  # warm: clients are made once
        answers: list[Any] = []
        threads = [
            threading.Thread(target=lambda: answers.append(invoke({"input": "storm"}, idempotency_key="k-100")))
            for _ in range(100)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        runs = {answer.json["runId"] for answer in answers if answer.status == 200}
        assert len(answers) == 100
        assert len(runs) == 1
        assert {code(answer) for answer in answers if answer.status != 200} <= {(409, "IDEMPOTENCY_IN_PROGRESS")}
        assert sum(payload["input"] == "storm" for payload in runtime.calls) == 1


class TestBudget:
    def test_a_tenant_without_money_left_is_told_when_to_come_back(self, invoke: Any) -> None:
        invoke()
        _drain("acme")
        answer = invoke()
        assert code(answer) == (429, "BUDGET_EXHAUSTED")
        assert int(answer.headers["retry-after"]) > 0

    def test_what_is_left_in_other_shards_is_used(self, invoke: Any) -> None:
        invoke()
        _drain("acme", but_one=True)
        for _ in range(4):
            assert invoke().status == 200
        assert budget("acme")["reserved"] == 0


class TestSessions:
    def test_a_session_is_continued_and_keeps_its_history(self, invoke: Any, call: Any, runtime: FakeRuntime) -> None:
        first = invoke().json
        second = invoke({"input": "again", "sessionId": first["sessionId"]}).json
        assert second["sessionId"] == first["sessionId"]
        assert len(set(runtime.sessions)) == 1
        found = call("GET /v1/sessions/{id}", path={"id": first["sessionId"]}).json
        assert (found["agent"], found["runs"]) == ("echo-agent", 2)
        assert [run["runId"] for run in found["history"]] == [second["runId"], first["runId"]]

    def test_a_session_belongs_to_its_principal(self, invoke: Any, call: Any) -> None:
        session = invoke().json["sessionId"]
        other = person("acme", "Tenant.Admin", "boss")
        assert code(invoke({"input": "x", "sessionId": session}, who=other)) == (404, "NOT_FOUND")
        assert code(call("GET /v1/sessions/{id}", other, path={"id": session})) == (404, "NOT_FOUND")
        assert call("GET /v1/sessions", other).json["items"] == []

    def test_a_session_belongs_to_its_agent(self, invoke: Any) -> None:
        session = invoke().json["sessionId"]
        answer = invoke({"input": "x", "sessionId": session}, agent="echo-stream")
        assert code(answer) == (409, "CONFLICT")

    @pytest.mark.parametrize("session", [f"ses_{'0' * 32}", "nonsense"])
    def test_a_session_nobody_began_is_not_there(self, session: str, invoke: Any) -> None:
        assert code(invoke({"input": "x", "sessionId": session})) == (404, "NOT_FOUND")
        assert budget("acme")["reserved"] == 0

    def test_sessions_are_listed_newest_first(self, invoke: Any, call: Any) -> None:
        made = [invoke().json["sessionId"] for _ in range(3)]
        page = call("GET /v1/sessions", query={"limit": "2"}).json
        rest = call("GET /v1/sessions", query={"cursor": page["nextCursor"]}).json
        assert [item["sessionId"] for item in [*page["items"], *rest["items"]]] == made[::-1]


class TestHistory:
    def test_a_run_shows_what_went_in_and_out_and_nothing_internal(self, invoke: Any, call: Any) -> None:
        made = invoke({"input": "remember", "metadata": {"ticket": "42"}}).json
        run = call("GET /v1/runs/{id}", path={"id": made["runId"]}).json
        assert (run["input"], run["output"], run["metadata"]) == ("remember", "remember", {"ticket": "42"})
        assert (run["cost"], run["usage"]) == (made["cost"], made["usage"])
        assert not {"runtimeArn", "taskToken", "reservedPico", "pk", "leaseUntil"} & set(run)

    def test_the_history_pages_without_gaps_and_filters(self, invoke: Any, call: Any) -> None:
        made = [invoke().json["runId"] for _ in range(5)]
        invoke(agent="echo-stream")
        seen: list[str] = []
        query = {"limit": "2", "agent": "echo-agent"}
        while True:
            page = call("GET /v1/runs", query=query).json
            seen += [item["runId"] for item in page["items"]]
            if not page.get("nextCursor"):
                break
            query["cursor"] = page["nextCursor"]
        assert seen == made[::-1]

    def test_a_list_repeats_neither_inputs_nor_outputs(self, invoke: Any, call: Any) -> None:
        invoke({"input": "secret words"})
        [item] = call("GET /v1/runs").json["items"]
        assert not {"input", "output", "context"} & set(item)

    def test_an_output_of_null_is_told(self, invoke: Any) -> None:
        body = invoke(act("null")).json
        assert (body["status"], body["output"]) == ("succeeded", None)

    def test_a_large_output_lies_in_the_tenants_bucket(self, invoke: Any, call: Any) -> None:
        made = invoke(act("large", bytes=200_000)).json
        key = f"tenants/acme/runs/{made['runId']}/output.json"
        stored = boto3.client("s3", region_name=REGION).head_object(Bucket=TENANT_BUCKET, Key=key)
        assert stored["ContentLength"] > 200_000
        assert "output" not in stored_run("acme", made["runId"])
        assert call("GET /v1/runs/{id}", path={"id": made["runId"]}).json["output"] == made["output"]

    def test_a_streaming_agent_answers_with_its_whole_result(self, invoke: Any) -> None:
        body = invoke({"input": "one two", "context": {"act": "words"}}, agent="echo-stream").json
        assert (body["mode"], body["output"]) == ("streaming", "one two ")


class TestFilesAndInstances:
    def test_the_agent_is_told_of_the_files_that_are_named(
        self, invoke: Any, file_of: Any, runtime: FakeRuntime
    ) -> None:
        file_id = file_of("acme")
        assert invoke({"input": "x", "files": [file_id]}).status == 200
        told = {"fileId": file_id, "name": "a.csv", "contentType": "text/csv", "bytes": 5}
        assert runtime.calls[0]["files"] == [told]

    def test_the_first_use_makes_the_tenants_instance(self, invoke: Any) -> None:
        assert invoke().status == 200
        item = table("control").get_item(Key={"pk": "TENANT#acme#INSTANCE", "sk": "echo-agent"})["Item"]
        assert (item["status"], item["environment"]) == ("active", "prod")

    @pytest.mark.parametrize("status", ["paused", "read-only", "draining", "quarantined", "retired"])
    def test_an_instance_that_is_not_active_runs_nothing(self, status: str, invoke: Any) -> None:
        _instance(status=status)
        answer = invoke()
        assert code(answer) == (409, "CONFLICT")
        assert status in answer.json["detail"]

    def test_a_pinned_version_must_be_approved(self, invoke: Any) -> None:
        _instance(versionId=version_of("echo-stream"))
        assert invoke().status == 404


class TestCancellation:
    def test_cancelling_a_running_call_ends_it_and_stops_its_agent(
        self, invoke: Any, call: Any, runtime: FakeRuntime
    ) -> None:
        answers: list[Any] = []
        caller = threading.Thread(target=lambda: answers.append(invoke(act("hang"))))
        caller.start()
        eventually(lambda: runtime.calls)
        run_id = runtime.calls[0]["ambit"]["runId"]
        cancelled = call("POST /v1/runs/{id}/cancel", path={"id": run_id})
        caller.join()
        assert (cancelled.status, cancelled.json["status"]) == (200, "cancelled")
        assert (answers[0].status, answers[0].json["runId"]) == (409, run_id)
        assert runtime.stopped
        assert budget("acme")["reserved"] == 0

    def test_cancelling_twice_is_fine(self, invoke: Any, call: Any, abandoned: Any) -> None:
        run_id = abandoned()
        for _ in range(2):
            assert call("POST /v1/runs/{id}/cancel", path={"id": run_id}).json["status"] == "cancelled"
        assert budget("acme")["reserved"] == 0

    def test_a_run_that_has_ended_cannot_be_cancelled(self, invoke: Any, call: Any) -> None:
        run_id = invoke().json["runId"]
        assert code(call("POST /v1/runs/{id}/cancel", path={"id": run_id})) == (409, "CONFLICT")

    def test_a_viewer_may_not_cancel(self, invoke: Any, call: Any) -> None:
        viewer = person("acme", "Tenant.Viewer")
        assert call("POST /v1/runs/{id}/cancel", viewer, path={"id": invoke().json["runId"]}).status == 403


class TestJobs:
    def test_an_async_agent_answers_202_with_where_to_look(self, invoke: Any, call: Any, executions: Any) -> None:
        answer = invoke(agent="echo-async")
        body = answer.json
        assert answer.status == 202, body
        assert set(body) == {"jobId", "runId", "status", "mode", "pollUrl"}
        assert (body["status"], body["mode"]) == ("queued", "async")
        assert answer.headers["location"] == body["pollUrl"] == f"/v1/jobs/{body['jobId']}"
        [given] = executions()
        bounds = given.pop("lead")
        assert given == {"tenantId": "acme", "runId": body["runId"], "jobId": body["jobId"]}
        assert (bounds["next"], bounds["heartbeatSeconds"]) == ("start", 90)
        job = call("GET /v1/jobs/{id}", path={"id": body["jobId"]}).json
        made = job.pop("createdAt")
        assert made.endswith("Z")
        assert job == {"jobId": body["jobId"], "runId": body["runId"], "agent": "echo-async", "status": "queued"}

    @pytest.mark.parametrize("prefer", ["respond-async", "wait=5, Respond-Async; x=1"])
    def test_a_preference_makes_any_call_a_job(
        self, prefer: str, invoke: Any, runtime: FakeRuntime, executions: Any
    ) -> None:
        answer = invoke(prefer=prefer)
        assert (answer.status, answer.json["mode"]) == (202, "async")
        assert runtime.calls == []

    def test_a_repeated_job_is_the_same_job(self, invoke: Any, executions: Any) -> None:
        first = invoke(agent="echo-async", idempotency_key="k")
        second = invoke(agent="echo-async", idempotency_key="k")
        assert (second.status, second.json) == (202, first.json)
        assert second.headers["idempotency-replayed"] == "true"
        assert len(executions()) == 1

    def test_a_workflow_that_cannot_start_fails_the_run_and_frees_the_key(self, invoke: Any, call: Any) -> None:
        answer = invoke(agent="echo-async", idempotency_key="k")  # there is no state machine here
        assert code(answer) == (503, "DEPENDENCY_UNAVAILABLE")
        [run] = call("GET /v1/runs").json["items"]
        assert (run["status"], run["cost"]["amount"]) == ("failed", "0.000000")
        assert budget("acme") == budget("acme") | {"reserved": 0, "spent": 0}
        assert invoke(agent="echo-async", idempotency_key="k").status == 503
        assert len(call("GET /v1/runs").json["items"]) == 2

    def test_cancelling_a_queued_job_ends_run_and_workflow(self, invoke: Any, call: Any, executions: Any) -> None:
        body = invoke(agent="echo-async").json
        assert call("POST /v1/runs/{id}/cancel", path={"id": body["runId"]}).status == 200
        assert call("GET /v1/jobs/{id}", path={"id": body["jobId"]}).json["status"] == "cancelled"
        assert budget("acme") == budget("acme") | {"reserved": 0, "spent": 0}
        assert executions("ABORTED") != []


def _drain(tenant: str, *, but_one: bool = False) -> None:
    """Every shard of the tenant's budget without money; with `but_one`, the last keeps a little."""
    limit = 500 * 10**12 // 4
    month = table("ops").scan()["Items"]
    name = next(item["sk"] for item in month if "#BUDGET#" in item["pk"])
    for shard in range(4):
        left = 10**11 if but_one and shard == 3 else 0
        pk = f"TENANT#{tenant}#BUDGET#{shard}"
        money = {"remaining": left, "reserved": 0, "spent": limit - left, "limit": limit}
        table("ops").put_item(Item={"pk": pk, "sk": name, **money})


def _instance(**fields: str) -> None:
    made = {"agent": "echo-agent", "instanceId": new_id("ins"), "environment": "prod", "status": "active", "etag": 1}
    table("control").put_item(Item={"pk": "TENANT#acme#INSTANCE", "sk": "echo-agent", **made, **fields})


def test_the_handler_builds_its_service_once(runtime: FakeRuntime) -> None:
    assert handler.build() is handler.build()
