"""Evaluations, whole, on moto: suites, the workflow by its own definition, the worker, and the bridge behind it."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from governance.pinning import EVALUATION_TENANT
from lambdas.evaluation_worker.platform_api import Reply
from tests.functional.agents.gating import audited
from tests.functional.evaluations.conftest import EXACT, SUITE, Evaluating, WorkerKilled, put_version
from tests.functional.moto_platform import ARTIFACT_BUCKET, client, person, table
from tests.functional.run_platform import stored_run

SECRET = "the moon is made of cheddar"
CASES = [
    {"caseId": f"case-{n}", "input": f"say {n}", "scorers": [{"type": "exact", "expected": f"say {n}"}]}
    for n in range(5)
]
LOST = "run_" + "1" * 32
ROLE = "arn:aws:iam::123456789012:role/run"


def test_a_suite_is_run_on_a_candidate_and_comes_to_a_verdict(evaluating: Evaluating) -> None:
    found = evaluating.evaluated(cases=[*CASES, {"caseId": "wrong", "input": "no", "scorers": [EXACT]}])
    numbers = {name: found[name] for name in ("status", "decided", "passed", "failed", "errors", "complete", "verdict")}
    assert numbers == {
        "status": "succeeded",
        "decided": 6,
        "passed": 5,
        "failed": 1,
        "errors": 0,
        "complete": True,
        "verdict": "failed",
    }
    place = {"pk": "TENANT#platform#VERSION#echo-agent", "sk": evaluating.version_id}
    assert found["contentHash"] == table("control").get_item(Key=place)["Item"]["contentHash"]
    assert 0.43 < found["interval"]["low"] < found["passRate"] < found["interval"]["high"] < 0.98
    [wrong] = [case for case in evaluating.get(found["evaluationId"], "/cases")["items"] if case["caseId"] == "wrong"]
    assert (wrong["status"], wrong["output"], wrong["scores"][0]["scorer"]) == ("failed", "no", "exact")


def test_cases_call_the_candidate_in_the_evaluation_tenant_through_the_bridge(evaluating: Evaluating) -> None:
    found = evaluating.evaluated()
    assert found["verdict"] == "passed"
    [asked] = evaluating.api.asked
    assert asked["version"] == evaluating.version_id
    [case] = evaluating.get(found["evaluationId"], "/cases")["items"]
    run = stored_run(EVALUATION_TENANT, case["runId"])
    assert (run["versionId"], run["status"]) == (evaluating.version_id, "succeeded")


def test_an_agent_is_sent_the_input_and_nothing_that_tells_the_expected_answer(evaluating: Evaluating) -> None:
    scorers = [{"type": "exact", "expected": SECRET}, {"type": "contains", "texts": [SECRET]}]
    case = {"caseId": "moon", "input": "What is the moon made of?", "context": {"a": 1}, "scorers": scorers}
    evaluating.evaluated(cases=[case], description=SECRET, name="echo")
    sent = json.dumps(evaluating.runtime.calls)
    assert "What is the moon made of?" in sent
    assert SECRET not in sent
    assert "scorers" not in sent
    [asked] = evaluating.api.asked
    assert set(asked["body"]) == {"input", "context"}
    assert SECRET not in json.dumps(asked)


@pytest.mark.parametrize("role", ["Tenant.Admin", "Tenant.Developer", "Tenant.Viewer"])
@pytest.mark.parametrize("tenant", [EVALUATION_TENANT, "acme"])
def test_no_tenant_reads_a_suite_not_even_the_evaluations_own(evaluating: Evaluating, tenant: str, role: str) -> None:
    evaluating.push()
    answer = evaluating.ask("GET /v1/evaluation-suites/{name}", person(tenant, role), path={"name": "echo"})
    assert (answer.status, answer.json["code"]) == (403, "FORBIDDEN")
    assert "expected" not in json.dumps(answer.json)


class TestSuites:
    def test_the_same_cases_are_the_same_version_and_others_the_next(self, evaluating: Evaluating) -> None:
        first, again = evaluating.push(), evaluating.push()
        other = evaluating.push(cases=CASES)
        assert [(one.status, one.json["version"]) for one in (first, again, other)] == [(201, 1), (200, 1), (201, 2)]
        assert first.json["digest"] == again.json["digest"] != other.json["digest"]

    def test_each_version_is_in_the_platforms_audit_chain_with_what_it_asks_less_or_more_of(
        self, evaluating: Evaluating
    ) -> None:
        """A suite that is made easier opens a gate: who did it must be found where nobody can change it."""
        evaluating.push()
        evaluating.push()
        evaluating.push(required=False, threshold=0.1)
        first, second = sorted(audited("suite.pushed"), key=lambda told: int(told["version"]))
        assert (first["version"], first["required"], first["before"]) == (1, True, None)
        assert (second["version"], second["required"], second["threshold"]) == (2, False, 0.1)
        assert second["before"] == {name: first[name] for name in second["before"]}
        assert set(second["before"]) == {"version", "digest", "agents", "required", "threshold", "cases"}

    def test_an_earlier_version_stays_as_it_was(self, evaluating: Evaluating) -> None:
        evaluating.push()
        evaluating.push(cases=CASES)
        path = {"name": "echo"}
        now = evaluating.ask("GET /v1/evaluation-suites/{name}", path=path).json
        before = evaluating.ask("GET /v1/evaluation-suites/{name}", path=path, query={"version": "1"}).json
        assert (len(now["content"]), before["content"][0]["input"]) == (5, "hello")

    def test_a_pattern_or_schema_that_is_none_is_refused_with_its_place(self, evaluating: Evaluating) -> None:
        no_pattern, no_schema = {"type": "regex", "pattern": "(?=x)"}, {"type": "json_schema", "schema": {"type": "x"}}
        scorers = [EXACT, no_pattern, no_schema]
        answer = evaluating.push(cases=[{"caseId": "a", "input": "a", "scorers": scorers}])
        assert answer.status == 400
        assert [one["pointer"] for one in answer.json["errors"]] == ["/cases/0/scorers/1", "/cases/0/scorers/2"]

    @pytest.mark.parametrize(
        "case",
        [
            {"caseId": "a", "input": "a", "scorers": []},
            {"caseId": "a", "input": "a", "scorers": [{"expected": "a"}]},
            {"caseId": "a", "input": "a", "scorers": [{"type": "unheard-of"}]},
            {"caseId": "a", "input": "a", "scorers": [{"type": "safety"}]},
            {"caseId": "A B", "input": "a", "scorers": [EXACT]},
        ],
    )
    def test_what_is_no_case_is_a_400(self, evaluating: Evaluating, case: dict[str, Any]) -> None:
        assert evaluating.push(cases=[case]).status == 400

    def test_a_suite_that_was_tampered_with_is_not_evaluated_by(self, evaluating: Evaluating) -> None:
        digest = evaluating.push().json["digest"]
        evaluation_id = evaluating.start().json["evaluationId"]
        other = json.dumps({**SUITE, "threshold": 0.0}).encode()
        client("s3").put_object(Bucket=ARTIFACT_BUCKET, Key=f"evaluations/suites/{digest}.json", Body=other)
        evaluating.lead(evaluation_id)
        found = evaluating.get(evaluation_id)
        assert (found["status"], found["error"]["code"]) == ("failed", "SuiteTampered")
        assert evaluating.api.asked == []


class TestFaults:
    def test_a_suite_edited_during_a_run_changes_nothing_of_it(self, evaluating: Evaluating) -> None:
        evaluating.push(cases=CASES)
        evaluation_id = evaluating.start().json["evaluationId"]
        work = evaluating.step(step="begin", evaluationId=evaluation_id)
        evaluating.step(step="case", evaluationId=evaluation_id, **work["attempts"][0])
        evaluating.push(cases=[{"caseId": "case-1", "input": "changed", "scorers": [EXACT]}], threshold=0.0)
        evaluating.lead(evaluation_id)
        found = evaluating.get(evaluation_id)
        assert (found["suiteVersion"], found["cases"], found["passed"], found["threshold"]) == (1, 5, 5, 0.9)
        assert [one["body"]["input"] for one in evaluating.api.asked] == [f"say {n}" for n in range(5)]

    @pytest.mark.chaos("kills")
    @pytest.mark.parametrize("written", range(8))
    def test_a_worker_that_is_killed_at_any_write_is_resumed_and_no_case_runs_twice(
        self, evaluating: Evaluating, monkeypatch: pytest.MonkeyPatch, written: int
    ) -> None:
        """Writes of a run: its start, five cases, its end. The worker dies after the n-th, then it is resumed."""
        from data_access_lib.repositories.evaluations import Evaluations

        evaluating.push(cases=CASES)
        evaluation_id = evaluating.start().json["evaluationId"]
        writes = 0

        def killing(stock: Callable[..., Any]) -> Callable[..., Any]:
            def write(*args: Any, **named: Any) -> Any:
                nonlocal writes
                if writes == written:
                    raise WorkerKilled
                writes += 1
                return stock(*args, **named)

            return write

        with monkeypatch.context() as patched:
            for name in ("move", "decide"):
                patched.setattr(Evaluations, name, killing(getattr(Evaluations, name)))
            died = False
            try:
                evaluating.lead(evaluation_id)
            except WorkerKilled:
                died = True
        assert died == (written < 7)
        evaluating.lead(evaluation_id)
        found = evaluating.get(evaluation_id)
        assert (found["status"], found["decided"], found["passed"]) == ("succeeded", 5, 5)
        assert len(evaluating.runtime.calls) == 5

    def test_a_stopped_evaluation_is_resumed_by_its_operator_once(
        self, evaluating: Evaluating, executions: Callable[[], list[dict[str, Any]]]
    ) -> None:
        evaluating.push(cases=CASES)
        evaluation_id = evaluating.start().json["evaluationId"]
        evaluating.step(step="fail", evaluationId=evaluation_id, error={"Error": "States.Timeout", "Cause": "late"})
        resume = "POST /v1/evaluation-runs/{id}/resume"
        assert evaluating.ask(resume, path={"id": evaluation_id}).json["status"] == "queued"
        assert {one["name"] for one in executions()} == {f"{evaluation_id}-1", f"{evaluation_id}-2"}
        evaluating.lead(evaluation_id)
        assert evaluating.get(evaluation_id)["verdict"] == "passed"
        assert evaluating.ask(resume, path={"id": evaluation_id}).status == 409

    def test_an_agent_that_takes_too_long_fails_its_case_and_the_others_go_on(self, evaluating: Evaluating) -> None:
        late = Reply(504, {"code": "AGENT_TIMEOUT", "detail": "The agent did not finish.", "runId": LOST})
        evaluating.api.answers = [late]
        found = evaluating.evaluated(cases=CASES)
        assert (found["failed"], found["passed"], found["errors"]) == (1, 4, 0)
        [case] = [one for one in evaluating.get(found["evaluationId"], "/cases")["items"] if one["status"] == "failed"]
        assert case["error"]["code"] == "AGENT_TIMEOUT"

    def test_an_agent_that_loops_is_halted_and_has_failed(self, evaluating: Evaluating) -> None:
        halted = Reply(409, {"code": "CONFLICT", "detail": "The run was halted.", "runId": LOST})
        evaluating.api.answers = [halted]
        found = evaluating.evaluated()
        assert (found["failed"], found["verdict"]) == (1, "failed")

    def test_a_job_that_does_not_end_in_its_time_is_cancelled(self, evaluating: Evaluating, monkeypatch: Any) -> None:
        from lambdas.evaluation_worker import handler

        now = iter(range(0, 10_000, 20))
        object.__setattr__(handler.build().asker, "monotonic", lambda: float(next(now)))
        states = '{"StartAt": "S", "States": {}}'
        client("stepfunctions").create_state_machine(name="ambit-test-run", definition=states, roleArn=ROLE)
        found = evaluating.evaluated(timeoutSeconds=60)
        [case] = evaluating.get(found["evaluationId"], "/cases")["items"]
        assert (case["status"], case["error"]["code"]) == ("failed", "CASE_TIMEOUT")
        assert stored_run(EVALUATION_TENANT, case["runId"])["status"] == "cancelled"

    def test_what_another_attempt_cures_is_tried_again_and_costs_one_run(self, evaluating: Evaluating) -> None:
        passing = [
            Reply(503, {"code": "DEPENDENCY_UNAVAILABLE"}),
            Reply(429, {"code": "TOO_MANY_RUNS"}),
            Reply(409, {"code": "IDEMPOTENCY_IN_PROGRESS"}),
            Reply(409, {"code": "CONFLICT", "detail": "not approved"}),
        ]
        evaluating.api.answers = list(passing)
        assert evaluating.evaluated()["verdict"] == "passed"
        assert len({one["key"] for one in evaluating.api.asked}) == 1
        assert len(evaluating.runtime.calls) == 1

    def test_a_spent_budget_is_an_error_of_the_case_and_no_verdict_on_the_agent(self, evaluating: Evaluating) -> None:
        evaluating.api.answers = [Reply(429, {"code": "BUDGET_EXHAUSTED", "detail": "The month's budget is spent."})]
        found = evaluating.evaluated()
        assert (found["errors"], found["failed"], found["verdict"]) == (1, 0, "failed")

    def test_an_outage_that_lasts_is_an_error_of_the_case(self, evaluating: Evaluating) -> None:
        evaluating.api.answers = [Reply(503, {"code": "DEPENDENCY_UNAVAILABLE"})] * 5
        found = evaluating.evaluated()
        assert (found["status"], found["errors"]) == ("succeeded", 1)

    def test_two_evaluations_at_once_do_not_mix(self, evaluating: Evaluating) -> None:
        evaluating.push(cases=CASES)
        one, other = (evaluating.start().json["evaluationId"] for _ in range(2))
        assert one != other
        works = [evaluating.step(step="begin", evaluationId=each)["attempts"] for each in (one, other)]
        for first, second in zip(*works, strict=True):
            evaluating.step(step="case", evaluationId=one, **first)
            evaluating.step(step="case", evaluationId=other, **second)
        for each in (one, other):
            evaluating.step(step="finish", evaluationId=each)
        assert [evaluating.get(each)["passed"] for each in (one, other)] == [5, 5]
        assert len(evaluating.runtime.calls) == 10

    def test_a_cancelled_evaluation_keeps_what_is_decided_and_asks_nothing_more(self, evaluating: Evaluating) -> None:
        evaluating.push(cases=CASES)
        evaluation_id = evaluating.start().json["evaluationId"]
        work = evaluating.step(step="begin", evaluationId=evaluation_id)["attempts"]
        evaluating.step(step="case", evaluationId=evaluation_id, **work[0])
        cancel = "POST /v1/evaluation-runs/{id}/cancel"
        assert evaluating.ask(cancel, path={"id": evaluation_id}).json["status"] == "cancelled"
        for attempt in work[1:]:
            evaluating.step(step="case", evaluationId=evaluation_id, **attempt)
        evaluating.step(step="finish", evaluationId=evaluation_id)
        found = evaluating.get(evaluation_id)
        assert (found["status"], found["decided"], found["complete"]) == ("cancelled", 1, False)
        assert "verdict" not in found
        assert evaluating.ask(cancel, path={"id": evaluation_id}).status == 200
        assert len(evaluating.runtime.calls) == 1


class TestStatistics:
    def test_a_list_reads_no_cases_of_what_is_over_however_it_ended(
        self, evaluating: Evaluating, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A page of a hundred evaluations of three thousand answers each would be gigabytes."""
        from data_access_lib.repositories.evaluations import EvaluationRecords

        evaluating.push()
        cancelled, stopped = (evaluating.start().json["evaluationId"] for _ in range(2))
        evaluating.step(step="case", evaluationId=cancelled, caseId="hello", repeat=0)
        evaluating.ask("POST /v1/evaluation-runs/{id}/cancel", path={"id": cancelled})
        evaluating.step(step="fail", evaluationId=stopped, error={"Error": "States.Timeout"})
        monkeypatch.setattr(EvaluationRecords, "all_cases", lambda *_: pytest.fail("cases are read"))
        listed = {one["evaluationId"]: one for one in evaluating.ask("GET /v1/evaluation-runs").json["items"]}
        assert {name: (listed[name]["status"], listed[name]["decided"]) for name in (cancelled, stopped)} == {
            cancelled: ("cancelled", 1),
            stopped: ("failed", 0),
        }

    def test_a_case_that_passes_now_and_then_is_named_and_has_not_passed(self, evaluating: Evaluating) -> None:
        answers = iter(["hello", "goodbye", "hello"])
        evaluating.runtime.acts["fickle"] = lambda exchange, _payload: exchange.json(next(answers))
        case = {"caseId": "fickle", "input": "hello", "context": {"act": "fickle"}, "scorers": [EXACT]}
        found = evaluating.evaluated(cases=[case, *CASES], repeats=3)
        assert (found["flaky"], found["passed"], found["decided"]) == (["fickle"], 5, 6)

    def test_a_candidate_is_compared_with_its_parent_by_a_paired_test(self, evaluating: Evaluating) -> None:
        before = evaluating.evaluated(cases=CASES)
        evaluating.version_id = put_version(artifact="d" * 64, parent=evaluating.version_id)
        evaluating.api.answers = [Reply(502, {"code": "AGENT_FAILED", "runId": LOST})] * 2
        after = evaluating.evaluated(cases=CASES)
        found = evaluating.get(after["evaluationId"], "/comparison")
        assert (found["baselineId"], found["compared"]) == (before["evaluationId"], 5)
        assert (found["worse"], found["better"]) == (["case-0", "case-1"], [])
        assert (found["pValue"], found["significant"]) == (0.5, False)

    def test_without_a_parents_evaluation_there_is_nothing_to_compare_with(self, evaluating: Evaluating) -> None:
        found = evaluating.evaluated()
        route = "GET /v1/evaluation-runs/{id}/comparison"
        assert evaluating.ask(route, path={"id": found["evaluationId"]}).status == 404


