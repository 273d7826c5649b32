"""Shared budgets by their API: one tenant's, changed under an ETag, each change in the audit chain."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.functional.moto_platform import Answer, event, machine, person, platform_on_moto, table

ADMIN = person("acme", "Tenant.Admin", "admin")
VIEWER = person("acme", "Tenant.Viewer", "viewer")
GLOBEX = person("globex", "Tenant.Admin", "gus")
ONE = "/v1/budgets/{id}"
WANTED = {"name": "analysts", "agents": ["analyst-agent"], "limits": {"cost": "25.00", "calls": 100}}

Ask = Callable[..., Answer]


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ask]:
    from lambdas.budgets import handler

    with platform_on_moto(monkeypatch):
        for function in (handler.build, handler._dynamodb):
            function.cache_clear()  # type: ignore[attr-defined]  # functools.cache

        def send(route: str, who: Any = ADMIN, **parts: Any) -> Answer:
            return Answer.of(handler.handle(event(route, authorizer=who, **parts), None))

        yield send


def made(ask: Ask, **fields: Any) -> dict[str, Any]:
    answer = ask("POST /v1/budgets", body={**WANTED, **fields})
    assert answer.status == 201, answer.json
    return dict(answer.json)


def at(budget: dict[str, Any], version: int | None = None) -> dict[str, Any]:
    headers = {} if version is None else {"If-Match": f'"{version}"'}
    return {"path": {"id": budget["budgetId"]}, "headers": headers}


def chain() -> list[str]:
    items = [item for item in table("ledger").scan()["Items"] if item["pk"] == "TENANT#acme#AUDIT"]
    return [item["action"] for item in sorted(items, key=lambda item: item["sk"])]


def test_a_budget_is_shown_with_its_limits_and_what_is_used(ask: Ask) -> None:
    budget = made(ask)
    assert budget["limits"] == {"cost": {"amount": "25.000000", "currency": "USD"}, "calls": 100}
    assert budget["used"] == {"cost": {"amount": "0.000000", "currency": "USD"}, "tokens": 0, "calls": 0, "seconds": 0}
    assert ask(f"GET {ONE}", VIEWER, **at(budget)).json == budget
    assert ask("GET /v1/budgets", VIEWER).json["items"] == [budget]


def test_another_tenants_budget_is_not_there(ask: Ask) -> None:
    budget = made(ask)
    assert ask("GET /v1/budgets", GLOBEX).json["items"] == []
    assert ask(f"GET {ONE}", GLOBEX, **at(budget)).status == 404
    assert ask(f"PATCH {ONE}", GLOBEX, **at(budget, 1), body={"name": "mine"}).status == 404
    assert ask(f"DELETE {ONE}", GLOBEX, **at(budget, 1)).status == 404


def test_a_change_needs_the_present_version(ask: Ask) -> None:
    budget = made(ask)
    assert ask(f"PATCH {ONE}", **at(budget), body={"name": "x"}).status == 428
    assert ask(f"PATCH {ONE}", **at(budget, 7), body={"name": "x"}).status == 412
    changed = ask(f"PATCH {ONE}", **at(budget, 1), body={"limits": {"tokens": 5, "seconds": 7}})
    assert (changed.status, changed.json["version"]) == (200, 2)
    assert changed.json["limits"] == {"tokens": 5, "seconds": 7}
    assert ask(f"DELETE {ONE}", **at(budget, 1)).status == 412
    assert ask(f"DELETE {ONE}", **at(budget, 2)).status == 204
    assert chain() == ["budget.created", "budget.updated", "budget.deleted"]


@pytest.mark.parametrize(
    "fields",
    [
        {"limits": {}},
        {"limits": {"cost": "-1"}},
        {"limits": {"cost": 5}},
        {"limits": {"tokens": -1}},
        {"limits": {"calls": 1.5}},
        {"limits": {"seconds": 0.5}},
        {"limits": {"hours": 5}},
        {"agents": ["Analyst"]},
        {"agents": ["a"] * 51},
        {"name": ""},
        {"tenant": "globex"},
    ],
    ids=lambda fields: str(fields)[:40],
)
def test_what_makes_no_sense_is_refused_and_named(ask: Ask, fields: dict[str, Any]) -> None:
    answer = ask("POST /v1/budgets", body={**WANTED, **fields})
    assert answer.status == 400
    assert answer.json["errors"]
    assert chain() == []


def test_a_repeated_request_makes_no_second_budget(ask: Ask) -> None:
    first = ask("POST /v1/budgets", body=WANTED, headers={"Idempotency-Key": "k"})
    again = ask("POST /v1/budgets", body=WANTED, headers={"Idempotency-Key": "k"})
    assert first.json == again.json
    assert len(ask("GET /v1/budgets").json["items"]) == 1


def test_a_tenant_has_twenty_at_most(ask: Ask) -> None:
    for number in range(20):
        made(ask, name=str(number))
    assert ask("POST /v1/budgets", body=WANTED).status == 409


def test_a_machine_for_some_agents_sees_budgets_of_these_alone(ask: Ask) -> None:
    mine, everybodys = made(ask), made(ask, agents=[])
    key = machine("acme", "budgets:read", "budgets:write", agents="analyst-agent")
    assert [item["budgetId"] for item in ask("GET /v1/budgets", key).json["items"]] == [mine["budgetId"]]
    assert ask(f"GET {ONE}", key, **at(everybodys)).status == 404
