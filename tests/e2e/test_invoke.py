"""A tenant invokes an agent through the public address."""

import re
import threading
import uuid
from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.local_stack
ECHO = "/v1/agents/echo-agent/invoke"


def test_a_sync_agent_answers_with_everything_the_contract_names(acme: httpx.Client) -> None:
    answer = acme.post(ECHO, json={"input": "hello"})
    body = answer.json()
    assert answer.status_code == 200, body
    assert re.fullmatch(r"run_[0-9a-f]{32}", body["runId"])
    assert (body["agent"], body["mode"], body["status"], body["output"]) == ("echo-agent", "sync", "succeeded", "hello")
    assert set(body["usage"]) == {"inputTokens", "outputTokens", "toolCalls", "durationMs"}
    assert re.fullmatch(r"\d+\.\d{6,12}", body["cost"]["amount"])
    assert float(body["cost"]["amount"]) > 0
    assert body["sessionId"].startswith("ses_")
    assert body["version"].startswith("ver_")


def test_every_response_can_be_named_and_traced(acme: httpx.Client) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    answer = acme.get("/v1/agents", headers={"traceparent": f"00-{trace}-00f067aa0ba902b7-01"})
    assert answer.headers["x-request-id"]
    assert answer.headers["traceparent"].split("-")[1] == trace


def test_a_streaming_agent_answers_invoke_with_its_whole_result(acme: httpx.Client) -> None:
    body = acme.post("/v1/agents/echo-stream/invoke", json={"input": "one two three"}).json()
    assert (body["status"], body["output"].split()) == ("succeeded", ["one", "two", "three"])


def test_a_preference_makes_any_call_a_job(acme: httpx.Client) -> None:
    answer = acme.post(ECHO, json={"input": "later"}, headers={"prefer": "respond-async"})
    body = answer.json()
    assert answer.status_code == 202, body
    assert answer.headers["location"].endswith(f"/v1/jobs/{body['jobId']}")


def test_a_run_is_in_the_history_with_its_usage_and_cost(acme: httpx.Client) -> None:
    made = acme.post(ECHO, json={"input": "remember me", "metadata": {"ticket": "42"}}).json()
    run = acme.get(f"/v1/runs/{made['runId']}").json()
    assert (run["status"], run["output"], run["cost"]) == ("succeeded", "remember me", made["cost"])
    assert made["runId"] in [item["runId"] for item in acme.get("/v1/runs?limit=5").json()["items"]]


def test_the_history_pages_without_gaps_or_repetition(acme: httpx.Client) -> None:
    made = [acme.post(ECHO, json={"input": str(n)}).json()["runId"] for n in range(5)]
    seen: list[str] = []
    query: dict[str, Any] = {"limit": 2}
    while len(seen) < 12:
        page = acme.get("/v1/runs", params=query).json()
        seen += [item["runId"] for item in page["items"]]
        if not page.get("nextCursor"):
            break
        query["cursor"] = page["nextCursor"]
    assert len(seen) == len(set(seen))
    assert sorted(seen, reverse=True) == seen
    assert set(made) <= set(seen)


def test_a_session_is_continued_and_belongs_to_its_principal(acme: httpx.Client, connect: Any) -> None:
    first = acme.post(ECHO, json={"input": "a"}).json()
    second = acme.post(ECHO, json={"input": "b", "sessionId": first["sessionId"]})
    assert second.json()["sessionId"] == first["sessionId"]
    other = connect("acme-admin")
    assert other.post(ECHO, json={"input": "c", "sessionId": first["sessionId"]}).status_code == 404
    assert other.get(f"/v1/sessions/{first['sessionId']}").status_code == 404
    assert acme.get(f"/v1/sessions/{first['sessionId']}").status_code == 200


def test_the_same_idempotency_key_replays_the_saved_response(acme: httpx.Client) -> None:
    headers = {"idempotency-key": uuid.uuid4().hex}
    first = acme.post(ECHO, json={"input": "once"}, headers=headers)
    second = acme.post(ECHO, json={"input": "once"}, headers=headers)
    assert second.json() == first.json()
    assert second.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers


def test_the_same_key_with_another_body_is_a_conflict(acme: httpx.Client) -> None:
    headers = {"idempotency-key": uuid.uuid4().hex}
    acme.post(ECHO, json={"input": "once"}, headers=headers)
    answer = acme.post(ECHO, json={"input": "twice"}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (409, "IDEMPOTENCY_MISMATCH")


def test_another_tenants_key_is_another_key(acme: httpx.Client, globex: httpx.Client) -> None:
    headers = {"idempotency-key": uuid.uuid4().hex}
    one = acme.post(ECHO, json={"input": "mine"}, headers=headers).json()
    two = globex.post(ECHO, json={"input": "mine"}, headers=headers).json()
    assert one["runId"] != two["runId"]


@pytest.mark.timeout(240)
def test_a_hundred_simultaneous_calls_with_one_key_make_one_run(acme: httpx.Client) -> None:
    url, headers = str(acme.base_url).rstrip("/") + ECHO, {"idempotency-key": uuid.uuid4().hex}
    answers: list[tuple[int, dict[str, Any]]] = []

    def call() -> None:
        found = httpx.post(url, json={"input": "storm"}, headers=headers, auth=acme.auth, timeout=120)
        answers.append((found.status_code, found.json()))

    threads = [threading.Thread(target=call) for _ in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    runs = {body["runId"] for status, body in answers if status == 200}
    others = {(status, body.get("code")) for status, body in answers if status != 200}
    assert len(answers) == 100
    assert len(runs) == 1
    assert others <= {(409, "IDEMPOTENCY_IN_PROGRESS"), (429, "TOO_MANY_REQUESTS")}
