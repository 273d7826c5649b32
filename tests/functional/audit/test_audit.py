import csv
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from data_access_lib import keys
from data_access_lib.repositories.audit import AuditDraft, AuditLog, canonical, detail_hash, first_break
from data_access_lib.tenant import TenantId
from platform_kit.api import lambda_handler
from tests.functional.moto_platform import event, person, platform_on_moto, table

ADMIN = person("acme", "Tenant.Admin", "admin")
KEY = person("acme", "") | {"credential": "key", "principalId": "key:key_1", "scopes": "audit:read"}
LIST = "GET /v1/audit"
EXPORT = "GET /v1/audit/export"
Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ask]:
    from lambdas.audit import handler

    with platform_on_moto(monkeypatch):
        for function in (handler.build, handler._dynamodb, handler._secrets):
            function.cache_clear()
        yield lambda route, who=ADMIN, **parts: handler.handle(event(route, authorizer=who, **parts), None)


def log(tenant: str = "acme", principal: str = "usr:1:ada") -> AuditLog:
    from data_access_lib.tenant import TenantContext
    from lambdas.audit import handler

    return handler.build().log(TenantContext(TenantId(tenant), principal))


def fill(number: int, tenant: str = "acme", action: str = "file.deleted", **detail: Any) -> None:
    chain = log(tenant)
    for _ in range(number):
        chain.append(AuditDraft(action, "fil_1", detail=detail))


def items(answer: dict[str, Any]) -> list[dict[str, Any]]:
    assert answer["statusCode"] == 200, answer["body"]
    return list(json.loads(answer["body"])["items"])


def lines(answer: dict[str, Any]) -> list[dict[str, Any]]:
    assert answer["statusCode"] == 200, answer["body"]
    return [json.loads(line) for line in answer["body"].splitlines()]


def test_an_entry_is_shown_with_all_that_its_hash_binds(ask: Ask) -> None:
    fill(1, name="a.csv", note=None)
    (entry,) = items(ask(LIST))
    assert (entry["seq"], entry["action"], entry["target"], entry["decision"]) == (
        1,
        "file.deleted",
        "fil_1",
        "allowed",
    )
    assert entry["principalId"] == "usr:1:ada"
    assert entry["detail"] == {"name": "a.csv", "note": None, "principalId": "usr:1:ada"}
    assert entry["actor"].startswith("act_")
    assert first_break([entry]) is None
    assert detail_hash(entry["salt"], canonical(entry["detail"]).decode()) == entry["detailHash"]


def test_the_log_is_read_newest_or_oldest_first_page_by_page(ask: Ask) -> None:
    fill(7)
    for order, expected in (("newest", list(range(7, 0, -1))), ("oldest", list(range(1, 8))), (None, range(7, 0, -1))):
        seen: list[int] = []
        cursor: dict[str, str] = {}
        while True:
            query = {"limit": "3", **({"order": order} if order else {}), **cursor}
            page = json.loads(ask(LIST, query=query)["body"])
            seen += [item["seq"] for item in page["items"]]
            if "nextCursor" not in page:
                break
            cursor = {"cursor": page["nextCursor"]}
        assert seen == list(expected)


def test_the_log_is_filtered_by_how_an_action_begins(ask: Ask) -> None:
    fill(2)
    fill(1, action="member.invited")
    fill(1, action="member.joined")
    assert [item["action"] for item in items(ask(LIST, query={"action": "member."}))] == [
        "member.joined",
        "member.invited",
    ]
    assert len(items(ask(LIST, query={"action": "file.deleted"}))) == 2
    assert items(ask(LIST, query={"action": "key."})) == []


def test_a_cursor_belongs_to_its_tenant_order_and_filter(ask: Ask) -> None:
    fill(3)
    fill(3, "globex")
    cursor = json.loads(ask(LIST, query={"limit": "1"})["body"])["nextCursor"]
    globex = person("globex", "Tenant.Admin")
    for who, more in ((globex, {}), (ADMIN, {"order": "oldest"}), (ADMIN, {"action": "file."})):
        answer = ask(LIST, who, query={"cursor": cursor, **more})
        assert json.loads(answer["body"])["code"] == "INVALID_CURSOR"


BAD = [
    (LIST, {"order": "up"}),
    (LIST, {"action": "Member"}),
    (LIST, {"action": ""}),
    (LIST, {"action": "a" * 40}),
    (LIST, {"action": "file.\u0430"}),
    (LIST, {"limit": "101"}),
    (LIST, {"tenantId": "globex"}),
    (EXPORT, {"format": "xml"}),
    (EXPORT, {"after": "-1"}),
    (EXPORT, {"after": "1e3"}),
    (EXPORT, {"after": "\u0661"}),
    (EXPORT, {"after": "1" * 13}),
    (EXPORT, {"through": "x"}),
    (EXPORT, {"limit": "5"}),
]


