import hashlib
import re
import zlib
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_access_lib import keys
from data_access_lib.errors import InvalidIdentifier, InvalidTenantId
from data_access_lib.tenant import PLATFORM, TenantId
from platform_kit.ids import new_id

ACME = TenantId("acme")
HEX = "0192" + "0" * 28
HOSTILE = [
    "", "#", "/", "..", "run_", "run", f"run_{HEX}#", f"run_{HEX}\n",
    f"run_{HEX.upper()}x", f"run_{'A' * 32}", f"ses_{HEX[:-1]}",
    "META", "\0", "a" * 5000, "r\u03c5n_" + HEX, f"run_{HEX[:-1]}٣", None, 7, b"run_" + HEX.encode(),
]  # fmt: skip


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (lambda: keys.tenant_key(ACME), ("TENANT#platform#TENANT", "acme")),
        (lambda: keys.tenant_key(PLATFORM), ("TENANT#platform#TENANT", "platform")),
        (lambda: keys.issuer_key("https://id/"), ("TENANT#platform#ISSUER", sha("https://id/")[:32])),
        (lambda: keys.template_key("echo-agent"), ("TENANT#platform#TEMPLATE", "echo-agent")),
        (lambda: keys.version_key("echo-agent", f"ver_{HEX}"), ("TENANT#platform#VERSION#echo-agent", f"ver_{HEX}")),
        (lambda: keys.version_index(f"ver_{HEX}"), ("TENANT#platform#VERSION_ID", f"ver_{HEX}")),
        (lambda: keys.instance_key(ACME, "echo-agent"), ("TENANT#acme#INSTANCE", "echo-agent")),
        (lambda: keys.data_key_key(ACME, 7), ("TENANT#acme#DATAKEY", "NUMBER#0000000007")),
        (lambda: keys.data_key_head_key(ACME), ("TENANT#acme#DATAKEY", "META")),
        (lambda: keys.user_key(ACME, f"usr_{HEX}"), ("TENANT#acme#USER", f"usr_{HEX}")),
        (lambda: keys.member_key(ACME, "usr:1:ada"), (f"TENANT#acme#MEMBER#{sha('usr:1:ada')}", "META")),
        (lambda: keys.run_key(ACME, f"run_{HEX}"), (f"TENANT#acme#RUN#run_{HEX}", "META")),
        (lambda: keys.event_key(ACME, f"run_{HEX}", 7), (f"TENANT#acme#RUN#run_{HEX}", "EVENT#0000000007")),
        (lambda: keys.event_key(ACME, f"run_{HEX}", 0), (f"TENANT#acme#RUN#run_{HEX}", "EVENT#0000000000")),
        (lambda: keys.job_key(ACME, f"job_{HEX}"), (f"TENANT#acme#JOB#job_{HEX}", "META")),
        (lambda: keys.session_key(ACME, f"ses_{HEX}"), (f"TENANT#acme#SESSION#ses_{HEX}", "META")),
        (
            lambda: keys.session_index(ACME, "usr:1:ada", f"ses_{HEX}"),
            (f"TENANT#acme#SESSIONS#{sha('usr:1:ada')[:16]}", f"ses_{HEX}"),
        ),
        (
            lambda: keys.session_run_key(ACME, f"ses_{HEX}", f"run_{HEX}"),
            (f"TENANT#acme#SESSION#ses_{HEX}", f"RUN#run_{HEX}"),
        ),
        (lambda: keys.file_key(ACME, f"fil_{HEX}"), (f"TENANT#acme#FILE#fil_{HEX}", "META")),
        (lambda: keys.budget_key(ACME, 3, "2026-12"), ("TENANT#acme#BUDGET#3", "2026-12")),
        (lambda: keys.operation_key(f"opn_{HEX}"), ("TENANT#platform#OPERATION", f"opn_{HEX}")),
        (lambda: keys.grant_key(ACME, f"brk_{HEX}"), ("TENANT#platform#BREAKGLASS#acme", f"brk_{HEX}")),
        (lambda: keys.bff_session_key("cookie"), (f"TENANT#platform#BFFSESSION#{sha('cookie')}", "META")),
        (
            lambda: keys.security_event_key(ACME, date(2026, 3, 4), f"evt_{HEX}"),
            ("TENANT#acme#SECURITY#2026-03-04", f"evt_{HEX}"),
        ),
        (
            lambda: keys.security_event_key(PLATFORM, date(2026, 3, 4), f"evt_{HEX}"),
            ("TENANT#platform#SECURITY#2026-03-04", f"evt_{HEX}"),
        ),
        (
            lambda: keys.idempotency_key(ACME, "usr:1:ada", "POST /v1/files", "k"),
            (f"TENANT#acme#IDEM#{sha('9:usr:1:ada|14:POST /v1/files|1:k')[:40]}", "META"),
        ),
    ],
)
def test_each_entity_has_its_key(made: Callable[[], tuple[str, str]], expected: tuple[str, str]) -> None:
    assert tuple(made()) == expected