class TestLists:
    LIST = "GET /v1/evaluation-runs"

    def listed(self, evaluating: Evaluating, **query: str) -> Any:
        answer = evaluating.ask(self.LIST, query=query)
        assert answer.status == 200, answer.json
        return answer.json

    def test_evaluations_are_listed_by_agent_suite_and_status(self, evaluating: Evaluating) -> None:
        done = evaluating.evaluated()["evaluationId"]
        evaluating.push(name="other")
        waiting = evaluating.start("other").json["evaluationId"]

        def ids(**query: str) -> list[str]:
            return [one["evaluationId"] for one in self.listed(evaluating, **query)["items"]]

        assert ids(agent="echo-agent") == [waiting, done]
        assert (ids(suite="echo"), ids(status="queued")) == ([done], [waiting])
        assert ids(agent="echo-agent", suite="echo", status="succeeded", versionId=evaluating.version_id) == [done]
        assert ids(agent="another") == ids(suite="echo", status="queued") == []

    def test_a_cursor_is_for_the_filters_that_it_was_given_for(self, evaluating: Evaluating) -> None:
        evaluating.push()
        made = [evaluating.start().json["evaluationId"] for _ in range(3)]
        query = {"agent": "echo-agent", "status": "queued", "limit": "1"}
        first = self.listed(evaluating, **query)
        second = self.listed(evaluating, **query, cursor=first["nextCursor"])
        assert [one["items"][0]["evaluationId"] for one in (first, second)] == made[:0:-1]
        for other in ({}, {"agent": "another"}, {"agent": "echo-agent", "status": "failed"}, {"suite": "echo-agent"}):
            refused = evaluating.ask(self.LIST, query={**other, "cursor": first["nextCursor"]})
            assert refused.status == 400, other

    def test_a_state_that_there_is_not_is_refused(self, evaluating: Evaluating) -> None:
        refused = evaluating.ask(self.LIST, query={"status": "done"})
        assert (refused.status, refused.json["errors"][0]["pointer"]) == (400, "?status")


