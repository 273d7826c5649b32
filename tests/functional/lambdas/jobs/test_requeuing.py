"""Jobs that ended badly and are asked for once more: what the new one takes over, and what it does not do twice."""

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from ambit_agent import Job

from lambdas.bridge import handler as bridge
from tests.functional.long_runs import AGENT, MANIFEST, Plant, ProcessGone, stepwise, write_once
from tests.functional.moto_platform import REGION, Answer, event, person, table
from tests.functional.run_platform import release, stored_run

Requeue = Callable[..., Answer]
ROUTE = "POST /v1/jobs/{id}/requeue"


@pytest.fixture
def requeue(plant: Plant) -> Any:
    role = "arn:aws:iam::123456789012:role/run"
    states = boto3.client("stepfunctions", region_name=REGION)
    states.create_state_machine(name="ambit-test-run", definition='{"StartAt": "S", "States": {}}', roleArn=role)
    bridge.build.cache_clear()

    def send(run: dict[str, Any], start: str = "checkpoint", who: Any = None, **headers: str) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        asked = event(
            ROUTE,
            authorizer=who or person("acme"),
            path={"id": run["jobId"]},
            body={"from": start},
            headers=named,
        )
        return Answer.of(bridge.handle(asked, None))

    yield send
    bridge.build.cache_clear()


def job_of(answer: Answer) -> dict[str, Any]:
    assert answer.status == 202, answer.json
    return {**stored_run("acme", answer.json["runId"]), "tenantId": "acme"}


def fails_after_the_first_part(job: Job) -> list[str]:
    if job.state is None:
        job.checkpoint([write_once(job, "part-0.txt")])
        write_once(job, "part-1.txt")
        raise ValueError("no luck")
    return stepwise(job)


def show(run: dict[str, Any]) -> dict[str, Any]:
    sent = event("GET /v1/jobs/{id}", authorizer=person("acme"), path={"id": run["jobId"]})
    return dict(Answer.of(bridge.handle(sent, None)).json)


def test_it_goes_on_from_the_checkpoint_and_repeats_no_call(plant: Plant, requeue: Requeue) -> None:
    plant.work = fails_after_the_first_part
    old = plant.queue()
    assert plant.lead(old) == "failed"
    answer = requeue(old)
    new = job_of(answer)
    assert answer.json["requeuedFrom"] == old["jobId"]
    assert plant.lead(new) == "succeeded"
    assert plant.files(old) == ["part-0.txt", "part-1.txt"]
    assert plant.files(new) == ["part-2.txt"]  # the second part was made before, and is not made again
    assert (show(new)["requeuedFrom"], show(old)["requeuedAs"]) == (old["jobId"], new["jobId"])
    assert show(new)["result"]["output"] == ["part-0.txt", "part-1.txt", "part-2.txt"]
    assert plant.runtime.calls[-1]["input"] == plant.runtime.calls[0]["input"]


def test_what_it_took_over_outlives_an_attempt_that_left_no_checkpoint(plant: Plant, requeue: Requeue) -> None:
    plant.work = fails_after_the_first_part
    old = plant.queue()
    plant.lead(old)
    new = job_of(requeue(old))

    def dies_first(job: Job) -> list[str]:
        assert job.state == ["part-0.txt"]
        assert job.invocation.resumed is not None
        assert [call.status for call in job.invocation.resumed.calls] == ["succeeded"]
        if job.invocation.attempt == 1:
            raise ProcessGone
        return stepwise(job)

    plant.work = dies_first
    assert plant.lead(new) == "succeeded"
    assert plant.files(new) == ["part-2.txt"]


def test_anew_it_does_everything_again(plant: Plant, requeue: Requeue) -> None:
    plant.work = fails_after_the_first_part
    old = plant.queue()
    plant.lead(old)
    plant.work = stepwise
    new = job_of(requeue(old, "start"))
    assert plant.lead(new) == "succeeded"
    assert plant.files(new) == ["part-0.txt", "part-1.txt", "part-2.txt"]


def test_a_large_checkpoint_goes_with_it(plant: Plant, requeue: Requeue) -> None:
    large = "x" * 100_000

    def fails_large(job: Job) -> int:
        if job.state is None:
            job.checkpoint(large)
            raise ValueError("no luck")
        assert job.state == large
        return 1

    plant.work = fails_large
    old = plant.queue()
    plant.lead(old)
    assert plant.lead(job_of(requeue(old))) == "succeeded"


