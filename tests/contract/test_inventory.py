"""Every kind of partition that a key can be built for stands in the inventory: nothing of a tenant's is forgotten."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from data_access_lib.inventory import INDEX_KINDS, KINDS, PLATFORM_KINDS, TABLES

KEYS = sorted((Path(__file__).resolve().parents[2] / "data_access_lib" / "keys").glob("*.py"))


def built(source: str) -> Iterator[tuple[str, str]]:
    """(owner, kind) of every call of `partition`: the owner is `PLATFORM`, or the name of a parameter."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "partition":
            owner, kind = node.args[0], node.args[1]
            if isinstance(kind, ast.Constant):
                yield ast.unparse(owner), str(kind.value)


def kinds(*, platform: bool) -> set[str]:
    """The kinds that a tenant may own, or the platform: a parameter called `owner` may be either."""
    found = {(owner == "PLATFORM", "owner" in owner, kind) for path in KEYS for owner, kind in built(path.read_text())}
    return {kind for of_platform, of_both, kind in found if of_both or of_platform == platform}


def test_every_kind_a_tenant_may_own_is_in_the_inventory() -> None:
    assert kinds(platform=False) == {kind.name for kind in KINDS} | (INDEX_KINDS - {"VERSION_ID", "EVALUATIONS"})


def test_every_kind_of_the_platform_says_what_becomes_of_a_deleted_tenants_items() -> None:
    mine = kinds(platform=True)
    assert mine <= set(PLATFORM_KINDS) | INDEX_KINDS
    assert set(PLATFORM_KINDS) - mine == {"IDEM"}  # an operator's requests are kept under the platform


def test_a_kind_stands_there_once_and_in_one_table() -> None:
    assert len({kind.name for kind in KINDS}) == len(KINDS)
    assert {kind.table for kind in KINDS} == set(TABLES)


def test_only_the_ledger_and_its_end_outlive_a_tenant() -> None:
    assert {kind.name for kind in KINDS if kind.kept} == {"AUDIT", "AUDITHEAD"}
    assert all(kind.kept for kind in KINDS if kind.table == "ledger")


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('x = partition(tenant_id, "NEW", id_of(value, "run"))', [("tenant_id", "NEW")]),
        ('x = partition(PLATFORM, "NEW")', [("PLATFORM", "NEW")]),
        ('x = partition(owner_of(owner), "NEW", "rest")', [("owner_of(owner)", "NEW")]),
        ('x = other(tenant_id, "NEW")', []),
    ],
)
def test_the_reader_of_keys_sees_what_it_should(source: str, found: list[tuple[str, str]]) -> None:
    assert list(built(source)) == found
