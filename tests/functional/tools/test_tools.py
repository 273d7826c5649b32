"""The function `tools`, whole, on moto: what tenants see, what operators register, and what the audit says of it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from governance.toolbox.pack import PACK
from tests.functional.moto_platform import Answer, event, machine, operator, person, platform_on_moto, table
from tests.unit.governance.toolbox.test_custom import TOOL

Ask = Callable[..., Answer]
LIST, ONE = "GET /v1/tools", "GET /v1/tools/{name}"
REGISTERED, SHOW = "GET /v1/platform/tools", "GET /v1/platform/tools/{name}"
PUT, REMOVE = "PUT /v1/platform/tools/{name}", "DELETE /v1/platform/tools/{name}"
NAME = {"name": "crm.lookup"}
BODY = {name: value for name, value in TOOL.items() if name != "name"}


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ask]:
    from lambdas.tools import handler

    for cached in (handler.build, handler._dynamodb, handler._secrets):
        cached.cache_clear()
    with platform_on_moto(monkeypatch):
        yield lambda route, who=None, **parts: Answer.of(
            handler.handle(event(route, authorizer=who or operator(), **parts), None)
        )


def put(ask: Ask, etag: str | None = None, name: str = "crm.lookup", **change: Any) -> Answer:
    headers = {} if etag is None else {"if-match": etag}
    return ask(PUT, path={"name": name}, body={**BODY, **change}, headers=headers)


def actions() -> list[str]:
    items = [item for item in table("ledger").scan()["Items"] if item["pk"] == "TENANT#platform#AUDIT"]
    return [str(item["action"]) for item in sorted(items, key=lambda item: item["sk"])]


def test_a_tenant_sees_every_tool_and_which_of_them_its_tier_reaches(ask: Ask) -> None:
    put(ask)
    for tier, reached in (("basic", False), ("standard", True)):
        items = ask(LIST, person("acme", "Tenant.Viewer", tier=tier)).json["items"]
        assert [item["name"] for item in items] == sorted([*PACK, "crm.lookup"])
        available = {item["name"]: item["available"] for item in items}
        assert (available["http.fetch"], available["crm.lookup"], available["calculator"]) == (reached, reached, True)


def test_a_tenant_sees_neither_address_nor_credential_of_a_tool(ask: Ask) -> None:
    put(ask)
    shown = ask(ONE, person("acme"), path=NAME)
    assert shown.json["inputSchema"] == BODY["inputSchema"]
    assert shown.json["target"] == "http"
    assert "crm.test" not in str(shown.json)
    assert "secret" not in str(shown.json)


def test_the_list_is_read_in_pages(ask: Ask) -> None:
    names, cursor = [], None
    for _ in range(10):
        query = {"limit": "3", **({"cursor": cursor} if cursor else {})}
        page = ask(LIST, person("acme"), query=query).json
        names += [item["name"] for item in page["items"]]
        cursor = page.get("nextCursor")
        if cursor is None:
            break
    assert names == sorted(PACK)
    first = ask(LIST, person("acme"), query={"limit": "3"}).json["nextCursor"]
    assert ask(LIST, person("globex"), query={"cursor": first}).json["code"] == "INVALID_CURSOR"


def test_a_key_reads_tools_by_its_scope(ask: Ask) -> None:
    assert ask(LIST, machine("acme", "tools:read")).status == 200
    assert ask(LIST, machine("acme", "agents:read")).status == 403


def test_a_tool_that_there_is_not_is_not_found(ask: Ask) -> None:
    assert ask(ONE, person("acme"), path={"name": "no.such"}).status == 404
    assert ask(ONE, person("acme"), path={"name": "../x"}).status == 404


def test_operators_register_change_and_remove_each_with_its_audit_entry(ask: Ask) -> None:
    made = put(ask)
    assert (made.status, made.headers["etag"], made.json["target"]["http"]) == (201, '"1"', "https://crm.test/lookup")
    changed = put(ask, '"1"', risk="critical", version="2")
    assert (changed.status, changed.headers["etag"]) == (200, '"2"')
    assert ask(SHOW, path=NAME).json["risk"] == "critical"
    assert [item["name"] for item in ask(REGISTERED).json["items"]] == ["crm.lookup"]
    assert ask(REMOVE, path=NAME).status == 204
    assert ask(SHOW, path=NAME).status == ask(REMOVE, path=NAME).status == 404
    assert actions() == ["tool.registered", "tool.updated", "tool.removed"]


def test_a_tool_that_changes_while_it_is_taken_away_stays(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the audit log says was taken away is what was there."""
    from data_access_lib.repositories.tools import Tools

    put(ask)
    read = Tools.get

    def meanwhile(self: Tools, name: str) -> Any:
        found = read(self, name)
        monkeypatch.setattr(Tools, "get", read)
        put(ask, '"1"', risk="critical")
        return found

    monkeypatch.setattr(Tools, "get", meanwhile)
    assert ask(REMOVE, path=NAME).status == 409
    assert (ask(SHOW, path=NAME).json["risk"], actions()) == ("critical", ["tool.registered", "tool.updated"])