class TestRubric:
    def test_a_judge_is_an_agent_of_the_evaluation_tenant_and_what_is_no_judgement_does_not_pass(
        self, evaluating: Evaluating
    ) -> None:
        rubric = {"type": "rubric", "criteria": "It greets.", "judge": "echo-agent", "threshold": 0.8}
        evaluating.push(cases=[{"caseId": "greets", "input": "hello", "scorers": [rubric]}])
        evaluation_id = evaluating.start().json["evaluationId"]
        evaluating.lead(evaluation_id)
        asked = evaluating.api.asked
        assert [one["version"] for one in asked] == [evaluating.version_id, None]
        assert "It greets." in asked[1]["body"]["input"]
        # the echo agent repeats the prompt, which is no judgement: the case has not passed
        [case] = evaluating.get(evaluation_id, "/cases")["items"]
        assert case["scores"][0]["reason"] == "The judge did not answer in the form asked for."


class TestTriggers:
    def change(self, evaluating: Evaluating, version_id: str, pk: str = "TENANT#platform#VERSION#echo-agent") -> Any:
        from lambdas.evaluations import handler

        keys = {"pk": {"S": pk}, "sk": {"S": version_id}}
        record = {"eventName": "MODIFY", "dynamodb": {"Keys": keys, "SequenceNumber": "1"}}
        return handler.handle({"Records": [record]}, None)

    def test_a_candidate_starts_its_suites_by_itself_and_once(
        self, evaluating: Evaluating, executions: Callable[[], list[dict[str, Any]]]
    ) -> None:
        evaluating.push()
        evaluating.push(name="other", agents=["echo-stream"])
        for _ in range(3):
            assert self.change(evaluating, evaluating.version_id) == {"batchItemFailures": []}
        [started] = executions()
        found = evaluating.get(started["evaluationId"])
        assert (found["trigger"], found["suite"], found["versionId"]) == ("candidate", "echo", evaluating.version_id)
        assert found["requestedBy"] == "svc:evaluations"

    @pytest.mark.parametrize("status", ["draft", "deprecated", "retired"])
    def test_no_other_state_starts_any(
        self, evaluating: Evaluating, executions: Callable[[], list[dict[str, Any]]], status: str
    ) -> None:
        evaluating.push()
        self.change(evaluating, put_version(status))
        assert executions() == []

    @pytest.mark.parametrize(
        "pk", ["TENANT#platform#TEMPLATE", "TENANT#acme#VERSION#echo-agent", "TENANT#platform#VERSION#"]
    )
    def test_other_records_of_the_stream_start_nothing(
        self, evaluating: Evaluating, executions: Callable[[], list[dict[str, Any]]], pk: str
    ) -> None:
        evaluating.push()
        assert self.change(evaluating, evaluating.version_id, pk) == {"batchItemFailures": []}
        assert executions() == []

    def test_a_workflow_that_cannot_be_started_is_asked_for_again(
        self, evaluating: Evaluating, executions: Callable[[], list[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from lambdas.evaluations.starting import Workflows
        from platform_kit.errors import DependencyUnavailable

        def down(*_args: object) -> None:
            raise DependencyUnavailable("down")

        evaluating.push()
        with monkeypatch.context() as patched:
            patched.setattr(Workflows, "start", down)
            assert self.change(evaluating, evaluating.version_id)["batchItemFailures"] == [{"itemIdentifier": "1"}]
        self.change(evaluating, evaluating.version_id)
        assert len(executions()) == 1

    def test_the_watch_starts_what_was_left_and_counts_what_is_stuck(
        self, evaluating: Evaluating, executions: Callable[[], list[dict[str, Any]]]
    ) -> None:
        from lambdas.evaluations import handler

        evaluating.push()
        left, stuck = (evaluating.start().json["evaluationId"] for _ in range(2))
        for evaluation_id, moment in ((left, None), (stuck, "2026-01-01T00:00:00.000Z")):
            age(evaluation_id, moment)
        assert handler.handle({"step": "watch"}, None) == {"restarted": 1, "stuck": 1}


def age(evaluation_id: str, moment: str | None) -> None:
    from datetime import UTC, datetime, timedelta

    from platform_kit.clock import rfc3339

    then = moment or rfc3339(datetime.now(UTC) - timedelta(minutes=10))
    table("ops").update_item(
        Key={"pk": "TENANT#platform#EVALUATION", "sk": evaluation_id},
        UpdateExpression="SET createdAt = :t",
        ExpressionAttributeValues={":t": then},
    )


def test_a_draft_is_not_evaluated_and_the_answer_says_what_to_do(evaluating: Evaluating) -> None:
    evaluating.push()
    answer = evaluating.start(version_id=put_version("draft"))
    told = "The version is draft: bring it to candidate, then evaluate it."
    assert (answer.status, answer.json["detail"]) == (409, told)


def test_a_repeated_request_starts_one_evaluation(evaluating: Evaluating) -> None:
    evaluating.push()
    answers = [evaluating.start(headers={"idempotency-key": "k"}) for _ in range(2)]
    assert answers[0].json == answers[1].json
    assert answers[1].headers["idempotency-replayed"] == "true"
