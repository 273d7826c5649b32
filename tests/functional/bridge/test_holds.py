"""Nothing of a held agent starts, from the moment it is held, and nothing is left behind."""

from typing import Any

import boto3
import pytest

from data_access_lib.client import TenantScopedTable
from data_access_lib.repositories.holds import Holds
from data_access_lib.tenant import TenantContext, TenantId
from governance.holds import Held, Hold, HoldState, held, reset
from tests.functional.fake_runtime import FakeRuntime
from tests.functional.moto_platform import table
from tests.functional.run_platform import budget
from tests.stores import SeenSignals

CODES = [
    ("draining", "AGENT_DRAINING"),
    ("paused", "AGENT_PAUSED"),
    ("halted", "AGENT_HALTED"),
    ("quarantined", "AGENT_QUARANTINED"),
]


def holds(tenant: str = "acme") -> Holds:
    context = TenantContext(TenantId(tenant), "usr:test")
    return Holds(TenantScopedTable(boto3.client("dynamodb"), "ambit-test-ops", context, SeenSignals()))


def hold(state: str, agent: str = "echo-agent", tenant: str = "acme") -> Hold:
    made = held(Hold(), Held(HoldState(state), "usr:test", "r", 1))
    holds(tenant).write(agent, Hold(), made)
    return made


def runs() -> int:
    return sum("#RUN#" in item["pk"] for item in table("runs").scan()["Items"])


@pytest.mark.parametrize(("state", "code"), CODES)
def test_a_held_agent_starts_nothing_and_costs_nothing(
    state: str, code: str, invoke: Any, runtime: FakeRuntime
) -> None:
    hold(state)
    answer = invoke()
    assert (answer.status, answer.json["code"]) == (409, code)
    assert (runtime.calls, runs(), budget("acme")["reserved"]) == ([], 0, 0)


def test_a_hold_is_met_by_a_process_that_has_run_the_agent_before(invoke: Any) -> None:
    assert invoke().status == 200
    made = hold("halted")
    assert invoke().status == 409
    holds().write("echo-agent", made, reset(made, "usr:test", "repaired", 2))
    assert invoke().status == 200


def test_it_is_the_tenants_own_agent_that_is_held(invoke: Any) -> None:
    hold("quarantined", tenant="globex")
    hold("quarantined", agent="echo-async")
    assert invoke().status == 200