def test_a_change_is_not_lost(ask: Ask) -> None:
    put(ask)
    assert put(ask).status == 428
    assert put(ask, '"7"').status == 412
    assert put(ask, '"1"', name="other.tool").status == 412


@pytest.mark.parametrize("name", ["calculator", "files.delete", "http.get", "model.x"])
def test_a_name_of_the_platforms_own_is_not_given_out(ask: Ask, name: str) -> None:
    assert put(ask, name=name).status == 422


@pytest.mark.parametrize("name", ["Crm", "crm lookup", "x" * 65, ".", "crm..x", "crm\uff0ex"])
def test_what_is_no_name_names_nothing(ask: Ask, name: str) -> None:
    assert put(ask, name=name).status == 404


@pytest.mark.parametrize("http", ["http://crm.test/", "https://crm.test:22/", "http://169.254.169.254/"])
def test_an_address_that_may_never_be_reached_is_refused(ask: Ask, http: str) -> None:
    refused = put(ask, target={"http": http})
    assert (refused.status, refused.json["errors"][0]["pointer"]) == (422, "/target/http")


@pytest.mark.parametrize("change", [{"inputSchema": {"type": "array"}}, {"risk": "none"}, {"trusted": True}])
def test_what_is_no_tool_is_refused_by_place(ask: Ask, change: dict[str, Any]) -> None:
    refused = put(ask, **change)
    assert (refused.status, refused.json["errors"][0]["pointer"]) == (400, f"/{next(iter(change))}")


def test_tenants_register_nothing(ask: Ask) -> None:
    for route in (PUT, REMOVE, SHOW, REGISTERED):
        path = None if route == REGISTERED else NAME
        body = BODY if route == PUT else None
        assert ask(route, person("acme", "Tenant.Admin"), path=path, body=body).status == 403


def test_a_stored_tool_that_makes_no_sense_is_not_shown(ask: Ask) -> None:
    put(ask)
    [item] = [item for item in table("control").scan()["Items"] if item["pk"] == "TENANT#platform#TOOL"]
    table("control").put_item(Item={**item, "risk": "?"})
    assert ask(ONE, person("acme"), path=NAME).status == 404
    assert ask(LIST, person("acme")).status == 200


def test_a_tool_behind_an_agentcore_gateway_is_shown_like_any_other(ask: Ask) -> None:
    target = {"agentcore": "crm___lookup"}
    assert put(ask, target=target).status in {200, 201}
    assert ask(ONE, person("acme"), path=NAME).json["target"] == "agentcore"
    assert "crm.lookup" in [item["name"] for item in ask(LIST, person("acme")).json["items"]]
    assert ask(SHOW, path=NAME).json["target"] == target
