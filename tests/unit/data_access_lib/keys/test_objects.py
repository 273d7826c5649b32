"""Keys of objects."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_access_lib import keys
from data_access_lib.errors import InvalidIdentifier, InvalidTenantId
from data_access_lib.tenant import PLATFORM, TenantId

ACME = TenantId("acme")
HEX = "0192" + "0" * 28


def test_documents_of_our_own_are_told_by_their_key() -> None:
    assert keys.is_document(keys.output_object(ACME, f"run_{HEX}"))
    others = (keys.file_object(ACME, f"fil_{HEX}", "output.json"), keys.marker_object(ACME))
    others += (keys.result_object(ACME, f"run_{HEX}"),)
    assert not any(
        keys.is_document(key) for key in (*others, "tenants/acme/runs/a/b/output.json", "runs/x/output.json")
    )


def test_objects_live_below_the_tenants_root() -> None:
    assert keys.object_root(ACME) == "tenants/acme/"
    assert keys.file_object(ACME, f"fil_{HEX}", "a b.csv") == f"tenants/acme/files/fil_{HEX}/a_b.csv"
    assert keys.output_object(ACME, f"run_{HEX}") == f"tenants/acme/runs/run_{HEX}/output.json"
    assert keys.result_object(ACME, f"run_{HEX}") == f"tenants/acme/runs/run_{HEX}/result.json"


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


def test_a_tenants_part_of_the_bucket_has_a_marker() -> None:
    assert keys.marker_object(ACME) == "tenants/acme/.tenant"


def test_the_platforms_own_checkpoints_lie_beside_the_tenants_and_nothing_else_does() -> None:
    assert keys.audit_checkpoint_object(PLATFORM, 7) == "platform/audit/checkpoints/000000000007.json"
    assert keys.audit_checkpoint_object(ACME, 7) == "tenants/acme/audit/checkpoints/000000000007.json"
    with pytest.raises(InvalidTenantId):
        keys.object_root(PLATFORM)
