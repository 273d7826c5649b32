from typing import Any

import pytest

from data_access_lib.admin import (
    AdminAccess,
    AdminContext,
    AdminTable,
    OpsAdminAudit,
    PlatformBucket,
    PlatformCatalogue,
    PlatformReader,
    PlatformServiceTable,
)
from data_access_lib.codec import decode_item
from data_access_lib.errors import InvalidObjectKey, OperatorRequired, StoreUnavailable, TenantAccessViolation
from data_access_lib.keys import Key
from data_access_lib.tenant import TenantId
from platform_kit.errors import NotFound
from tests.stores import HandClock, SeenAudit, Stores, WatchedClient, failure, raising

OPERATOR = AdminContext("usr:1:ops", ("Platform.Operator",), "ticket 7")
RECORD = Key("TENANT#platform#TENANT", "acme")


@pytest.fixture
def audit() -> SeenAudit:
    return SeenAudit()


@pytest.fixture
def table(stores: Stores, audit: SeenAudit) -> AdminTable:
    return AdminTable(stores.client, stores.control, OPERATOR, audit, stores.signals)  # type: ignore[arg-type]  # a double


@pytest.mark.parametrize("roles", [("Platform.Operator",), ("Platform.Admin",), ("Tenant.Admin", "Platform.Admin")])
def test_an_operator_is_one_by_role(roles: tuple[str, ...]) -> None:
    assert AdminContext("usr:1:ops", roles, "why").roles == roles


@pytest.mark.parametrize("roles", [(), ("Tenant.Admin",), ("platform.operator",), ("Platform.",), ("Platform.Viewer",)])
def test_nobody_else_is(roles: tuple[str, ...]) -> None:
    with pytest.raises(OperatorRequired, match=r"^This needs a platform operator\.$") as caught:
        AdminContext("usr:1:ada", roles, "why")
    assert caught.value.status == 403


def test_an_operator_has_a_name_and_a_reason() -> None:
    with pytest.raises(OperatorRequired, match=r"^This needs a platform operator\.$"):
        AdminContext("", ("Platform.Admin",), "why")
    for reason in ("", "  \n"):
        with pytest.raises(OperatorRequired, match=r"^An operator says why\.$"):
            AdminContext("usr:1:ops", ("Platform.Admin",), reason)


def test_an_operator_reads_and_writes_platform_partitions_and_is_audited(table: AdminTable, audit: SeenAudit) -> None:
    table.put({"pk": RECORD.pk, "sk": "acme", "name": "Acme"})
    table.update(RECORD, set_={"name": "ACME"})
    assert table.get(RECORD) == {"pk": RECORD.pk, "sk": "acme", "name": "ACME"}
    table.query(RECORD.pk)
    table.batch_get([RECORD, Key(RECORD.pk, "globex")])
    transaction = table.transaction()
    transaction.delete(table.name, RECORD)
    transaction.commit()
    target = f"{RECORD.pk}/acme"
    assert [(access.operation, access.target) for access in audit.accesses] == [
        ("put", target),
        ("update", target),
        ("get", target),
        ("query", RECORD.pk),
        ("batch_get", target),
        ("batch_get", f"{RECORD.pk}/globex"),
        ("transact_delete", target),
    ]
    assert {(a.principal_id, a.reason, a.resource) for a in audit.accesses} == {("usr:1:ops", "ticket 7", table.name)}
    assert table.admin is OPERATOR


def test_an_operator_cannot_reach_into_a_tenant(table: AdminTable, stores: Stores, audit: SeenAudit) -> None:
    with pytest.raises(TenantAccessViolation):
        table.get(Key("TENANT#acme#RUN#run_1", "META"))
    assert stores.client.calls == []
    assert audit.accesses == []
    [attempt] = stores.signals.attempts
    assert (attempt.tenant_id, attempt.principal_id) == ("platform", "usr:1:ops")


def test_what_cannot_be_audited_is_not_done(stores: Stores) -> None:
    class Broken:
        def record(self, access: AdminAccess) -> None:
            raise RuntimeError("down")

    table = AdminTable(stores.client, stores.control, OPERATOR, Broken(), stores.signals)  # type: ignore[arg-type]
    with pytest.raises(RuntimeError):
        table.get(RECORD)
    assert stores.client.calls == []