@pytest.mark.parametrize(("route", "query"), BAD)
def test_a_bad_query_is_named_and_exports_nothing(route: str, query: dict[str, str], ask: Ask) -> None:
    answer = ask(route, query=query)
    assert answer["statusCode"] == 400
    assert json.loads(answer["body"])["errors"][0]["pointer"] == f"?{next(iter(query))}"
    assert table("ledger").scan()["Items"] == []


OTHERS = [
    *(person("acme", role) for role in ("Tenant.Guest", "Tenant.Viewer", "Tenant.Developer", "")),
    *(person("", role) for role in ("Platform.Operator", "Platform.Admin")),
    KEY | {"scopes": "audit:write tenant:read"},
]


@pytest.mark.parametrize("who", OTHERS, ids=lambda who: f"{who['credential']} {who['roles']}")
def test_the_log_is_for_the_tenants_administrators(who: dict[str, str], ask: Ask) -> None:
    fill(1)
    assert (ask(LIST, who)["statusCode"], ask(EXPORT, who)["statusCode"]) == (403, 403)
    assert len(items(ask(LIST))) == 1


def test_a_key_with_the_scope_reads_and_its_export_is_entered_as_its_own(ask: Ask) -> None:
    fill(1)
    assert len(lines(ask(EXPORT, KEY))) == 1
    assert items(ask(LIST, KEY))[0]["principalId"] == "key:key_1"


def test_a_tenant_reads_its_own_log_only(ask: Ask) -> None:
    fill(2)
    globex = person("globex", "Tenant.Admin")
    assert items(ask(LIST, globex)) == []
    assert ask(EXPORT, globex)["body"] == ""
    assert [item["action"] for item in items(ask(LIST, globex))] == ["audit.exported"]
    assert len(items(ask(LIST))) == 2


# The export


def test_an_export_holds_the_log_in_order_with_hashes_that_follow(ask: Ask) -> None:
    fill(5, note="Größe")
    answer = ask(EXPORT)
    assert answer["headers"]["content-type"] == "application/x-ndjson; charset=utf-8"
    assert answer["headers"]["content-disposition"] == 'attachment; filename="audit-acme-1-5.jsonl"'
    assert "link" not in answer["headers"]
    found = lines(answer)
    assert [entry["seq"] for entry in found] == [1, 2, 3, 4, 5]
    assert first_break(found) is None
    assert found[0]["principalId"] == "usr:1:ada"


def test_an_export_is_itself_entered_before_it_is_handed_out(ask: Ask) -> None:
    fill(2)
    ask(EXPORT, query={"format": "csv", "after": "1"})
    newest = items(ask(LIST))[0]
    assert (newest["seq"], newest["action"], newest["target"]) == (3, "audit.exported", "acme")
    assert newest["detail"] == {"after": 1, "format": "csv", "principalId": ADMIN["principalId"], "through": 2}


def test_what_cannot_be_entered_is_not_handed_out(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(1)
    monkeypatch.setattr(AuditLog, "append", lambda *_given: (_ for _ in ()).throw(RuntimeError("down")))
    answer = ask(EXPORT)
    assert answer["statusCode"] == 500
    assert "fil_1" not in answer["body"]


@pytest.mark.usefixtures("ask")
def test_an_export_in_pieces_ends_and_is_complete() -> None:
    from lambdas.audit import handler

    fill(7)
    small = replace(handler.build(), most_entries=2)
    handle = lambda_handler(handler.ROUTES, lambda: small)
    seen: list[int] = []
    query: dict[str, str] = {}
    pieces = 0
    while True:
        answer = handle(event(EXPORT, authorizer=ADMIN, query=query), None)
        seen += [entry["seq"] for entry in lines(answer)]
        pieces += 1
        if "link" not in answer["headers"]:
            break
        assert pieces < 10
        target = answer["headers"]["link"].removeprefix("<").partition(">")[0]
        query = dict(pair.split("=") for pair in target.partition("?")[2].split("&"))
    assert (seen, pieces) == (list(range(1, 8)), 4)
    assert query["through"] == "7"


def test_an_erased_detail_is_left_out_and_the_chain_still_holds(ask: Ask) -> None:
    fill(3, name="secret.csv")
    table("ops").delete_item(Key=keys.audit_detail_key(TenantId("acme"), 2)._asdict())
    found = lines(ask(EXPORT))
    assert not {"detail", "salt", "principalId"} & set(found[1])
    assert first_break(found) is None
    assert "detail" not in items(ask(LIST, query={"order": "oldest"}))[1]


FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "'=1", "\uff1d1+1"]


def test_no_cell_of_a_csv_export_is_calculated_by_a_spreadsheet(ask: Ask) -> None:
    chain = log()
    for text in FORMULAS:
        chain.append(AuditDraft("file.deleted", text, detail={"=cmd": text}))
    answer = ask(EXPORT, query={"format": "csv"})
    assert answer["headers"]["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer["body"], newline="")))
    assert [row["target"] for row in rows] == [f"'{text}" for text in FORMULAS]
    assert not [cell for row in rows for cell in row.values() if cell.startswith(tuple("=+-@\t\r\uff1d"))]
    assert json.loads(rows[0]["detail"])["=cmd"] == "=1+1"
