"""The function `model_registry`, whole, on moto: what a tenant sees of its models, and what it may say of them."""

import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest

from governance.model_prices import price_of
from lambdas.model_registry import handler
from model_gateway.targets import ALIASES, TARGETS
from tests.functional.moto_platform import Answer, event, machine, person, platform_on_moto, table

Ask = Callable[..., Answer]
LIST, ONE = "GET /v1/models", "GET /v1/models/{alias}"
PUT, REMOVE = "PUT /v1/models/{alias}", "DELETE /v1/models/{alias}"
ADMIN = person("acme", "Tenant.Admin", "admin")
VIEWER = person("acme", "Tenant.Viewer", "viewer")
LOCAL = ["local/deterministic"]


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ask]:
    for cached in (handler.build, handler._dynamodb):
        cached.cache_clear()
    with platform_on_moto(monkeypatch, MODEL_PROVIDERS="local openai"):
        yield lambda route, who=None, **parts: Answer.of(
            handler.handle(event(route, authorizer=who or ADMIN, **parts), None)
        )
    handler.build.cache_clear()


def put(ask: Ask, alias: str = "fast", etag: str | None = None, who: Any = None, **body: Any) -> Answer:
    headers = {} if etag is None else {"if-match": etag}
    return ask(PUT, who, path={"alias": alias}, body=body, headers=headers)


def listed(ask: Ask, who: Any = None) -> dict[str, Any]:
    return {item["alias"]: item for item in ask(LIST, who or VIEWER).json["items"]}


def test_a_tenant_sees_the_platforms_names_with_providers_and_prices(ask: Ask) -> None:
    found = listed(ask)

    assert found.keys() == ALIASES.keys()
    small = found["small"]
    assert (small["source"], small["enabled"], small["ownKeys"], small["usable"]) == ("platform", True, False, True)
    assert [target["name"] for target in small["targets"]] == list(ALIASES["small"])
    openai = next(target for target in small["targets"] if target["provider"] == "openai")
    assert (openai["model"], openai["usable"]) == ("gpt-4.1-mini", True)
    assert openai["price"]["input"] == {"amount": "0.400000", "currency": "USD"}
    assert next(target for target in small["targets"] if target["provider"] == "bedrock")["usable"] is False


def test_prices_are_the_platforms_price_book_times_a_million(ask: Ask) -> None:
    for target in ask(LIST).json["offered"]:
        price = price_of(TARGETS[target["name"]].price)
        assert Decimal(target["price"]["input"]["amount"]) * 10**12 == price.per_input_token * 10**6
        assert Decimal(target["price"]["output"]["amount"]) * 10**12 == price.per_output_token * 10**6


def test_what_is_offered_is_what_this_stage_asks(ask: Ask) -> None:
    assert {target["provider"] for target in ask(LIST).json["offered"]} == {"local", "openai"}


def test_a_name_of_the_tenants_own_is_bound_and_read_back(ask: Ask) -> None:
    made = put(ask, targets=LOCAL)

    assert (made.status, made.headers["etag"]) == (201, '"1"')
    shown = ask(ONE, VIEWER, path={"alias": "fast"})
    assert (shown.headers["etag"], shown.json) == ('"1"', listed(ask)["fast"])
    assert (shown.json["source"], shown.json["usable"]) == ("tenant", True)
    assert shown.json["updatedBy"] == ADMIN["principalId"]


def test_the_platforms_name_can_be_narrowed_switched_off_and_taken_back(ask: Ask) -> None:
    assert put(ask, "small", targets=["openai/gpt-4.1-mini"]).status == 201
    assert [target["name"] for target in listed(ask)["small"]["targets"]] == ["openai/gpt-4.1-mini"]

    off = put(ask, "small", '"1"', enabled=False)

    assert (off.status, off.json["enabled"], off.json["usable"]) == (200, False, False)
    gone = ask(REMOVE, path={"alias": "small"}, headers={"if-match": '"2"'})
    assert gone.status == 204
    assert listed(ask)["small"]["source"] == "platform"
    assert "etag" not in ask(ONE, path={"alias": "small"}).headers


@pytest.mark.parametrize(
    "body",
    [
        {"targets": ["openai/made-up"]},
        {"targets": ["https://evil.test/v1"]},
        {"targets": ["azure/gpt-4.1"]},
        {"targets": ["bedrock/amazon.nova-lite-v1:0"]},
        {"targets": [*LOCAL, "OPENAI/gpt-4.1"]},
        {},
        {"enabled": False},
        {"ownKeys": True},
    ],
    ids=json.dumps,
)
def test_nothing_but_what_the_platform_offers_here_can_be_bound(ask: Ask, body: dict[str, Any]) -> None:
    refused = put(ask, **body)

    assert (refused.status, refused.json["code"]) == (422, "UNPROCESSABLE")
    assert refused.json["errors"][0]["pointer"].startswith("/targets")
    assert "fast" not in listed(ask)


