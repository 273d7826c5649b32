"""What a warm call costs in calls to AWS, counted on the real clients."""

from collections import Counter
from functools import partial
from typing import Any

import botocore.client
import pytest

from data_access_lib import key_uses
from lambdas.bridge import handler
from platform_kit.ids import new_id
from run_lifecycle.rate_limits import RateLimiter
from tests.functional.fake_runtime import FakeRuntime
from tests.functional.moto_platform import machine


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Every API call that any boto3 client makes, by operation.

    Leased tokens and what is known of kill switches do not grow old: on a machine that takes a second for a call, the
    next one would ask again.
    """
    monkeypatch.setattr(handler, "RateLimiter", partial(RateLimiter, monotonic=lambda: 0.0))
    monkeypatch.setattr(handler.build().controls, "_monotonic", lambda: 0.0)
    counted: Counter[str] = Counter()
    original = botocore.client.BaseClient._make_api_call  # type: ignore[attr-defined] # not in the stubs

    def counting(self: Any, operation: str, parameters: Any) -> Any:
        counted[operation] += 1
        return original(self, operation, parameters)

    monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", counting)
    return counted


def besides_the_runtime(calls: Counter[str]) -> int:
    return sum(number for operation, number in calls.items() if operation != "InvokeAgentRuntime")


def test_a_warm_sync_call_makes_three_calls_besides_the_runtimes(
    invoke: Any, runtime: FakeRuntime, calls: Counter[str]
) -> None:
    invoke()
    calls.clear()
    assert invoke().status == 200
    assert calls == {"TransactWriteItems": 2, "Sign": 1, "InvokeAgentRuntime": 1}


def test_with_key_session_and_files_it_makes_at_most_five(
    invoke: Any, file_of: Any, runtime: FakeRuntime, calls: Counter[str]
) -> None:
    session = invoke().json["sessionId"]
    body = {"input": "x", "sessionId": session, "files": [file_of("acme"), file_of("acme")]}
    calls.clear()
    assert invoke(body, idempotency_key="k").status == 200
    assert besides_the_runtime(calls) <= 5, calls


def test_a_cold_call_reads_the_catalogue_once(invoke: Any, runtime: FakeRuntime, calls: Counter[str]) -> None:
    assert invoke().status == 200
    assert calls["AssumeRole"] == 1
    assert calls["GetItem"] == 5  # the region the tenant is kept in, tenant, template, instance, version


def test_a_key_with_domains_costs_no_call_more(invoke: Any, runtime: FakeRuntime, calls: Counter[str]) -> None:
    key_uses.tally.cache_clear()
    who = machine("acme", "agents:invoke", key_id=new_id("key"), domains="general")
    assert invoke(who=who).status == 200
    assert calls["GetItem"] == 5
    calls.clear()
    assert invoke(who=who).status == 200
    assert calls == {"TransactWriteItems": 2, "Sign": 1, "InvokeAgentRuntime": 1}
    calls.clear()
    assert invoke(who=who | {"domains": "finance"}).status == 404
    assert calls == {}


def test_a_warm_call_by_key_writes_nothing_more_and_once_a_minute_one_count(
    invoke: Any, runtime: FakeRuntime, calls: Counter[str]
) -> None:
    key_uses.tally.cache_clear()
    who = machine("acme", "agents:invoke", key_id=new_id("key"))
    invoke(who=who)
    calls.clear()
    for _ in range(3):
        assert invoke(who=who).status == 200
    assert calls == {"TransactWriteItems": 6, "Sign": 3, "InvokeAgentRuntime": 3}
    calls.clear()
    assert invoke(who=machine("acme", "agents:invoke", key_id=new_id("key"))).status == 200
    assert calls["UpdateItem"] == 1
    assert besides_the_runtime(calls) <= 5, calls
