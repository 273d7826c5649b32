"""No way to write a tenant's data outside its region: every door takes its client from a session, and there is none.

The operations are found by reflection. A new one fails here until it is said how it is called, and whether it writes.
"""

from __future__ import annotations

import ast
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import pytest

from data_access_lib import keys
from data_access_lib.client import BoundedReader, TenantScopedBucket, TenantScopedTable, TenantTransaction
from data_access_lib.conditions import attr
from data_access_lib.errors import ResidencyViolation
from data_access_lib.sessions import TenantSessions
from data_access_lib.tenant import TenantContext, TenantId
from platform_kit.access import OPERATORS, ROUTES
from tests.isolation.test_contracts_of_data_access import ROOT, SOURCES, ids, tree
from tests.stores import REGION, HandClock, Stores, WatchedClient, public_methods

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.family("isolation")
ACME: Final = TenantId("acme")
ROLE: Final = "arn:aws:iam::123456789012:role/tenant"
KEY: Final = keys.instance_key(ACME, "echo-agent")
ITEM: Final[dict[str, Any]] = {**KEY._asdict(), "a": 1}
OBJECT: Final = "tenants/acme/files/a"
NEW: Final[dict[str, Any]] = {**keys.instance_key(ACME, "another")._asdict(), "a": 1}
SCOPED: Final = (TenantScopedTable, TenantScopedBucket, TenantTransaction)
READS: Final = {
    "TenantScopedBucket": {"get", "head", "chunks", "list", "versions", "count_versions", "presign_get"},
    "TenantTransaction": {"commit"},  # it sends what the others added
}

TABLE: Final[dict[str, Callable[[Any], object]]] = {
    "put": lambda table: table.put(ITEM),
    "update": lambda table: table.update(KEY, set_={"a": 2}),
    "delete": lambda table: table.delete(KEY),
    "versioned_put": lambda table: table.versioned_put(NEW),
    "versioned_update": lambda table: table.versioned_update(KEY, 1, set_={"a": 2}),
    "batch_write": lambda table: table.batch_write(puts=[ITEM]),
    "transaction": lambda table: _committed(table, "put", ITEM),
}
BUCKET: Final[dict[str, Callable[[Any], object]]] = {
    "put": lambda bucket: bucket.put(OBJECT, b"x"),
    "delete": lambda bucket: bucket.delete(OBJECT),
    "erase": lambda bucket: bucket.erase([(OBJECT, "null")]),
    "copy": lambda bucket: bucket.copy(OBJECT, f"{OBJECT}-2"),
    "presign_put": lambda bucket: bucket.presign_put(OBJECT, "text/csv", 1),
    "presign_sealed_put": lambda bucket: bucket.presign_sealed_put(OBJECT, "text/csv", 1) or bucket.head(OBJECT),
    "create_multipart": lambda bucket: bucket.create_multipart(OBJECT),
    "upload_part": lambda bucket: bucket.upload_part(OBJECT, bucket.create_multipart(OBJECT), 1, b"x"),
    "complete_multipart": lambda bucket: bucket.complete_multipart(OBJECT, *_parts(bucket)),
    "abort_multipart": lambda bucket: bucket.abort_multipart(OBJECT, bucket.create_multipart(OBJECT)),
}
TRANSACTION: Final[dict[str, Callable[[Any], object]]] = {
    "put": lambda table: _committed(table, "put", ITEM),
    "update": lambda table: _committed(table, "update", KEY, set_={"a": 2}),
    "delete": lambda table: _committed(table, "delete", KEY),
    "check": lambda table: _committed(table, "check", KEY, attr("pk").exists()),
}
OPERATIONS: Final = {"TenantScopedTable": TABLE, "TenantScopedBucket": BUCKET, "TenantTransaction": TRANSACTION}
CASES: Final = [(door, name) for door, operations in OPERATIONS.items() for name in operations]

BEHIND_THE_AUTHORISER: Final = frozenset(
    f"lambdas/{name}/handler.py"
    for name in "api_keys approvals audit budgets files members model_registry policies schedules webhooks".split()  # noqa: SIM905 - as words
) | {"layers/enforcement/composition.py"}
"""Where the authoriser's comparison is relied on."""


def _committed(table: TenantScopedTable, method: str, *given: Any, **more: Any) -> None:
    transaction = table.transaction()
    getattr(transaction, method)(table.name, *given, **more)
    transaction.commit()


def _parts(bucket: TenantScopedBucket) -> tuple[str, list[str]]:
    upload = bucket.create_multipart(OBJECT)
    return upload, [bucket.upload_part(OBJECT, upload, 1, b"x")]


class Door:
    """A tenant's table and bucket, opened as every function opens them."""

    def __init__(self, stores: Stores, monkeypatch: pytest.MonkeyPatch, *, here: bool) -> None:
        self.stores = stores
        self.sts = WatchedClient()
        expires = HandClock().now() + timedelta(hours=1)
        self.sts.answers["assume_role"] = lambda _: {"Credentials": {"Expiration": expires}}
        clients = {"dynamodb": stores.client, "s3": stores.s3}
        monkeypatch.setattr(TenantSessions, "_make", lambda _self, service, _credentials: clients[service])
        residence = (lambda _: None) if here else elsewhere
        self.sessions = TenantSessions(cast("Any", self.sts), ROLE, REGION, residence, clock=HandClock())

    def open(self, door: str) -> TenantScopedTable | TenantScopedBucket:
        context, signals = TenantContext(ACME, "svc:test"), self.stores.signals
        if door == "TenantScopedBucket":
            return TenantScopedBucket(self.sessions.s3(ACME), self.stores.bucket, context, signals)
        return TenantScopedTable(self.sessions.dynamodb(ACME), self.stores.control, context, signals)

    def do(self, door: str, operation: str) -> None:
        OPERATIONS[door][operation](self.open(door))


