from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from data_access_lib import keys
from data_access_lib.repositories.audit import AuditDraft, AuditLog
from data_access_lib.repositories.files import Files
from data_access_lib.repositories.key_usage import KeyUsage
from data_access_lib.retention import EXPORTS, TERMS, UNRECORDED, due, may_be_due, object_due, sweep_of_day
from data_access_lib.tenant import PLATFORM, TenantId
from platform_kit.clock import rfc3339
from platform_kit.ids import id_at, is_id, made_at, new_id
from tests.stores import HandClock, Stores

ACME = TenantId("acme")
THEN = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
SPANS = {name: term.span for name, term in TERMS.items()}


def item(key: keys.Key, **fields: Any) -> dict[str, Any]:
    return {**key._asdict(), **fields}


def seconds(moment: datetime) -> int:
    return int(moment.timestamp())


def test_an_items_own_end_counts_before_all_else() -> None:
    old = item(keys.run_key(ACME, id_at("run", THEN)), ttl=7, createdAt=rfc3339(THEN))
    assert due(old) == 7


@pytest.mark.parametrize(
    ("key", "fields"),
    [
        (keys.file_key(ACME, id_at("fil", THEN + timedelta(days=9))), {"createdAt": rfc3339(THEN)}),
        (keys.session_key(ACME, id_at("ses", THEN - timedelta(days=9))), {"lastRunAt": rfc3339(THEN)}),
        (keys.file_key(ACME, id_at("fil", THEN)), {}),
        (keys.job_key(ACME, id_at("job", THEN)), {"runId": "run_1"}),
        (keys.invite_key(ACME, id_at("inv", THEN)), {}),
        (keys.key_usage_key(ACME, id_at("key", THEN)), {}),
        (keys.tenant_operation_key(ACME, id_at("opn", THEN)), {}),
        (keys.security_event_key(ACME, THEN.date(), id_at("evt", THEN)), {}),
    ],
    ids=lambda value: value.pk.split("#")[2] if isinstance(value, keys.Key) else None,
)
def test_without_one_it_is_as_old_as_its_times_or_its_id_say(key: keys.Key, fields: dict[str, Any]) -> None:
    assert due(item(key, **fields)) == seconds(THEN + SPANS[keys.kind_of(key.pk)])


@pytest.mark.parametrize(
    "key",
    [
        keys.instance_key(ACME, "echo-agent"),
        keys.user_key(ACME, id_at("usr", THEN)),
        keys.audit_head_key(ACME),
        keys.audit_key(ACME, 7),
        keys.tenant_key(ACME),
    ],
    ids=lambda key: key.pk,
)
def test_what_has_no_term_is_never_due_whatever_stands_in_it(key: keys.Key) -> None:
    assert due(item(key, ttl=1, createdAt=rfc3339(THEN))) is None
    assert not may_be_due(key.pk, THEN + timedelta(days=10_000))


def test_what_does_not_say_how_old_it_is_stays() -> None:
    assert due(item(keys.audit_detail_key(ACME, 7))) is None


def test_a_partition_younger_than_its_term_need_not_be_read() -> None:
    run = keys.run_key(ACME, id_at("run", THEN)).pk
    assert not may_be_due(run, THEN + timedelta(days=90, seconds=-1))
    assert may_be_due(run, THEN + timedelta(days=90))
    assert may_be_due(keys.audit_detail_key(ACME, 1).pk, THEN)


def test_objects_go_by_the_id_in_their_key() -> None:
    file, run, export = (id_at(prefix, THEN) for prefix in ("fil", "run", "opn"))
    assert object_due(ACME, keys.file_object(ACME, file, "a.csv")) == seconds(THEN + UNRECORDED.span)
    assert object_due(ACME, keys.output_object(ACME, run)) == seconds(THEN + UNRECORDED.span)
    assert object_due(ACME, keys.export_object(ACME, export, "manifest.json")) == seconds(THEN + EXPORTS.span)


@pytest.mark.parametrize(
    "name", [".tenant", "notes/a", "files/a", f"files/{'run_' + '0' * 32}/a", f"other/fil_{'0' * 32}/a", "exports/a/b"]
)
def test_an_object_that_is_nothing_we_made_stays(name: str) -> None:
    assert object_due(ACME, keys.object_root(ACME) + name) is None


def test_an_object_is_led_to_by_its_file_or_its_run() -> None:
    file, run = new_id("fil"), new_id("run")
    assert keys.record_of_object(ACME, keys.file_object(ACME, file, "a.csv")) == keys.file_key(ACME, file)
    assert keys.record_of_object(ACME, keys.output_object(ACME, run)) == keys.run_key(ACME, run)
    assert keys.record_of_object(ACME, keys.marker_object(ACME)) is None


def test_a_days_sweep_has_one_id_in_the_order_of_days() -> None:
    midnight = datetime(2026, 3, 4, tzinfo=UTC)
    ids = [sweep_of_day(midnight + timedelta(hours=hours)) for hours in (0, 23, 24)]
    assert ids[0] == ids[1] < ids[2]
    assert is_id(ids[0], "opn")
    assert made_at(ids[0]) == midnight


# What is written has its end with it


def stored_ttl(stores: Stores, table: str, key: keys.Key) -> int | None:
    found = stores.raw(table, *key)
    assert found is not None
    return int(found["ttl"]["N"]) if "ttl" in found else None


def test_a_files_record_ends_by_its_term(stores: Stores, clock: HandClock) -> None:
    file_id = new_id("fil")
    files = Files(stores.table(stores.runs), clock)
    files.create({"fileId": file_id})
    expected = seconds(clock.now() + SPANS["FILE"])
    assert stored_ttl(stores, stores.runs, keys.file_key(ACME, file_id)) == expected
    assert "ttl" not in files.get(file_id)


def test_the_use_of_a_key_is_kept_on_with_every_use(stores: Stores, clock: HandClock) -> None:
    key_id = new_id("key")
    usage = KeyUsage(stores.table(stores.ops), clock)
    for _ in range(2):
        clock.advance(days=30)
        usage.add(key_id, 1, rfc3339(clock.now()))
    expected = seconds(clock.now() + SPANS["KEYUSE"])
    assert stored_ttl(stores, stores.ops, keys.key_usage_key(ACME, key_id)) == expected


def test_an_audit_entrys_detail_ends_and_the_chain_does_not(stores: Stores, clock: HandClock) -> None:
    ledger, ops = stores.table(stores.ledger), stores.table(stores.ops)
    AuditLog(ledger, ops, clock).append(AuditDraft("a", "b"))
    expected = seconds(clock.now() + SPANS["AUDITDETAIL"])
    assert stored_ttl(stores, stores.ops, keys.audit_detail_key(ACME, 1)) == expected
    assert stored_ttl(stores, stores.ops, keys.audit_head_key(ACME)) is None
    assert stored_ttl(stores, stores.ledger, keys.audit_key(ACME, 1)) is None


def test_the_platforms_own_details_are_kept(stores: Stores, clock: HandClock) -> None:
    from data_access_lib.admin import PlatformServiceTable

    kinds = frozenset({"AUDIT", "AUDITHEAD", "AUDITDETAIL"})
    tables: list[Any] = [
        PlatformServiceTable(stores.client, name, "test", kinds, stores.signals)  # type: ignore[arg-type]  # watched
        for name in (stores.ledger, stores.ops)
    ]
    AuditLog(*tables, clock).append(AuditDraft("tenant.deleted", "acme"))
    assert stored_ttl(stores, stores.ops, keys.audit_detail_key(PLATFORM, 1)) is None
