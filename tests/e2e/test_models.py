"""Models through the public address: an agent with OpenAI's own client, the run's tokens and cost, policy's refusal."""

import subprocess
import sys
import uuid
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from governance.model_prices import price_of
from governance.pricing import CURRENT
from tests.local_stack import ROOT, LocalStack, eventually

pytestmark = [pytest.mark.local_stack, pytest.mark.timeout(300)]
AGENT = "chat-agent"
PICO = 10**12
TOOLS = 'call add {"a": 2, "b": 40}'


@pytest.fixture(scope="module", autouse=True)
def _pushed(platform: LocalStack) -> None:
    """The agent is none of those that are deployed with the platform."""
    command = [sys.executable, "-m", "scripts.agent_push", "--agent", AGENT, "--env", "local"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=240)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


def run(client: httpx.Client, text: str, **context: str) -> httpx.Response:
    return client.post(f"/v1/agents/{AGENT}/invoke", json={"input": text, "context": context}, timeout=60)


def priced(record: dict[str, Any]) -> int:
    """What the record says that it cost, computed again from what it says that it used."""
    usage = record["usage"]
    tokens = price_of("local").cost(usage["inputTokens"], usage["outputTokens"])
    used = CURRENT.per_tool_call * usage["toolCalls"] + CURRENT.per_agent_ms * usage["durationMs"]
    return int(CURRENT.per_run + used + tokens)


@pytest.mark.parametrize("how", ["whole", "stream"])
def test_openais_client_asks_a_model_and_the_run_says_what_it_cost(acme: httpx.Client, how: str) -> None:
    answer = run(acme, "echo: one two three", how=how).raise_for_status().json()

    output = answer["output"] if how == "stream" else answer["output"]["text"]
    record = acme.get(f"/v1/runs/{answer['runId']}").json()
    assert output == "one two three"
    assert (record["usage"]["inputTokens"], record["usage"]["outputTokens"]) == (10, 4)
    assert round(float(record["cost"]["amount"]) * PICO) == priced(record)


@pytest.mark.parametrize(("how", "text"), [("whole", "echo: a b"), ("stream", "words: 9"), ("tools", TOOLS)])
def test_what_a_model_said_is_said_again_in_a_replay_and_costs_nothing(acme: httpx.Client, how: str, text: str) -> None:
    run_id = run(acme, text, how=how).raise_for_status().json()["runId"]
    before = acme.get(f"/v1/runs/{run_id}").json()
    shown = acme.post(f"/v1/runs/{run_id}/replays", json={}, timeout=60).raise_for_status().json()
    assert shown["identical"] is True, shown["differences"]
    assert "model" in {call["kind"] for call in shown["calls"]}
    assert acme.get(f"/v1/runs/{run_id}").json() == before


def test_openais_client_calls_tools(acme: httpx.Client) -> None:
    answer = run(acme, TOOLS, how="tools").raise_for_status().json()

    assert answer["output"] == {"text": "The tool said: 42"}
    assert answer["usage"]["toolCalls"] == 2


def test_what_is_streamed_comes_word_by_word(acme: httpx.Client) -> None:
    answer = run(acme, "words: 40").raise_for_status().json()

    events = acme.get(f"/v1/runs/{answer['runId']}/events", headers={"accept": "application/json"}).json()["items"]
    called = [event["payload"] for event in events if event["stream"] == "tool"]
    assert [payload["type"] for payload in called] == ["call", "result"]
    assert called[1]["model"] == "local/deterministic"
    assert len(answer["output"].split()) == 40


def test_a_secret_reaches_neither_the_model_nor_the_answer(acme: httpx.Client) -> None:
    answer = run(acme, "echo: the key AKIAIOSFODNN7EXAMPLE is mine").raise_for_status().json()

    assert answer["output"] == "the key [AWS_KEY] is mine"


def test_a_model_without_credentials_is_not_available(acme: httpx.Client) -> None:
    answer = run(acme, "hello", how="whole", model="small")

    assert answer.status_code == 502
    assert "503" in answer.json()["detail"]


def test_runs_at_the_same_time_are_each_told_their_own(acme: httpx.Client) -> None:
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda n: run(acme, f"echo: number {n}").raise_for_status().json(), range(8)))

    assert sorted(answer["output"] for answer in answers) == [f"number {n}" for n in range(8)]


def test_a_tenants_policy_forbids_a_model(platform: LocalStack, acme: httpx.Client) -> None:
    with platform.client("acme-admin", patient=True) as admin:
        policy = _policy(admin)
        try:
            _set(admin, policy, {"models": ["small"]})
            assert eventually(lambda: "deny-model" in _refusal(acme), seconds=90)
        finally:
            _set(admin, policy, {})


def test_a_call_that_policy_asks_about_is_made_once_people_have_decided(
    platform: LocalStack, acme: httpx.Client
) -> None:
    with platform.client("acme-admin", patient=True) as admin, ThreadPoolExecutor(1) as pool:
        policy = _policy(admin)
        try:
            _set(admin, policy, {"autonomyTier": 0})
            held, said, answering = eventually(lambda: _held(admin, acme, pool), seconds=90)
            assert held["arguments"]["messages"] == [{"role": "user", "content": f"echo: {said}"}]
            body = {"decision": "approve", "reason": "looked at it"}
            admin.post(f"/v1/approvals/{held['approvalId']}/decision", json=body).raise_for_status()

            answer = answering.result(60).raise_for_status()
        finally:
            _set(admin, policy, {})
        assert answer.json()["output"]["text"] == said
        shown = admin.get(f"/v1/approvals/{held['approvalId']}").raise_for_status().json()
        assert shown["status"] == "consumed"


def _held(
    admin: httpx.Client, client: httpx.Client, pool: ThreadPoolExecutor
) -> tuple[dict[str, Any], str, Future[httpx.Response]] | None:
    """The approval that a call waits for, its words and the answer to come; None while the policy does not ask yet."""
    said = f"may I {uuid.uuid4().hex}"
    answering = pool.submit(run, client, f"echo: {said}", how="whole")
    approval = eventually(lambda: _asked(admin, said) or answering.done(), seconds=60)
    return (approval, said, answering) if isinstance(approval, dict) else None


def _asked(admin: httpx.Client, said: str) -> dict[str, Any] | None:
    """The approval of the call with these words: others may wait as well."""
    waiting = admin.get("/v1/approvals?status=pending").raise_for_status().json()["items"]
    shown = (admin.get(f"/v1/approvals/{item['approvalId']}").raise_for_status().json() for item in waiting)
    return next((item for item in shown if said in str(item["arguments"])), None)


def _policy(admin: httpx.Client) -> str:
    """The id of the policy that binds the agent."""
    made = admin.post("/v1/policies", json={"name": "none", "agent": AGENT, "override": {}})
    assert made.status_code in {201, 409}, made.text
    listed = admin.get("/v1/policies?limit=100").raise_for_status().json()["items"]
    return str(next(item["policyId"] for item in listed if item.get("agent") == AGENT))


def _refusal(client: httpx.Client) -> str:
    answer = run(client, "hello", how="whole")
    return str(answer.json()["detail"]) if answer.is_error else ""


def _set(admin: httpx.Client, policy: str, override: dict[str, Any]) -> None:
    etag = admin.get(f"/v1/policies/{policy}").raise_for_status().headers["etag"]
    body = {"override": override}
    admin.put(f"/v1/policies/{policy}", json=body, headers={"if-match": etag}).raise_for_status()
