"""Every kind of data has a term, or a reason to have none; the table in the documentation says what the code does."""

import ast
import re
from datetime import timedelta
from pathlib import Path

import pytest

from data_access_lib.inventory import KINDS, kind
from data_access_lib.retention import EXPORTS, TERMS, UNRECORDED, UNTIL_DELETED
from lambdas.lifecycle.certificate import SECURITY

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs" / "tenant-lifecycle.md"
ROW = re.compile(r"^\| `([A-Z]+)` \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)


def words(span: timedelta) -> str:
    hours = int(span.total_seconds()) // 3600
    number, unit = (hours // 24, "day") if hours % 24 == 0 and hours > 24 else (hours, "hour")
    return f"{number} {unit}{'s' if number != 1 else ''}"


def rows() -> dict[str, str]:
    """What the table must say of each kind."""
    terms = {name: f"{words(term.span)} after {term.since}" for name, term in TERMS.items()}
    return terms | {
        found.name: "beyond the tenant" if found.kept else "until it is removed, or the tenant"
        for found in KINDS
        if found.name not in TERMS
    }


def test_every_kind_has_a_term_or_is_kept_for_a_reason_and_never_two_of_them() -> None:
    kept = {found.name for found in KINDS if found.kept}
    assert TERMS.keys() | UNTIL_DELETED | kept == {found.name for found in KINDS}
    assert len(TERMS) + len(UNTIL_DELETED) + len(kept) == len(KINDS)


def test_nothing_in_the_ledger_has_a_term() -> None:
    assert [name for name in TERMS if kind(name).table == "ledger"] == []


def test_the_documentation_has_the_table() -> None:
    found = {name: (holds, told) for name, holds, told in ROW.findall(DOCUMENT.read_text())}
    assert {name: told for name, (_, told) in found.items()} == rows()
    assert {name: holds for name, (holds, _) in found.items()} == {found.name: found.holds for found in KINDS}


def test_the_documentation_names_the_terms_of_objects() -> None:
    text = DOCUMENT.read_text()
    assert f"exports are kept for {words(EXPORTS.span)}" in text
    assert f"{words(UNRECORDED.span)} after {UNRECORDED.since}" in text


def test_the_certificate_promises_what_the_terms_say() -> None:
    assert TERMS["SECURITY"].span == SECURITY


@pytest.mark.parametrize("path", sorted((ROOT / "data_access_lib").rglob("*.py")), ids=lambda path: path.stem)
def test_what_writes_a_ttl_takes_its_term_from_the_table(path: Path) -> None:
    """A second number beside the table would be the one that counts. Credentials are the platform's, not a tenant's."""
    source = path.read_text()
    writes = any(isinstance(node, ast.Constant) and node.value == "ttl" for node in ast.walk(ast.parse(source)))
    says_nothing = {"retention", "records", "credentials", "invites"}
    assert not writes or path.stem in says_nothing or "TERMS[" in source or "RETENTION" in source
