"""A run is bound by the shared budgets that cover its agent when it begins."""

from typing import Any

import pytest

from governance.pricing import PICO_PER_DOLLAR
from tests.functional.moto_platform import table

BUDGET = "bud_" + "1" * 32


def pool(most: int, agents: str = "[]", unit: str = "pico") -> None:
    limits = f'{{"{unit}": {most}}}'
    item = {"pk": "TENANT#acme#POOL", "sk": BUDGET, "budgetId": BUDGET, "name": "p", "version": 1}
    table("control").put_item(Item={**item, "agents": agents, "limits": limits})


def committed(unit: str = "pico") -> int | None:
    found = [item for item in table("ops").scan()["Items"] if item["pk"] == f"TENANT#acme#POOLMONTH#{BUDGET}"]
    return int(found[0][unit]) if found else None


def test_what_a_run_may_cost_is_set_aside_and_put_right_at_its_end(invoke: Any) -> None:
    pool(PICO_PER_DOLLAR)
    answer = invoke()
    assert answer.status == 200
    [run] = [item for item in table("runs").scan()["Items"] if "costPico" in item]
    assert committed() == run["costPico"]


def test_a_run_is_refused_when_its_shared_budget_has_too_little_left(invoke: Any) -> None:
    pool(5)
    answer = invoke()
    assert (answer.status, answer.json["code"]) == (429, "BUDGET_EXHAUSTED")
    assert answer.json["detail"].startswith("A shared budget")
    assert committed() is None


@pytest.mark.parametrize(("agents", "status"), [('["echo-agent"]', 429), ('["other-agent"]', 200)])
def test_a_budget_binds_its_agents_alone(invoke: Any, agents: str, status: int) -> None:
    pool(5, agents)
    assert invoke().status == status


def test_the_seconds_a_run_may_take_are_set_aside_and_those_it_took_are_used(invoke: Any) -> None:
    pool(1_000, unit="seconds")
    assert invoke().status == 200
    [run] = [item for item in table("runs").scan()["Items"] if "costPico" in item]
    took = -(-int(run["durationMs"]) // 1000)
    assert committed("seconds") == took < int(run["maxSeconds"])


def test_a_run_that_may_take_more_seconds_than_are_left_is_refused(invoke: Any) -> None:
    pool(1, unit="seconds")
    answer = invoke()
    assert (answer.status, answer.json["code"]) == (429, "BUDGET_EXHAUSTED")
    assert committed("seconds") is None
