import json
from typing import Any

import pytest

from data_access_lib.keys import credential_key
from data_access_lib.repositories.audit import AuditLog
from platform_kit import aws_roles
from tests.functional.api_keys.conftest import GLOBEX_ADMIN, Ask
from tests.functional.moto_platform import person, table

ADD = "POST /v1/aws-callers"
LIST = "GET /v1/aws-callers"
REMOVE = "DELETE /v1/aws-callers/{id}"
ROLE = "arn:aws:iam::123456789012:role/ci"
GOOD = {"name": "ci", "roleArn": ROLE, "scopes": ["agents:invoke"]}


def credential(role: str = ROLE) -> dict[str, Any]:
    return dict(table("control").get_item(Key=credential_key(aws_roles.digest(role))._asdict()).get("Item") or {})


def add(ask: Ask, who: dict[str, str] | None = None, **changes: Any) -> Any:
    more = (who,) if who else ()
    made = ask(ADD, *more, body={**GOOD, **changes})
    assert made.status == 201, made.json
    return made.json


def test_a_role_is_bound_with_its_grant(ask: Ask) -> None:
    made = add(ask, agents=["echo-agent"], domains=["finance"], ipAllow=["192.0.2.1"])
    expected = {"kind": "aws", "tenantId": "acme", "id": made["callerId"], "status": "active", "environment": "prod"}
    assert credential().items() >= expected.items()
    assert (credential()["scopes"], credential()["agents"]) == (["agents:invoke"], ["echo-agent"])
    assert credential()["domains"] == ["finance"] == made["domains"]
    assert "claimedUntil" not in credential()
    assert ask(LIST).json["items"] == [made]
    assert made["roleArn"] == ROLE


def test_a_role_belongs_to_one_tenant_whatever_path_it_is_written_with(ask: Ask) -> None:
    add(ask, roleArn="arn:aws:iam::123456789012:role/team/ci")
    for who in (GLOBEX_ADMIN, person("acme", "Tenant.Admin")):
        answer = ask(ADD, who, body={**GOOD, "roleArn": "arn:aws:iam::123456789012:role/other/ci"})
        assert (answer.status, answer.json["code"]) == (409, "CONFLICT")
        assert "acme" not in answer.json["detail"]
    assert ask(LIST, GLOBEX_ADMIN).json["items"] == []
    assert credential()["tenantId"] == "acme"


def test_a_removed_role_calls_no_more_and_may_be_bound_anew(ask: Ask) -> None:
    made = add(ask)
    assert ask(REMOVE, path={"id": made["callerId"]}).status == 204
    assert credential()["status"] == "revoked"
    assert ask(LIST).json["items"] == []
    assert ask(REMOVE, path={"id": made["callerId"]}).status == 404
    add(ask, GLOBEX_ADMIN)
    assert (credential()["tenantId"], credential()["status"]) == ("globex", "active")


def test_removing_anothers_caller_does_nothing(ask: Ask) -> None:
    made = add(ask)
    assert ask(REMOVE, GLOBEX_ADMIN, path={"id": made["callerId"]}).status == 404
    assert credential()["status"] == "active"


def test_a_repeated_request_binds_once(ask: Ask) -> None:
    headers = {"Idempotency-Key": "k1"}
    first = ask(ADD, body=GOOD, headers=headers)
    again = ask(ADD, body=GOOD, headers=headers)
    assert again.json == first.json
    assert again.headers["idempotency-replayed"] == "true"


@pytest.mark.parametrize(
    "role", ["", "ci", "arn:aws:iam::123456789012:user/ada", "arn:aws:iam::123456789012:root", ROLE + "/*", "*"]
)
def test_what_is_no_role_is_named(role: str, ask: Ask) -> None:
    answer = ask(ADD, body={**GOOD, "roleArn": role})
    assert (answer.status, answer.json["errors"][0]["pointer"]) == (400, "/roleArn")


def test_a_session_of_a_role_is_no_role(ask: Ask) -> None:
    arn = "arn:aws:sts::123456789012:assumed-role/ci/s1"
    assert ask(ADD, body={**GOOD, "roleArn": arn}).status == 400


def test_a_tenant_has_a_bounded_number_of_callers(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lambdas.api_keys.aws_callers.MOST_CALLERS", 1)
    add(ask)
    assert ask(ADD, body={**GOOD, "roleArn": ROLE + "2"}).status == 422


def test_changes_are_audited(ask: Ask) -> None:
    made = add(ask)
    ask(REMOVE, path={"id": made["callerId"]})
    entries = [item for item in table("ledger").scan()["Items"] if item["pk"] == "TENANT#acme#AUDIT"]
    assert sorted(str(item["action"]) for item in entries) == ["aws_caller.created", "aws_caller.deleted"]
    assert {item["target"] for item in entries} == {made["callerId"]}
    details = [item for item in table("ops").scan()["Items"] if item["pk"].startswith("TENANT#acme#AUDITDETAIL")]
    assert [ROLE in json.dumps(item, default=str) for item in details] == [True, True]


def test_a_binding_that_stops_half_way_opens_nothing_and_can_be_repeated(
    ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(AuditLog, "commit", lambda *_: 1 / 0)
        assert ask(ADD, body=GOOD).status == 500
    assert credential()["status"] == "pending"
    assert ask(LIST).json["items"] == []
    assert ask(ADD, GLOBEX_ADMIN, body=GOOD).status == 409
    add(ask)
    assert credential()["status"] == "active"
