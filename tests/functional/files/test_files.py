from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest

from tests.functional.moto_platform import (
    TENANT_BUCKET,
    Answer,
    event,
    person,
    platform_on_moto,
    put_flag,
    put_switch,
    switch_on,
    table,
)

Ask = Callable[..., Answer]
ACME = person("acme")
GLOBEX = person("globex")
GOOD = {"name": "flights.csv", "contentType": "text/csv", "bytes": 5}


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ask]:
    from lambdas.files import handler

    handler.build.cache_clear()
    handler._dynamodb.cache_clear()
    handler._secrets.cache_clear()
    with platform_on_moto(monkeypatch):
        switch_on()
        yield lambda route, who=ACME, **parts: Answer.of(handler.handle(event(route, authorizer=who, **parts), None))


def create(ask: Ask, who: dict[str, str] = ACME, **changes: Any) -> Answer:
    made = ask("POST /v1/files", who, body={**GOOD, **changes})
    assert made.status == 201, made.json
    return made


def upload(ask: Ask, content: bytes = b"a,b\n1", who: dict[str, str] = ACME) -> str:
    made = create(ask, who).json
    boto3.client("s3").put_object(Bucket=TENANT_BUCKET, Key=made["key"], Body=content, ContentType="text/csv")
    return str(made["fileId"])


def test_a_described_file_gets_an_upload_address_that_binds_key_type_and_size(ask: Ask) -> None:
    made = create(ask)
    found = made.json
    assert made.headers["location"] == f"/v1/files/{found['fileId']}"
    assert found["key"] == f"tenants/acme/files/{found['fileId']}/flights.csv"
    assert found["key"] in found["uploadUrl"]
    assert "content-length%3Bcontent-type%3Bhost" in found["uploadUrl"]
    assert found["expiresAt"].endswith("Z")


def test_an_uploaded_file_is_shown_with_its_real_size_and_a_download_address(ask: Ask) -> None:
    file_id = upload(ask, b"123456789")
    found = ask("GET /v1/files/{id}", path={"id": file_id})
    assert found.status == 200
    assert (found.json["name"], found.json["bytes"], found.json["contentType"]) == ("flights.csv", 9, "text/csv")
    assert "X-Amz-Signature" in found.json["downloadUrl"]
    assert "key" not in found.json


def test_a_file_that_was_never_uploaded_says_so(ask: Ask) -> None:
    file_id = create(ask).json["fileId"]
    found = ask("GET /v1/files/{id}", path={"id": file_id})
    assert found.status == 409
    assert "uploadUrl" in found.json["detail"]


def test_deleting_removes_bytes_and_record(ask: Ask) -> None:
    file_id = upload(ask)
    assert ask("DELETE /v1/files/{id}", path={"id": file_id}).status == 204
    assert ask("GET /v1/files/{id}", path={"id": file_id}).status == 404
    assert "Contents" not in boto3.client("s3").list_objects_v2(Bucket=TENANT_BUCKET)
    assert ask("DELETE /v1/files/{id}", path={"id": file_id}).status == 404


def test_a_list_is_paged_newest_first_and_complete(ask: Ask) -> None:
    made = [create(ask, name=f"{n}.csv").json["fileId"] for n in range(7)]
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = ask("GET /v1/files", query={"limit": "3", **cursor}).json
        seen += [item["fileId"] for item in page["items"]]
        if "nextCursor" not in page:
            break
        cursor = {"cursor": page["nextCursor"]}
    assert seen == made[::-1]


def test_one_tenant_neither_sees_nor_deletes_anothers_files(ask: Ask) -> None:
    file_id = upload(ask)
    for route in ("GET /v1/files/{id}", "DELETE /v1/files/{id}"):
        assert ask(route, GLOBEX, path={"id": file_id}).status == 404
    assert ask("GET /v1/files", GLOBEX).json["items"] == []
    assert ask("GET /v1/files/{id}", path={"id": file_id}).status == 200


def test_a_cursor_of_another_tenant_is_refused(ask: Ask) -> None:
    for _ in range(3):
        create(ask)
    cursor = ask("GET /v1/files", query={"limit": "1"}).json["nextCursor"]
    for who, value in ((GLOBEX, cursor), (ACME, cursor[:-2] + "AA"), (ACME, "x")):
        answer = ask("GET /v1/files", who, query={"cursor": value})
        assert (answer.status, answer.json["code"]) == (400, "INVALID_CURSOR")


def test_a_repeated_creation_is_one_file_with_a_fresh_address(ask: Ask) -> None:
    headers = {"Idempotency-Key": "k1"}
    first = ask("POST /v1/files", body=GOOD, headers=headers)
    again = ask("POST /v1/files", body=GOOD, headers=headers)
    assert first.json["fileId"] == again.json["fileId"]
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    assert len(ask("GET /v1/files").json["items"]) == 1


def test_no_presigned_address_is_kept(ask: Ask) -> None:
    ask("POST /v1/files", body=GOOD, headers={"Idempotency-Key": "k1"})
    assert "X-Amz" not in str(table("ops").scan()["Items"] + table("runs").scan()["Items"])


def test_a_key_used_again_with_another_body_is_a_conflict(ask: Ask) -> None:
    headers = {"Idempotency-Key": "k1"}
    ask("POST /v1/files", body=GOOD, headers=headers)
    answer = ask("POST /v1/files", body={**GOOD, "bytes": 6}, headers=headers)
    assert (answer.status, answer.json["code"]) == (409, "IDEMPOTENCY_MISMATCH")