def test_lists_of_sharded_entities_are_spread_by_the_checksum_of_the_id() -> None:
    run_id, file_id = f"run_{HEX}", f"fil_{HEX}"
    assert keys.run_index(ACME, run_id) == (f"TENANT#acme#RUNS#{zlib.crc32(run_id.encode()) % 4}", run_id)
    assert keys.file_index(ACME, file_id) == (f"TENANT#acme#FILES#{zlib.crc32(file_id.encode()) % 4}", file_id)
    assert {keys.shard_of(new_id("run")) for _ in range(200)} == {0, 1, 2, 3}


def test_documents_of_our_own_are_told_by_their_key() -> None:
    assert keys.is_document(keys.output_object(ACME, f"run_{HEX}"))
    others = (keys.file_object(ACME, f"fil_{HEX}", "output.json"), keys.marker_object(ACME))
    assert not any(
        keys.is_document(key) for key in (*others, "tenants/acme/runs/a/b/output.json", "runs/x/output.json")
    )


@pytest.mark.parametrize("number", [-1, 0, 2**32])
def test_data_keys_are_numbered_from_one_in_four_bytes(number: int) -> None:
    assert keys.data_key_key(ACME, 2**32 - 1).sk == "NUMBER#4294967295"
    with pytest.raises(InvalidIdentifier):
        keys.data_key_key(ACME, number)


@pytest.mark.parametrize("shard", [-1, 4, 100])
def test_there_are_four_shards(shard: int) -> None:
    for partition in (keys.runs_partition, keys.files_partition):
        with pytest.raises(InvalidIdentifier):
            partition(ACME, shard)
    with pytest.raises(InvalidIdentifier):
        keys.budget_key(ACME, shard, "2026-01")


BY_ID: list[tuple[str, str, Callable[[Any], object]]] = [
    ("run", "run", lambda i: keys.run_key(ACME, i)),
    ("run", "run", lambda i: keys.run_index(ACME, i)),
    ("run", "run", lambda i: keys.event_key(ACME, i, 1)),
    ("run", "run", lambda i: keys.output_object(ACME, i)),
    ("job", "job", lambda i: keys.job_key(ACME, i)),
    ("ses", "session", lambda i: keys.session_key(ACME, i)),
    ("ses", "session", lambda i: keys.session_index(ACME, "p", i)),
    ("ses", "session", lambda i: keys.session_run_key(ACME, i, f"run_{HEX}")),
    ("run", "run", lambda i: keys.session_run_key(ACME, f"ses_{HEX}", i)),
    ("fil", "file", lambda i: keys.file_key(ACME, i)),
    ("fil", "file", lambda i: keys.file_index(ACME, i)),
    ("fil", "file", lambda i: keys.file_object(ACME, i, "n")),
    ("usr", "user", lambda i: keys.user_key(ACME, i)),
    ("opn", "operation", keys.operation_key),
    ("ver", "version", lambda i: keys.version_key("echo-agent", i)),
    ("ver", "version", keys.version_index),
    ("evt", "event", lambda i: keys.security_event_key(ACME, date(2026, 1, 1), i)),
]


@pytest.mark.parametrize(("prefix", "kind", "make"), BY_ID)
def test_an_id_of_another_form_is_nothing_that_exists(prefix: str, kind: str, make: Callable[[Any], object]) -> None:
    make(f"{prefix}_{HEX}")
    for hostile in [*HOSTILE, f"xyz_{HEX}", f"{prefix}_{HEX}0", f" {prefix}_{HEX}"]:
        if hostile == f"{prefix}_{HEX}":
            continue
        with pytest.raises((InvalidIdentifier, AttributeError)) as caught:
            make(hostile)
        if isinstance(hostile, str):
            assert caught.value.args == (f"There is no such {kind}.",)


