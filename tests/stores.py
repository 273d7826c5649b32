"""Stores for tests of data access: moto's tables and bucket, and doubles of the library's ports."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import ClientError

from data_access_lib.client import TenantScopedBucket, TenantScopedTable
from data_access_lib.content import PLAIN, Content
from data_access_lib.tenant import TenantContext, TenantId
from tests import moto_tables

if TYPE_CHECKING:
    from collections.abc import Callable

    from data_access_lib.admin import AdminAccess
    from data_access_lib.signals import AccessAttempt, Tampered
    from governance.incidents import Fact

moto_tables.install()
REGION = "us-east-1"
NAMES = ("pk", "sk", "gsi1pk", "gsi1sk", "gsi2pk", "gsi2sk")
START = datetime(2026, 3, 4, 5, 6, 7, 890_000, tzinfo=UTC)
_numbers = count(1)


@dataclass
class HandClock:
    """A clock that a test moves."""

    moment: datetime = START

    def now(self) -> datetime:
        return self.moment

    def advance(self, **span: float) -> None:
        self.moment += timedelta(**span)


@dataclass
class SeenSignals:
    """Access signals that remember."""

    attempts: list[AccessAttempt] = field(default_factory=list)
    refused: list[Tampered] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)

    def violation(self, attempt: AccessAttempt) -> None:
        self.attempts.append(attempt)

    def tampered(self, found: Tampered) -> None:
        self.refused.append(found)

    def happened(self, fact: Fact) -> None:
        self.facts.append(fact)


@dataclass
class SeenAudit:
    """An operator's audit that remembers."""

    accesses: list[AdminAccess] = field(default_factory=list)

    def record(self, access: AdminAccess) -> None:
        self.accesses.append(access)


class WatchedClient:
    """A client that writes down what is asked of it, and answers as a test wishes (`answers[operation]`)."""

    def __init__(self, client: object = None) -> None:
        self._client = client
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.answers: dict[str, Callable[[dict[str, Any]], Any]] = {}

    @property
    def operations(self) -> list[str]:
        return [operation for operation, _ in self.calls]

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        def call(*positional: object, **request: Any) -> Any:
            self.calls.append((operation, {**request, "positional": positional} if positional else request))
            if operation in self.answers:
                answer = self.answers[operation](request)
                if answer is not PASS:
                    return answer
            return getattr(self._client, operation)(*positional, **request)

        return call


PASS = object()
"""What an answer returns to let the call through."""


def failure(code: str, operation: str = "Operation", **response: Any) -> ClientError:
    """The SDK's error with this code."""
    return ClientError(cast("Any", {"Error": {"Code": code, "Message": "as told"}, **response}), operation)


def raising(error: Exception, *, times: int | None = None) -> Callable[[dict[str, Any]], Any]:
    """An answer that raises, the first `times` times or always."""
    left = count(1)

    def answer(_request: dict[str, Any]) -> Any:
        if times is None or next(left) <= times:
            raise error
        return PASS

    return answer


@dataclass
class Stores:
    """Fresh tables and a bucket in moto, and what reaches them."""

    client: WatchedClient
    s3: WatchedClient
    control: str
    runs: str
    ops: str
    ledger: str
    bucket: str
    signals: SeenSignals = field(default_factory=SeenSignals)
    pauses: list[float] = field(default_factory=list)

    def table(
        self, name: str, tenant: str = "acme", principal: str = "usr:1:ada", content: Content = PLAIN
    ) -> TenantScopedTable:
        context, client = TenantContext(TenantId(tenant), principal), cast("Any", self.client)
        return TenantScopedTable(client, name, context, self.signals, pause=self.pauses.append, content=content)

    def objects(self, tenant: str = "acme", content: Content = PLAIN) -> TenantScopedBucket:
        context, client = TenantContext(TenantId(tenant), "usr:1:ada"), cast("Any", self.s3)
        return TenantScopedBucket(client, self.bucket, context, self.signals, content=content)

    def raw(self, table: str, pk: str, sk: str) -> dict[str, Any] | None:
        """An item as it is stored, past every boundary."""
        client: Any = self.client._client
        found: dict[str, Any] | None = client.get_item(TableName=table, Key={"pk": {"S": pk}, "sk": {"S": sk}}).get(
            "Item"
        )
        return found


def public_methods(kind: type) -> set[str]:
    """The methods a caller may use; not the copies that mutation testing adds, whose names are not ASCII."""
    members = inspect.getmembers(kind, inspect.isfunction)
    return {name for name, _ in members if name.isascii() and not name.startswith("_")}


def make_stores(client: Any, s3: Any) -> Stores:
    """Tables and a bucket of their own, so that tests share nothing but the mock."""
    number = next(_numbers)
    names = {kind: f"ambit-{kind}-{number}" for kind in ("control", "runs", "ops", "ledger")}
    for name in names.values():
        _create_table(client, name)
    bucket = f"ambit-tenants-{number}"
    s3.create_bucket(Bucket=bucket)
    return Stores(WatchedClient(client), WatchedClient(s3), **names, bucket=bucket)


def _create_table(client: Any, name: str) -> None:
    def schema(prefix: str) -> list[dict[str, str]]:
        return [
            {"AttributeName": f"{prefix}pk", "KeyType": "HASH"},
            {"AttributeName": f"{prefix}sk", "KeyType": "RANGE"},
        ]

    client.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=schema(""),
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in NAMES],
        GlobalSecondaryIndexes=[
            {"IndexName": "gsi1", "KeySchema": schema("gsi1"), "Projection": {"ProjectionType": "ALL"}},
            {"IndexName": "gsi2", "KeySchema": schema("gsi2"), "Projection": {"ProjectionType": "KEYS_ONLY"}},
        ],
    )
