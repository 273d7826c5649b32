"""How fast runs start, through the handler: refused over the limit, counted for the right subject, cheap when warm."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from data_access_lib.repositories.rates import RateBuckets
from governance import tiers
from governance.rates import NANOSECONDS, Limit
from governance.tiers import Tier
from lambdas.bridge import handler
from run_lifecycle.rate_limits import LEASE_SECONDS
from tests.functional.bridge.test_call_count import besides_the_runtime, calls  # noqa: F401 - a fixture
from tests.functional.fake_runtime import FakeRuntime
from tests.functional.moto_platform import person, table
from tests.functional.run_platform import release


def key(name: str = "1", rate: str = "1") -> dict[str, str]:
    """A machine's key of acme with a rate of its own; the default has a burst of two."""
    return {
        **person("acme"),
        "principalId": f"key:{name}",
        "credential": "key",
        "roles": "",
        "scopes": "agents:invoke",
        "ratePerSecond": rate,
    }


def of_agent(rate: float, agent: str = "echo-agent") -> None:
    """Give an agent's approved version a rate of its own."""
    release(agent, {"ratePerSecond": rate})


def buckets(tenant: str = "acme") -> int:
    return sum(item["pk"].startswith(f"TENANT#{tenant}#RATE#") for item in table("ops").scan()["Items"])


def tier_of(monkeypatch: pytest.MonkeyPatch, limit: Limit) -> None:
    from dataclasses import replace

    slow = replace(tiers.LIMITS[Tier.STANDARD], run_rate=limit, agent_rate=limit)
    monkeypatch.setattr(tiers, "LIMITS", {**tiers.LIMITS, Tier.STANDARD: slow})


@pytest.fixture(autouse=True)
def now(runtime: FakeRuntime, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The limiter's own time, in seconds: it stands still unless a test moves it."""
    moment, limiter = [100.0], handler.build().limiter
    monkeypatch.setattr(limiter, "_monotonic", lambda: moment[0])
    monkeypatch.setattr(limiter._wall, "nanoseconds", lambda: int(moment[0] * NANOSECONDS))
    return moment


def test_over_the_tenants_rate_it_is_429_with_retry_after(
    invoke: Any, runtime: FakeRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    tier_of(monkeypatch, Limit(0.05, 2))
    assert [invoke().status for _ in range(2)] == [200, 200]
    refused = invoke()
    assert (refused.status, refused.json["code"]) == (429, "RATE_LIMITED")
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert len(runtime.calls) == 2
    assert invoke(who=person("globex", tier="basic")).status == 200


def test_a_tier_in_the_token_changes_nothing(invoke: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    tier_of(monkeypatch, Limit(0.05, 1))
    assert invoke(who=person("acme", tier="premium")).status == 200
    assert invoke(who=person("acme", tier="premium")).status == 429


def test_a_keys_rate_binds_that_key_alone(invoke: Any, now: list[float]) -> None:
    assert [invoke(who=key()).status for _ in range(2)] == [200, 200]
    refused = invoke(who=key())
    assert (refused.status, refused.json["code"]) == (429, "RATE_LIMITED")
    assert "credential" in refused.json["detail"]
    assert invoke(who=key("2")).status == 200
    assert invoke().status == 200
    now[0] += 1
    assert invoke(who=key()).status == 200


@pytest.mark.parametrize("rate", ["-1", "0", "0.5", "nan", "inf", "1e9", "9999999", "x"])
def test_a_rate_that_is_none_lets_nobody_in(invoke: Any, runtime: FakeRuntime, rate: str) -> None:
    assert invoke(who=key(rate=rate)).status == 401
    assert runtime.calls == []


def test_an_agents_own_rate_binds_that_agent_alone(invoke: Any) -> None:
    of_agent(0.01)
    assert invoke().status == 200
    refused = invoke()
    assert (refused.status, refused.json["code"]) == (429, "RATE_LIMITED")
    assert "agent" in refused.json["detail"]
    assert invoke(agent="echo-stream").status == 200
    assert invoke(who=person("globex", tier="basic")).status == 200


def test_names_that_look_like_other_subjects_have_buckets_of_their_own(invoke: Any) -> None:
    """A key that calls itself the tenant, or an agent, or another tenant's item."""
    for name in ("tenant", "agent:echo-agent", "../globex", "TENANT#globex#RATE"):
        assert invoke(who=key(name)).status == 200
    assert invoke().status == 200
    assert buckets() == 1 + 4
    assert buckets("globex") == 0


def test_an_agent_that_is_not_there_makes_no_bucket(invoke: Any) -> None:
    assert invoke(agent="nobody").status == 404
    assert buckets() == 0


def test_a_repeated_request_gets_its_answer_even_over_the_limit(invoke: Any, runtime: FakeRuntime) -> None:
    first = invoke(who=key(), idempotency_key="k")
    invoke(who=key())
    for _ in range(3):
        again = invoke(who=key(), idempotency_key="k")
        assert (again.status, again.json["runId"]) == (200, first.json["runId"])
    assert invoke(who=key(), idempotency_key="other").status == 429
    assert len(runtime.calls) == 2


def test_a_store_that_does_not_answer_refuses_with_503(
    invoke: Any, runtime: FakeRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        from data_access_lib.errors import StoreUnavailable

        raise StoreUnavailable

    monkeypatch.setattr(RateBuckets, "draw", broken)
    refused = invoke()
    assert (refused.status, refused.json["code"]) == (503, "DEPENDENCY_UNAVAILABLE")
    assert runtime.calls == []


# What it costs


def test_calls_share_a_lease_and_the_one_that_takes_it_makes_one_call_more(
    invoke: Any,
    now: list[float],
    calls: Counter[str],  # noqa: F811 - the fixture
) -> None:
    of_agent(30)
    invoke(who=key(rate="40"))
    assert buckets() == 3
    calls.clear()
    for _ in range(3):
        assert invoke(who=key(rate="40")).status == 200
    assert calls == {"TransactWriteItems": 6, "Sign": 3, "InvokeAgentRuntime": 3}
    now[0] += LEASE_SECONDS
    calls.clear()
    assert invoke(who=key(rate="40")).status == 200
    assert calls == {"TransactWriteItems": 3, "Sign": 1, "InvokeAgentRuntime": 1}


def test_the_fullest_call_makes_five_with_a_lease(
    invoke: Any,
    file_of: Any,
    now: list[float],
    calls: Counter[str],  # noqa: F811 - the fixture
) -> None:
    session = invoke(who=key(rate="40")).json["sessionId"]
    now[0] += LEASE_SECONDS
    body = {"input": "x", "sessionId": session, "files": [file_of("acme")]}
    calls.clear()
    assert invoke(body, who=key(rate="40"), idempotency_key="k").status == 200
    assert besides_the_runtime(calls) == 5, calls


def test_a_refusal_that_is_remembered_calls_nobody(
    invoke: Any,
    runtime: FakeRuntime,
    calls: Counter[str],  # noqa: F811 - the fixture
) -> None:
    assert [invoke(who=key()).status for _ in range(3)] == [200, 200, 429]
    calls.clear()
    for _ in range(20):
        assert invoke(who=key()).status == 429
    assert besides_the_runtime(calls) == 0


def test_many_threads_start_no_more_than_the_limit_allows(invoke: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    tier_of(monkeypatch, Limit(0.2, 6))
    with ThreadPoolExecutor(8) as pool:
        statuses = Counter(pool.map(lambda _: invoke().status, range(40)))
    assert set(statuses) <= {200, 429}
    assert statuses[200] == 6