def test_an_access_is_written_as_a_security_event(clock: HandClock) -> None:
    client = WatchedClient()
    client.answers["put_item"] = lambda _: {}
    access = AdminAccess("usr:1:ops", "ticket 7", "get", "control", "TENANT#platform#TENANT/acme")
    OpsAdminAudit(lambda: client, "ops", clock=clock).record(access)  # type: ignore[arg-type,return-value]  # a double
    [(_, request)] = client.calls
    event = decode_item(request["Item"])
    assert request["TableName"] == "ops"
    assert event["eventId"].startswith("evt_")
    assert event == {
        "pk": "TENANT#platform#SECURITY#2026-03-04",
        "sk": event["eventId"],
        "eventId": event["eventId"],
        "type": "operator.access",
        "severity": "info",
        "principalId": "usr:1:ops",
        "reason": "ticket 7",
        "operation": "get",
        "resource": "control",
        "target": "TENANT#platform#TENANT/acme",
        "at": "2026-03-04T05:06:07.890Z",
        "ttl": 1772600767 + 400 * 86400,
    }


def test_an_access_that_cannot_be_written_is_told() -> None:
    client = WatchedClient()
    client.answers["put_item"] = raising(failure("AccessDeniedException"))
    with pytest.raises(Exception, match="AccessDenied"):
        OpsAdminAudit(lambda: client, "ops").record(AdminAccess("p", "r", "get", "c", "t"))  # type: ignore[arg-type,return-value]


def test_an_audit_that_is_out_of_reach_is_an_outage() -> None:
    client = WatchedClient()
    client.answers["put_item"] = raising(failure("ThrottlingException"))
    with pytest.raises(StoreUnavailable):
        OpsAdminAudit(lambda: client, "ops").record(AdminAccess("p", "r", "get", "c", "t"))  # type: ignore[arg-type,return-value]


def test_a_function_as_itself_keeps_to_the_kinds_it_was_given(stores: Stores) -> None:
    kinds = frozenset({"BFFSESSION"})
    table = PlatformServiceTable(stores.client, stores.ops, "bff", kinds, stores.signals)  # type: ignore[arg-type]
    key = Key("TENANT#platform#BFFSESSION#abc", "META")
    table.put({**key._asdict(), "a": 1})
    assert table.get(key) == {**key._asdict(), "a": 1}
    for pk in ("TENANT#platform#TENANT", "TENANT#acme#BFFSESSION#abc"):
        with pytest.raises(TenantAccessViolation):
            table.get(Key(pk, "acme"))
    assert {attempt.principal_id for attempt in stores.signals.attempts} == {"svc:bff"}


@pytest.mark.parametrize(
    "pk", ["TENANT#platform#OPERATION", "TENANT#platform#SECURITY#2026-01-01", "TENANT#acme#INSTANCE"]
)
def test_the_catalogues_reader_reads_the_catalogue_only(stores: Stores, pk: str) -> None:
    reader = PlatformReader(stores.client, stores.control, stores.signals)  # type: ignore[arg-type]
    assert reader.get(RECORD) is None
    with pytest.raises(TenantAccessViolation):
        reader.get(Key(pk, "x"))
    assert stores.signals.attempts[0].principal_id == "svc:catalogue"
    assert not any(hasattr(reader, verb) for verb in ("put", "update", "delete", "batch_write", "transaction"))


def test_the_catalogue_answers_what_functions_ask(stores: Stores, table: AdminTable) -> None:
    catalogue = PlatformCatalogue(stores.client, stores.control, stores.signals)  # type: ignore[arg-type]
    table.put({"pk": RECORD.pk, "sk": "acme", "tenantId": "acme", "status": "active"})
    assert catalogue.tenants.get(TenantId("acme")) == {"tenantId": "acme", "status": "active"}
    lookups: list[Any] = [
        lambda: catalogue.issuers.get("https://id/"),
        lambda: catalogue.templates.get("echo-agent"),
        lambda: catalogue.versions.get("echo-agent", "ver_" + "0" * 32),
        lambda: catalogue.versions.by_id("ver_" + "0" * 32),
    ]
    for look in lookups:
        with pytest.raises(NotFound):
            look()
    assert not stores.signals.attempts


def test_the_platforms_own_objects_are_kept_and_listed(stores: Stores) -> None:
    own = PlatformBucket(stores.s3, stores.bucket, "checkpoints", stores.signals)
    own.put("platform/audit/x.json", b"{}", if_absent=True)
    assert [key for key, _ in own.list("platform/audit/").objects] == ["platform/audit/x.json"]


@pytest.mark.parametrize(
    "key", ["tenants/acme/own.txt", "platform/../tenants/acme/own.txt", "platformer/x", "/platform/x"]
)
def test_no_tenants_object_is_reached_by_the_platforms_door(key: str, stores: Stores) -> None:
    own = PlatformBucket(stores.s3, stores.bucket, "checkpoints", stores.signals)
    for reach in (lambda: own.get(key), lambda: own.put(key, b"x"), lambda: own.list(key)):
        with pytest.raises((TenantAccessViolation, InvalidObjectKey)):
            reach()