def test_the_same_key_of_two_tenants_or_two_people_makes_two_files(ask: Ask) -> None:
    headers = {"Idempotency-Key": "k1"}
    people = (ACME, GLOBEX, person("acme", name="other"))
    assert len({ask("POST /v1/files", who, body=GOOD, headers=headers).json["fileId"] for who in people}) == 3


BAD = [
    ({"name": ""}, "/name"),
    ({"name": "../../etc/passwd"}, "/name"),
    ({"name": "a/b.csv"}, "/name"),
    ({"name": "a\\b.csv"}, "/name"),
    ({"name": "a\u0000.csv"}, "/name"),
    ({"name": "a\u202ecsv.exe"}, "/name"),
    ({"name": ".."}, "/name"),
    ({"name": "x" * 201}, "/name"),
    ({"name": 7}, "/name"),
    ({"contentType": "not a type"}, "/contentType"),
    ({"contentType": "text/csv\r\nx-evil: 1"}, "/contentType"),
    ({"contentType": "text"}, "/contentType"),
    ({"bytes": 0}, "/bytes"),
    ({"bytes": -1}, "/bytes"),
    ({"bytes": 1024**3 + 1}, "/bytes"),
    ({"bytes": "5"}, "/bytes"),
    ({"bytes": 1.5}, "/bytes"),
    ({"bytes": True}, "/bytes"),
    ({"tenantId": "globex"}, "/tenantId"),
]


@pytest.mark.parametrize(("change", "pointer"), BAD)
def test_a_bad_field_is_named(change: dict[str, object], pointer: str, ask: Ask) -> None:
    answer = ask("POST /v1/files", body={**GOOD, **change})
    assert answer.status == 400
    assert [item["pointer"] for item in answer.json["errors"]] == [pointer]
    assert table("runs").scan()["Items"] == []


@pytest.mark.parametrize("name", ["data.csv", "Größe 2026.csv", "日本.txt", "a+b (1).json", ".env"])
def test_an_ordinary_name_is_kept_and_its_key_is_plain(name: str, ask: Ask) -> None:
    made = create(ask, name=name).json
    assert made["key"].isascii()
    assert ask("GET /v1/files").json["items"][0]["name"] == name


@pytest.mark.parametrize("file_id", ["x", "fil_1", "..", "run_" + "0" * 32, "fil_" + "0" * 32])
def test_an_id_that_names_nothing_is_not_found(file_id: str, ask: Ask) -> None:
    assert ask("GET /v1/files/{id}", path={"id": file_id}).status == 404


def test_viewers_look_and_do_not_write(ask: Ask) -> None:
    viewer = person("acme", "Tenant.Viewer")
    assert ask("GET /v1/files", viewer).status == 200
    assert ask("POST /v1/files", viewer, body=GOOD).status == 403
    assert ask("GET /v1/files", person("", "Platform.Admin")).status == 403


def test_uploading_can_be_switched_off_by_tier_while_reading_goes_on(ask: Ask) -> None:
    file_id = upload(ask)
    put_flag("files.upload", enabled=True, rules=[{"tiers": ["premium"]}])
    forget()
    refused = ask("POST /v1/files", body=GOOD)
    assert (refused.status, refused.json["code"]) == (403, "CAPABILITY_DISABLED")
    assert ask("POST /v1/files", person("acme", tier="premium"), body=GOOD).status == 201
    assert ask("GET /v1/files/{id}", path={"id": file_id}).status == 200


@pytest.mark.parametrize(("scope", "target"), [("platform", "platform"), ("tenant", "acme")])
def test_a_kill_switch_stops_uploading(ask: Ask, scope: str, target: str) -> None:
    put_switch(scope, target)
    refused = ask("POST /v1/files", body=GOOD)
    assert (refused.status, refused.json["code"]) == (403, "KILL_SWITCH")
    assert ask("GET /v1/files").json["items"] == []


def forget() -> None:
    """A process that has read no flag yet."""
    from lambdas.files import handler

    handler.build.cache_clear()


def test_a_deletion_is_in_the_tenants_audit_log_without_the_files_name(ask: Ask) -> None:
    file_id = upload(ask)
    ask("DELETE /v1/files/{id}", path={"id": file_id})
    assert ask("DELETE /v1/files/{id}", path={"id": file_id}).status == 404
    entries = table("ledger").scan()["Items"]
    assert [(item["action"], item["target"], item["decision"]) for item in entries] == [
        ("file.deleted", file_id, "allowed")
    ]
    (detail,) = [item for item in table("ops").scan()["Items"] if item["pk"] == "TENANT#acme#AUDITDETAIL"]
    assert ACME["principalId"] in detail["detail"]
    assert "flights.csv" not in detail["detail"]


def test_what_cannot_be_entered_is_not_deleted(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    from data_access_lib.errors import StoreUnavailable
    from data_access_lib.repositories.audit import AuditLog

    def down(*_given: object) -> None:
        raise StoreUnavailable

    file_id = upload(ask)
    with monkeypatch.context() as broken:
        broken.setattr(AuditLog, "append", down)
        assert ask("DELETE /v1/files/{id}", path={"id": file_id}).status == 503
    assert "downloadUrl" in ask("GET /v1/files/{id}", path={"id": file_id}).json
