"""Jobs as the function `bridge` lists and cancels them, whole, on moto."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest

from data_access_lib import keys
from data_access_lib.tenant import TenantId
from platform_kit.clock import rfc3339
from tests.functional.fake_runtime import FakeRuntime
from tests.functional.moto_platform import REGION, TENANT_BUCKET, machine, person, table

GLOBEX = person("globex")
LIST = "GET /v1/jobs"
CANCEL = "POST /v1/jobs/cancel"


@pytest.fixture
def job(invoke: Any, executions: Any) -> Any:
    def make(agent: str = "echo-async", who: Any = None) -> dict[str, Any]:
        answer = invoke(agent=agent, who=who, prefer="respond-async")
        assert answer.status == 202, answer.json
        return dict(answer.json)

    return make


def ids(answer: Any) -> list[str]:
    assert answer.status == 200, answer.json
    return [item["jobId"] for item in answer.json["items"]]


def test_jobs_are_listed_newest_first_and_page_by_page(job: Any, call: Any, invoke: Any) -> None:
    invoke()  # a synchronous run is no job
    made = [job()["jobId"] for _ in range(5)]
    found, cursor = [], None
    for _ in range(9):
        page = call(LIST, query={"limit": "2", **({"cursor": cursor} if cursor else {})})
        found += ids(page)
        cursor = page.json["nextCursor"]
        if cursor is None:
            break
    assert found == made[::-1]
    first = call(LIST, query={"limit": "1"}).json["items"][0]
    assert (first["agent"], first["status"]) == ("echo-async", "queued")
    assert first["cost"]["currency"] == "USD"
    assert not {"input", "output", "taskToken"} & set(first)


def test_a_list_of_jobs_is_narrowed_by_agent_state_and_time(job: Any, call: Any) -> None:
    one, other = job()["jobId"], job(agent="echo-agent")["jobId"]
    call(CANCEL, body={"jobIds": [one]})
    hour = timedelta(hours=1)
    now = datetime.now(UTC)
    assert ids(call(LIST, query={"agent": "echo-agent"})) == [other]
    assert ids(call(LIST, query={"status": "cancelled"})) == [one]
    assert ids(call(LIST, query={"status": "cancelled", "agent": "echo-agent"})) == []
    assert ids(call(LIST, query={"from": rfc3339(now - hour), "to": rfc3339(now + hour)})) == [other, one]
    assert ids(call(LIST, query={"from": rfc3339(now + hour)})) == []
    assert ids(call(LIST, query={"to": rfc3339(now - hour)})) == []
    assert ids(call(LIST, query={"from": rfc3339(now + hour), "to": rfc3339(now - hour)})) == []


@pytest.mark.parametrize(
    "query", [{"status": "lost"}, {"from": "yesterday"}, {"to": "2026-01-01T00:00:00"}, {"x": "y"}]
)
def test_a_filter_that_is_none_is_named(query: dict[str, str], call: Any) -> None:
    answer = call(LIST, query=query)
    assert answer.status == 400
    assert answer.json["errors"][0]["pointer"] == f"?{next(iter(query))}"


def test_another_tenants_jobs_are_neither_listed_nor_cancelled_nor_is_its_cursor_taken(job: Any, call: Any) -> None:
    made = job()
    job()
    assert ids(call(LIST, GLOBEX)) == []
    refused = call(CANCEL, GLOBEX, body={"jobIds": [made["jobId"]]}).json
    assert (refused["done"], refused["items"][0]["code"]) == (0, "NOT_FOUND")
    assert call("GET /v1/jobs/{id}", path={"id": made["jobId"]}).json["status"] == "queued"
    cursor = call(LIST, query={"limit": "1"}).json["nextCursor"]
    assert call(LIST, GLOBEX, query={"cursor": cursor}).status == 400


def test_a_key_for_one_agent_sees_and_cancels_that_agents_jobs_alone(job: Any, call: Any) -> None:
    key = machine("acme", "runs:read", "runs:cancel", agents="echo-agent", key_id="key_" + "2" * 32)
    hidden, mine = job()["jobId"], job(agent="echo-agent")["jobId"]
    assert ids(call(LIST, key)) == [mine]
    done = call(CANCEL, key, body={"jobIds": [hidden, mine]}).json
    assert [item.get("code") for item in done["items"]] == ["NOT_FOUND", None]


def test_many_jobs_are_cancelled_each_by_itself_and_as_often_as_one_likes(job: Any, call: Any, executions: Any) -> None:
    first, second = job(), job()
    body = {"jobIds": [first["jobId"], "job_" + "0" * 32, second["jobId"], "nonsense", first["jobId"]]}
    for _ in range(2):
        done = call(CANCEL, body=body).json
        assert (done["done"], done["failed"]) == (2, 2)
        assert [item["done"] for item in done["items"]] == [True, False, True, False]
        assert done["items"][0]["status"] == "cancelled"
        assert done["items"][1]["code"] == "NOT_FOUND"
    assert executions() == []
    assert len(executions("ABORTED")) == 2


def test_a_job_that_ended_otherwise_says_so(job: Any, call: Any, runtime: FakeRuntime) -> None:
    made = job()
    key = {"pk": f"TENANT#acme#RUN#{made['runId']}", "sk": "META"}
    words, values = {"#s": "status"}, {":s": "succeeded"}
    table("runs").update_item(
        Key=key, UpdateExpression="SET #s = :s", ExpressionAttributeNames=words, ExpressionAttributeValues=values
    )
    done = call(CANCEL, body={"jobIds": [made["jobId"]]}).json["items"][0]
    assert (done["done"], done["code"]) == (False, "CONFLICT")
    assert "succeeded" in done["detail"]


@pytest.mark.parametrize("job_ids", [[], ["job_1"] * 51, "job_1", [""]])
def test_jobs_to_cancel_are_one_to_fifty(job_ids: Any, call: Any, runtime: FakeRuntime) -> None:
    assert call(CANCEL, body={"jobIds": job_ids}).status == 400


@pytest.fixture
def finished(job: Any) -> Any:
    """A job that succeeded with an output of so many characters, which is in the bucket."""

    def make(characters: int) -> dict[str, Any]:
        made: dict[str, Any] = job()
        key = keys.output_object(TenantId("acme"), made["runId"])
        objects().put_object(Bucket=TENANT_BUCKET, Key=key, Body=json.dumps("x" * characters).encode())
        table("runs").update_item(
            Key={"pk": f"TENANT#acme#RUN#{made['runId']}", "sk": "META"},
            UpdateExpression="SET #s = :s, outputKey = :k, outputOmitted = :t",
            ExpressionAttributeNames={"#s": "status"},
            ExpressionAttributeValues={":s": "succeeded", ":k": key, ":t": True},
        )
        return made

    return make


def objects() -> Any:
    return boto3.client("s3", region_name=REGION)


@pytest.mark.parametrize(("characters", "inline"), [(200_000, True), (1024 * 1024, False)])
def test_a_large_result_has_an_address_that_ends(characters: int, inline: bool, finished: Any, call: Any) -> None:  # noqa: FBT001 - a row of the table
    made = finished(characters)
    before = datetime.now(UTC)
    for _ in range(2):  # made once, found again
        shown = call("GET /v1/jobs/{id}", path={"id": made["jobId"]}).json
        assert (shown["result"].get("output") == "x" * characters) is inline
        assert shown["result"].get("outputOmitted") is (None if inline else True)
    place = urlsplit(shown["resultUrl"])
    copy = keys.result_object(TenantId("acme"), made["runId"])
    assert place.path.endswith(copy)
    assert parse_qs(place.query)["X-Amz-Expires"] == ["900"]
    ends = datetime.fromisoformat(shown["resultUrlExpiresAt"])
    assert timedelta(seconds=890) < ends - before < timedelta(seconds=930)
    stored = objects().get_object(Bucket=TENANT_BUCKET, Key=copy)
    assert json.loads(stored["Body"].read()) == "x" * characters


def test_another_tenant_gets_no_address_and_neither_does_a_result_that_is_small(
    finished: Any, job: Any, call: Any
) -> None:
    made = finished(200_000)
    refused = call("GET /v1/jobs/{id}", GLOBEX, path={"id": made["jobId"]})
    assert (refused.status, "resultUrl" in refused.json) == (404, False)
    assert "resultUrl" not in call("GET /v1/jobs/{id}", path={"id": job()["jobId"]}).json
    assert "Contents" not in objects().list_objects_v2(Bucket=TENANT_BUCKET, Prefix="tenants/globex/")


def test_a_result_that_is_gone_is_not_made_up(finished: Any, call: Any) -> None:
    made = finished(200_000)
    objects().delete_object(Bucket=TENANT_BUCKET, Key=keys.output_object(TenantId("acme"), made["runId"]))
    shown = call("GET /v1/jobs/{id}", path={"id": made["jobId"]}).json
    assert shown["result"]["outputOmitted"] is True
    assert "resultUrl" not in shown