@pytest.mark.parametrize(
    "body",
    [
        {"targets": LOCAL, "price": "0"},
        {"targets": LOCAL, "prices": {"input": "0"}},
        {"targets": LOCAL, "host": "https://evil.test"},
        {"targets": LOCAL, "apiKey": "sk-1"},
        {"targets": [{"name": "local/deterministic", "price": "0"}]},
        {"targets": "local/deterministic"},
        {"targets": []},
        {"targets": LOCAL * 2},
        {"targets": LOCAL * 9},
        {"targets": LOCAL, "ownKeys": "yes please"},
    ],
    ids=json.dumps,
)
def test_neither_price_nor_host_nor_credential_can_be_said(ask: Ask, body: dict[str, Any]) -> None:
    assert put(ask, **body).status == 400
    assert "fast" not in listed(ask)


@pytest.mark.parametrize("alias", ["Fast", "a b", "-a", "a", "a#b", "x" * 65, "..", "fast/../large"])
def test_a_name_that_no_model_can_have_is_not_found(ask: Ask, alias: str) -> None:
    assert put(ask, alias, targets=LOCAL).status == 404
    assert ask(ONE, path={"alias": alias}).status == 404
    assert ask(REMOVE, path={"alias": alias}, headers={"if-match": '"1"'}).status == 404


def test_a_change_needs_the_version_that_was_read(ask: Ask) -> None:
    put(ask, targets=LOCAL)

    assert put(ask, targets=LOCAL).status == 428
    assert put(ask, etag='"7"', targets=LOCAL).status == 412
    assert put(ask, "other", '"1"', targets=LOCAL).status == 412
    assert ask(REMOVE, path={"alias": "fast"}).status == 428
    assert ask(REMOVE, path={"alias": "fast"}, headers={"if-match": '"7"'}).status == 412
    assert listed(ask)["fast"]["targets"][0]["name"] == LOCAL[0]


def test_what_is_not_there_cannot_be_taken_back(ask: Ask) -> None:
    for alias in ("small", "nothing"):
        assert ask(REMOVE, path={"alias": alias}, headers={"if-match": '"1"'}).status == 404


def test_another_tenant_has_nothing_of_it(ask: Ask) -> None:
    put(ask, targets=LOCAL)
    globex = person("globex", "Tenant.Admin", "gus")

    assert "fast" not in listed(ask, globex)
    assert ask(ONE, globex, path={"alias": "fast"}).status == 404
    assert ask(REMOVE, globex, path={"alias": "fast"}, headers={"if-match": '"1"'}).status == 404
    assert put(ask, who=globex, targets=["openai/gpt-4.1"]).status == 201
    assert listed(ask)["fast"]["targets"][0]["name"] == LOCAL[0]


def test_who_may_say_something_of_models(ask: Ask) -> None:
    for who in (VIEWER, person("acme"), machine("acme", "models:read")):
        assert ask(LIST, who).status == 200
        assert put(ask, who=who, targets=LOCAL).status == 403
    assert put(ask, who=machine("acme", "models:write"), targets=LOCAL).status == 201
    assert ask(LIST, machine("acme", "runs:read")).status == 403


def test_what_was_said_and_taken_back_stands_in_the_tenants_audit_chain(ask: Ask) -> None:
    put(ask, targets=LOCAL)
    put(ask, etag='"1"', targets=LOCAL, enabled=False)
    ask(REMOVE, path={"alias": "fast"}, headers={"if-match": '"2"'})

    items = [item for item in table("ledger").scan()["Items"] if item["pk"] == "TENANT#acme#AUDIT"]
    told = [(item["action"], item["target"]) for item in sorted(items, key=lambda item: item["sk"])]
    assert told == [("model.set", "fast"), ("model.set", "fast"), ("model.removed", "fast")]


def test_a_tenant_may_have_a_hundred_entries_and_no_more(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    from lambdas.model_registry import service

    monkeypatch.setattr(service, "MOST", 2)
    put(ask, "one", targets=LOCAL)
    put(ask, "two", targets=LOCAL)

    assert put(ask, "three", targets=LOCAL).status == 409
    assert put(ask, "two", '"1"', targets=LOCAL).status == 200


@pytest.mark.parametrize("targets", [["openai/gone"], "nonsense", ["x"] * 9], ids=json.dumps)
def test_an_entry_that_leads_nowhere_any_more_is_shown_as_not_usable(ask: Ask, targets: Any) -> None:
    key = {"pk": "TENANT#acme#MODEL", "sk": "old"}
    table("control").put_item(Item={**key, "alias": "old", "targets": targets, "etag": 1})

    shown = listed(ask)["old"]

    assert (shown["targets"], shown["usable"], shown["source"]) == ([], False, "tenant")
