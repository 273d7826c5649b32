"""What no code of the project may do with data, read from its syntax trees."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# Not infra: there the same texts are IAM patterns and template assertions, and no item is ever reached from it.
PRODUCT = ["data_access_lib", "lambdas", "layers", "scripts", "agents"]
SOURCES = sorted(
    path
    for folder in PRODUCT
    for path in (ROOT / folder).rglob("*.py")
    if not {"node_modules", ".build"} & set(path.parts)
)
KEYS = ROOT / "data_access_lib" / "keys"
UNBOUNDED = {"scan", "execute_statement", "batch_execute_statement", "execute_transaction"}
ITEM_CALLS = {
    *("get_item", "put_item", "update_item", "delete_item", "batch_get_item", "batch_write_item"),
    *("transact_write_items", "transact_get_items"),
}
# The signals write where every boundary has already refused, so they hold a client of their own.
RAW_CLIENTS = {
    "data_access_lib/table.py",
    "data_access_lib/transaction.py",
    "data_access_lib/signals.py",
    "data_access_lib/admin.py",
}
# The authoriser carries no SDK on its warm path and reads two records by keys.py's keys.
READS_RECORDS = {"lambdas/authoriser/records.py"}

# Its `scan` looks through a text; it is named where the package says what it offers.
SCANS_TEXTS = {"layers/governance/guardrails/__init__.py"}


def ids(path: Path) -> str:
    return str(path.relative_to(ROOT))


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def docstrings(module: ast.Module) -> set[int]:
    """Texts that stand as statements: documentation, not values."""
    return {
        id(node.value)
        for node in ast.walk(module)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }


def texts(module: ast.Module) -> Iterator[tuple[int, str]]:
    """Every text value, the fixed parts of f-strings included."""
    skipped = docstrings(module)
    for node in ast.walk(module):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in skipped:
            yield node.lineno, node.value


def called(module: ast.Module) -> Iterator[tuple[int, str, ast.Call]]:
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node.lineno, node.func.attr, node


def builds_a_key(text: str) -> bool:
    return text.startswith(("TENANT#", "tenants/"))


def is_unbounded(name: str, call: ast.Call) -> bool:
    """A scan of a table, not of a text: PartiQL always, `scan` with a table's name or without arguments of its own."""
    tables = {"TableName", "FilterExpression"} & {keyword.arg for keyword in call.keywords}
    return name in UNBOUNDED and (name != "scan" or bool(tables) or not (call.args or call.keywords))


@pytest.mark.parametrize("path", [path for path in SOURCES if KEYS not in path.parents], ids=ids)
def test_only_keys_py_builds_keys(path: Path) -> None:
    assert [(line, text) for line, text in texts(tree(path)) if builds_a_key(text)] == []


@pytest.mark.parametrize("path", SOURCES, ids=ids)
def test_nothing_scans_and_nothing_speaks_partiql(path: Path) -> None:
    module = tree(path)
    assert [(line, name) for line, name, call in called(module) if is_unbounded(name, call)] == []
    said = [(line, text) for line, text in texts(module) if text in UNBOUNDED]
    assert said == [] or ids(path) in SCANS_TEXTS


@pytest.mark.parametrize(
    "path", [p for p in SOURCES if ids(p).startswith(("lambdas", "layers", "data_access_lib"))], ids=ids
)
def test_items_are_reached_through_the_library_only(path: Path) -> None:
    found = [(line, name) for line, name, _ in called(tree(path)) if name in ITEM_CALLS]
    assert found == [] or ids(path) in RAW_CLIENTS | READS_RECORDS


@pytest.mark.parametrize("path", [p for p in SOURCES if not ids(p).startswith("data_access_lib")], ids=ids)
def test_a_tenant_boundary_is_drawn_by_the_library_only(path: Path) -> None:
    imports = [
        n for n in ast.walk(tree(path)) if isinstance(n, ast.ImportFrom) and n.module == "data_access_lib.boundary"
    ]
    assert imports == []


@pytest.mark.parametrize(
    ("code", "guilty"),
    [
        ("x = f'TENANT#{t}#RUN'", True),
        ("x = 'tenants/' + t", True),
        ("'''TENANT#x in a docstring'''", False),
        ("x = 'a TENANT#'", False),
    ],
)
def test_the_key_rule_sees_what_it_should(code: str, guilty: bool) -> None:  # noqa: FBT001 - a table's column
    assert any(builds_a_key(text) for _, text in texts(ast.parse(code))) == guilty


@pytest.mark.parametrize(
    ("code", "guilty"),
    [
        ("client.scan(TableName='t')", True),
        ("table.scan()", True),
        ("client.execute_statement(Statement='x')", True),
        ("scanner.scan(text)", False),
        ("client.query(TableName='t')", False),
    ],
)
def test_the_scan_rule_sees_what_it_should(code: str, guilty: bool) -> None:  # noqa: FBT001 - a table's column
    assert any(is_unbounded(name, call) for _, name, call in called(ast.parse(code))) == guilty


def test_there_is_something_to_look_at() -> None:
    assert any(KEYS in path.parents for path in SOURCES)
    assert len(SOURCES) > 50