@pytest.mark.parametrize(
    "agent", ["", "Echo", "-echo", "echo-", "echo agent", "echo#1", "../x", "e" * 64, "écho", None, 5]
)
def test_an_agent_name_has_a_grammar(agent: Any) -> None:
    makers: list[Callable[[Any], object]] = [
        keys.template_key,
        keys.versions_partition,
        lambda a: keys.instance_key(ACME, a),
    ]
    for make in makers:
        with pytest.raises(InvalidIdentifier, match=r"^There is no such agent\.$"):
            make(agent)


@pytest.mark.parametrize("agent", ["e", "e1", "echo-agent", "e--e", "e" * 63])
def test_an_agent_name_may_be(agent: str) -> None:
    assert keys.agent_name(agent) == agent


@pytest.mark.parametrize(
    "month", ["", "2026", "2026-13", "2026-00", "2026-1", "2026-01-01", "2026-01\n", "٢\u0660٢٦-\u0660\u0661", "#"]
)
def test_a_month_is_a_month(month: str) -> None:
    with pytest.raises(InvalidIdentifier, match=r"^There is no such month\.$"):
        keys.budget_key(ACME, 0, month)


@pytest.mark.parametrize("seq", [-1, 10_000_000_000])
def test_a_sequence_number_has_ten_digits_at_most(seq: int) -> None:
    keys.event_key(ACME, f"run_{HEX}", 9_999_999_999)
    with pytest.raises(InvalidIdentifier, match=r"^There is no such event\.$"):
        keys.event_key(ACME, f"run_{HEX}", seq)


@given(st.integers(0, 9_999_999_998))
def test_events_sort_by_their_number(seq: int) -> None:
    assert keys.event_key(ACME, f"run_{HEX}", seq).sk < keys.event_key(ACME, f"run_{HEX}", seq + 1).sk
    assert keys.event_key(ACME, f"run_{HEX}", seq).sk.startswith(keys.event_prefix())


@pytest.mark.parametrize("owner", ["acme#", "a#b", "Acme", "", "..", "platform"])
def test_no_key_is_built_for_what_is_no_tenant(owner: Any) -> None:
    for make in (keys.instances_partition, keys.users_partition, keys.object_root):
        with pytest.raises(InvalidTenantId):
            make(owner)
    with pytest.raises(InvalidTenantId):
        keys.tenant_key(owner)


def test_objects_live_below_the_tenants_root() -> None:
    assert keys.object_root(ACME) == "tenants/acme/"
    assert keys.file_object(ACME, f"fil_{HEX}", "a b.csv") == f"tenants/acme/files/fil_{HEX}/a_b.csv"
    assert keys.output_object(ACME, f"run_{HEX}") == f"tenants/acme/runs/run_{HEX}/output.json"


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("report.csv", "report.csv"),
        ("Q3 report (final).csv", "Q3_report_final_.csv"),
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\x.txt", "x.txt"),
        ("..", "file"),
        ("", "file"),
        ("/", "file"),
        (".hidden", "hidden"),
        ("résumé.pdf", "resume.pdf"),
        ("日本", "file"),
        ("a\0b\nc", "a_b_c"),
        ("x" * 200 + ".csv", "x" * 124 + ".csv"),
        ("x" + "." * 200, "file"),
        ("\ud800a", "a"),
    ],
)
def test_a_file_name_is_made_safe(name: str, safe: str) -> None:
    assert keys.safe_name(name) == safe


@given(st.text(max_size=300))
def test_a_safe_name_is_one_plain_segment(name: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}", keys.safe_name(name))


@given(st.tuples(*[st.text(max_size=8)] * 3), st.tuples(*[st.text(max_size=8)] * 3))
def test_two_requests_share_a_record_only_when_all_their_parts_agree(
    one: tuple[str, str, str], other: tuple[str, str, str]
) -> None:
    assert (keys.idempotency_key(ACME, *one) == keys.idempotency_key(ACME, *other)) == (one == other)


def test_parts_of_a_request_cannot_be_shifted_into_one_another() -> None:
    assert keys.idempotency_key(ACME, "a|b", "c", "d") != keys.idempotency_key(ACME, "a", "b|c", "d")
    assert keys.idempotency_key(ACME, "a", "b", "\ud800") != keys.idempotency_key(ACME, "a", "b", "?")