def elsewhere(_tenant_id: TenantId) -> None:
    raise ResidencyViolation


def occupy(stores: Stores) -> None:
    """What operations on something that is there find."""
    stores.table(stores.control).put({**ITEM, "etag": 1})
    stores.objects().put(OBJECT, b"x")
    stores.client.calls.clear()
    stores.s3.calls.clear()


@pytest.mark.parametrize(("door", "operation"), CASES)
def test_what_writes_is_refused_for_a_tenant_of_another_region_before_anything_is_sent(
    door: str, operation: str, stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    occupy(stores)
    found = Door(stores, monkeypatch, here=False)
    with pytest.raises(ResidencyViolation):
        found.do(door, operation)
    assert (found.sts.calls, stores.client.calls, stores.s3.calls) == ([], [], [])


@pytest.mark.parametrize(("door", "operation"), CASES)
def test_the_same_is_done_for_a_tenant_of_this_region(
    door: str, operation: str, stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or the test above would be worth nothing."""
    occupy(stores)
    found = Door(stores, monkeypatch, here=True)
    found.do(door, operation)
    assert found.sts.operations == ["assume_role"]
    assert stores.client.calls or stores.s3.calls


@pytest.mark.parametrize("door", SCOPED, ids=lambda door: door.__name__)
def test_every_operation_of_a_door_reads_or_stands_in_the_list(door: type) -> None:
    reads = public_methods(BoundedReader) if issubclass(door, BoundedReader) else READS[door.__name__]
    assert public_methods(door) - {"within"} == reads | OPERATIONS[door.__name__].keys()


def test_sessions_give_clients_and_nothing_else() -> None:
    assert public_methods(TenantSessions) == {"dynamodb", "s3", "kms", "secrets"}


# Every door is opened with a session's client


def calls(module: ast.Module, *names: str) -> Iterator[ast.Call]:
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
            yield node


def of_sessions(module: ast.Module) -> set[str]:
    """Names that hold a session's client, by what they are assigned, pairwise assignments included."""
    found = set()
    for node in ast.walk(module):
        if isinstance(node, ast.Assign):
            target, value = node.targets[0], node.value
            names = target.elts if isinstance(target, ast.Tuple) else [target]
            values = value.elts if isinstance(value, ast.Tuple) else [value]
            pairs = zip(names, values, strict=False)
            found |= {ast.unparse(name) for name, made in pairs if is_sessions_client(made)}
    return found


def is_sessions_client(value: ast.expr) -> bool:
    return ast.unparse(value).startswith(
        ("sessions.dynamodb(", "sessions.s3(", "self._sessions.dynamodb(", "parts.sessions.dynamodb(")
    )


@pytest.mark.parametrize("path", SOURCES, ids=ids)
def test_every_door_is_opened_with_a_sessions_client(path: Path) -> None:
    module = tree(path)
    held = of_sessions(module)
    opened = [call.args[0] for call in calls(module, "TenantScopedTable", "TenantScopedBucket", "TenantTransaction")]
    assert [ast.unparse(one) for one in opened if not is_sessions_client(one) and ast.unparse(one) not in held] == []


@pytest.mark.parametrize("path", SOURCES, ids=ids)
def test_credentials_for_a_tenant_are_taken_by_sessions_only(path: Path) -> None:
    taken = [node for node in ast.walk(tree(path)) if isinstance(node, ast.Attribute) and node.attr == "assume_role"]
    assert taken == [] or ids(path) in {"data_access_lib/sessions.py", "scripts/local_platform/edge/stream_function.py"}


def relying() -> set[str]:
    """Modules that hand `by_authoriser` to their sessions."""
    return {
        ids(path)
        for path in SOURCES
        for call in calls(tree(path), "TenantSessions")
        if "by_authoriser" in map(ast.unparse, call.args)
    }


def test_who_relies_on_the_authoriser_is_written_down() -> None:
    assert relying() == BEHIND_THE_AUTHORISER | {"data_access_lib/key_uses.py"}
    everybody = {ids(path) for path in SOURCES for _ in calls(tree(path), "TenantSessions")}
    assert everybody > relying()


def functions_of(path: str) -> set[str]:
    """The functions that a module is the composition of: a handler's own, or of all that it gives sessions."""
    if path.startswith("lambdas/"):
        return {path.split("/")[1]}
    named = path.removeprefix("layers/").removesuffix(".py").replace("/", ".")
    handlers = (ROOT / "lambdas").glob("*/handler.py")
    texts = {one.parent.name: one.read_text(encoding="utf-8") for one in handlers}
    return {name for name, text in texts.items() if f"from {named} import" in text and "TenantSessions(" not in text}


def test_both_doors_of_agents_are_looked_at() -> None:
    assert functions_of("layers/enforcement/composition.py") == {"gateway", "models"}


@pytest.mark.parametrize("path", sorted(BEHIND_THE_AUTHORISER))
def test_who_relies_on_the_authoriser_acts_in_the_callers_own_tenant_only(path: str) -> None:
    """No operator may call it, and no operator's route names a tenant: those ask the tenant's record."""
    functions = functions_of(path)
    mine = [route for route in ROUTES if route.function in functions]
    assert {route.function for route in mine} == functions
    assert [route.path for route in mine if not route.roles.isdisjoint(OPERATORS)] == []


def test_there_is_something_to_look_at() -> None:
    opened = [ids(path) for path in SOURCES if list(calls(tree(path), "TenantScopedTable"))]
    assert len(opened) >= 9
    assert (ROOT / "adr" / "0042-residency.md").exists()
