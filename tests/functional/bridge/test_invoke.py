"""The function `bridge`, whole, on moto, with agents behind a real socket."""

import re
from typing import Any

from tests.functional.fake_runtime import FakeRuntime
from tests.functional.run_platform import budget, stored_run, version_of


def test_a_sync_agent_answers_with_everything_the_contract_names(invoke: Any) -> None:
    answer = invoke({"input": "hello"})
    assert answer.status == 200, answer.json
    body = answer.json
    assert set(body) == {"runId", "agent", "version", "mode", "status", "output", "usage", "cost", "sessionId"}
    assert (body["agent"], body["version"], body["mode"]) == ("echo-agent", version_of("echo-agent"), "sync")
    assert (body["status"], body["output"]) == ("succeeded", "hello")
    assert set(body["usage"]) == {"inputTokens", "outputTokens", "toolCalls", "durationMs"}
    assert re.fullmatch(r"0\.\d{6,12}", body["cost"]["amount"])


def test_the_agent_gets_the_input_and_its_own_run_token_and_no_other_credential(
    invoke: Any, runtime: FakeRuntime
) -> None:
    body = invoke({"input": "hi", "context": {"k": 1}, "metadata": {"m": 2}}).json
    [payload] = runtime.calls
    assert set(payload) == {"input", "context", "files", "metadata", "ambit"}
    assert (payload["input"], payload["context"], payload["metadata"]) == ("hi", {"k": 1}, {"m": 2})
    about = payload["ambit"]
    assert (about["runId"], about["sessionId"], about["mode"]) == (body["runId"], body["sessionId"], "sync")
    assert about["runToken"].count(".") == 2
    assert about["gatewayUrl"] == "https://api.test/v1/gateway"


def test_the_runtime_session_begins_with_the_tenant_and_is_long_enough(invoke: Any, runtime: FakeRuntime) -> None:
    body = invoke().json
    assert runtime.sessions == [f"acme-{body['sessionId']}"]
    assert len(runtime.sessions[0]) >= 33


def test_money_is_conserved_and_nothing_stays_reserved(invoke: Any) -> None:
    for _ in range(3):
        assert invoke().status == 200
    money = budget("acme")
    assert money["reserved"] == 0
    assert money["spent"] > 0
    assert money["remaining"] + money["spent"] == money["limit"]


def test_the_record_keeps_the_price_version_and_the_exact_cost(invoke: Any) -> None:
    body = invoke().json
    run = stored_run("acme", body["runId"])
    assert run["priceVersion"] == "2026-11"
    assert int(run["costPico"]) == 20_000_000 + 30_000 * body["usage"]["durationMs"]
    assert int(run["costPico"]) == budget("acme")["spent"]