@pytest.mark.parametrize(("pk", "owner"), [("TENANT#acme#RUN#x", "acme"), ("TENANT#acme-2#USER", "acme-2")])
def test_the_owner_of_a_partition_is_read_back(pk: str, owner: str) -> None:
    assert keys.tenant_of(pk) == owner
    assert isinstance(keys.tenant_of(pk), TenantId)


def test_the_platform_is_recognised_as_an_owner() -> None:
    assert keys.tenant_of("TENANT#platform#TENANT") is PLATFORM


@pytest.mark.parametrize(
    "pk", ["", "TENANT#acme", "TENANT##RUN", "tenant#acme#RUN", "XTENANT#acme#RUN", "TENANT#Acme#RUN"]
)
def test_a_partition_without_an_owner_is_refused(pk: str) -> None:
    with pytest.raises(InvalidIdentifier, match=r"^There is no such (key|tenant)\.$"):
        keys.tenant_of(pk)


@pytest.mark.parametrize(("pk", "kind"), [("TENANT#acme#RUN#run_1", "RUN"), ("TENANT#acme#AUDITHEAD", "AUDITHEAD")])
def test_the_kind_of_a_partition_is_read_back(pk: str, kind: str) -> None:
    assert keys.kind_of(pk) == kind


@pytest.mark.parametrize("pk", ["", "TENANT#acme", "TENANT#acme#", "TENANT#acme#run", "RUN"])
def test_a_partition_without_a_kind_is_refused(pk: str) -> None:
    with pytest.raises(InvalidIdentifier, match=r"^There is no such key\.$"):
        keys.kind_of(pk)


def test_an_item_stands_on_its_tenants_roll_by_its_partition() -> None:
    key = keys.run_key(ACME, f"run_{HEX}")
    roll = keys.roll_index(*key)
    assert roll["gsi2sk"] == key.pk
    assert (
        roll["gsi2pk"] == keys.roll_partition(ACME, keys.shard_of(key.pk)) == f"TENANT#acme#ROLL#{roll['gsi2pk'][-1]}"
    )


def test_what_needs_no_place_on_the_roll_has_none() -> None:
    children = [keys.event_key(ACME, f"run_{HEX}", 1), keys.session_run_key(ACME, f"ses_{HEX}", f"run_{HEX}")]
    for key in (*children, keys.tenant_key(ACME), keys.operation_key(f"opn_{HEX}"), keys.audit_key(ACME, 1)):
        assert keys.roll_index(*key) == {}


def test_a_certificate_is_kept_by_tenant_and_operation() -> None:
    assert keys.certificate_object(ACME, f"opn_{HEX}") == f"certificates/acme/opn_{HEX}.json"


@pytest.mark.parametrize("name", ["manifest.json", "part-000001.jsonl"])
def test_a_file_of_an_export_lies_below_the_tenants_exports(name: str) -> None:
    assert keys.export_object(ACME, f"opn_{HEX}", name) == f"{keys.exports_root(ACME)}opn_{HEX}/{name}"


@pytest.mark.parametrize(
    "name", ["", "..", "../x", "part-1.jsonl", "part-000001.jsonl/x", "part-00000\u0661.jsonl", "manifest"]
)
def test_no_other_file_is_in_an_export(name: str) -> None:
    with pytest.raises(InvalidIdentifier):
        keys.export_object(ACME, f"opn_{HEX}", name)


def test_iam_patterns_end_the_tenant_with_the_separator() -> None:
    assert keys.LEADING_KEYS_OF_SESSION_TAG == "TENANT#${aws:PrincipalTag/tenant}#*"
    assert keys.OBJECTS_OF_SESSION_TAG == "tenants/${aws:PrincipalTag/tenant}/*"
    assert keys.LEADING_KEYS_OF_PLATFORM == "TENANT#platform#*"
    assert keys.owner_prefix(ACME) == "TENANT#acme#"


def test_a_sessions_history_shares_its_partition() -> None:
    key = keys.session_run_key(ACME, f"ses_{HEX}", f"run_{HEX}")
    assert key.pk == keys.session_key(ACME, f"ses_{HEX}").pk
    assert key.sk.startswith(keys.session_run_prefix())


def test_a_tenants_part_of_the_bucket_has_a_marker() -> None:
    assert keys.marker_object(ACME) == "tenants/acme/.tenant"