def test_a_job_has_one_successor_and_a_repetition_gets_the_same_one(plant: Plant, requeue: Requeue) -> None:
    plant.work = fails_after_the_first_part
    old = plant.queue()
    plant.lead(old)
    first, again = requeue(old, idempotency_key="k1"), requeue(old, idempotency_key="k1")
    assert first.json["jobId"] == again.json["jobId"]
    assert again.headers["idempotency-replayed"] == "true"
    assert requeue(old, "start", idempotency_key="k1").json["code"] == "IDEMPOTENCY_MISMATCH"
    other = requeue(old)
    assert (other.status, other.json["jobId"]) == (409, first.json["jobId"])
    assert first.json["jobId"] in other.json["detail"]


def test_only_one_of_two_at_a_time_begins_one(plant: Plant, requeue: Requeue, monkeypatch: pytest.MonkeyPatch) -> None:
    plant.work = fails_after_the_first_part
    old = plant.queue()
    plant.lead(old)
    from lambdas.bridge import requeuing

    blind = requeuing.Again

    def unaware(run: dict[str, Any], wanted: Any) -> Any:  # as it was read before the other one wrote
        return blind({name: value for name, value in run.items() if name != "requeuedAs"}, wanted)

    monkeypatch.setattr("lambdas.bridge.service.Again", unaware)
    first, second = requeue(old), requeue(old)
    assert (first.status, second.status) == (202, 409)
    assert second.json["jobId"] == first.json["jobId"]
    jobs = [item for item in table("runs").scan()["Items"] if "#JOB#" in item["pk"]]
    assert len(jobs) == 2


@pytest.mark.parametrize(("status", "word"), [("running", "cancel"), ("succeeded", "Invoke")])
def test_one_that_goes_on_or_is_done_says_what_to_do(status: str, word: str, plant: Plant, requeue: Requeue) -> None:
    run = plant.queue()
    if status == "succeeded":
        plant.lead(run)
    answer = requeue(run)
    assert (answer.status, answer.json["code"]) == (409, "CONFLICT")
    assert word in answer.json["detail"]


def test_a_checkpoint_of_another_version_is_not_handed_over_unasked(plant: Plant, requeue: Requeue) -> None:
    plant.work = fails_after_the_first_part
    old = plant.queue()
    plant.lead(old)
    key = {"pk": f"TENANT#acme#RUN#{old['runId']}", "sk": "META"}
    table("runs").update_item(
        Key=key, UpdateExpression="SET versionId = :v", ExpressionAttributeValues={":v": "ver_" + "9" * 32}
    )
    refused = requeue(old)
    assert (refused.status, refused.json["code"]) == (409, "CONFLICT")
    assert '"from": "start"' in refused.json["detail"]
    assert requeue(old, "start").status == 202


def test_rights_and_limits_are_those_of_now(plant: Plant, requeue: Requeue) -> None:
    plant.work = fails_after_the_first_part
    old = plant.queue()
    plant.lead(old)
    assert requeue(old, who=person("globex")).status == 404
    assert requeue(old, who=person("acme", "Tenant.Viewer")).status == 403
    table("control").update_item(
        Key={"pk": "TENANT#platform#TENANT", "sk": "acme"},
        UpdateExpression="SET #s = :s",
        ExpressionAttributeNames={"#s": "status"},
        ExpressionAttributeValues={":s": "suspended"},
    )
    bridge.build.cache_clear()
    assert requeue(old).json["code"] == "TENANT_SUSPENDED"
    assert "requeuedAs" not in show(old)


def test_who_did_not_begin_its_session_begins_another(plant: Plant, requeue: Requeue) -> None:
    plant.work = fails_after_the_first_part
    old = plant.queue()
    plant.lead(old)
    new = job_of(requeue(old, who=person("acme", name="somebody-else")))
    assert new["sessionId"] != old["sessionId"]
    assert new["principalId"] != old["principalId"]


def test_an_agent_that_changed_its_tools_is_narrowed_further(plant: Plant, requeue: Requeue) -> None:
    plant.work = fails_after_the_first_part
    old = plant.queue()
    plant.lead(old)
    key = {"pk": f"TENANT#acme#RUN#{old['runId']}", "sk": "META"}
    scope = '{"tools": ["files.write", "gone.tool"]}'
    table("runs").update_item(
        Key=key,
        UpdateExpression="SET #s = :v",
        ExpressionAttributeNames={"#s": "scope"},
        ExpressionAttributeValues={":v": scope},
    )
    release(AGENT, {**MANIFEST, "tools": ["files.write"]})
    assert job_of(requeue(old))["scope"] == '{"tools":["files.write"]}'
