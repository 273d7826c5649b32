"""Several writes that happen together or not at all, over any of the tables, inside one boundary."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING, Any, Final, Self

from data_access_lib.boundary import Boundary
from data_access_lib.codec import encode_item
from data_access_lib.conditions import Change, Condition, Placeholders
from data_access_lib.content import PLAIN, Content
from data_access_lib.errors import TransactionConflict, TransactionTooLarge
from data_access_lib.failures import store_failures
from data_access_lib.requests import check_change, conditional, encoded_key, enrolled

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from mypy_boto3_dynamodb import DynamoDBClient

    from data_access_lib.keys import Key
    from data_access_lib.signals import AccessSignals
    from data_access_lib.tenant import TenantContext

MAX_ITEMS: Final = 100
_BASE_PAUSE: Final = 0.02


class TenantTransaction:
    """Pieces are checked as they are added, and nothing is sent before `commit`.

    Each adding method returns the piece's index; `label` names it in a ConditionFailed. No item may appear twice.
    """

    def __init__(
        self,
        client: DynamoDBClient,
        tenant: TenantContext,
        signals: AccessSignals,
        *,
        pause: Callable[[float], None] = time.sleep,
        content: Content = PLAIN,
    ) -> None:
        self._open(client, Boundary(tenant.tenant_id, tenant.principal_id, signals), pause, content)

    @classmethod
    def within(
        cls, client: DynamoDBClient, boundary: Boundary, *, pause: Callable[[float], None], content: Content = PLAIN
    ) -> Self:
        """A transaction inside an existing boundary."""
        transaction = cls.__new__(cls)
        transaction._open(client, boundary, pause, content)  # noqa: SLF001 - its own class
        return transaction

    def _open(
        self, client: DynamoDBClient, boundary: Boundary, pause: Callable[[float], None], content: Content
    ) -> None:
        self._client = client
        self._boundary = boundary
        self._pause = pause
        self._content = content
        self._pieces: list[dict[str, Any]] = []
        self._labels: list[str] = []

    def __len__(self) -> int:
        """How many pieces it has."""
        return len(self._pieces)

    def put(
        self, table_name: str, item: Mapping[str, object], *, condition: Condition | None = None, label: str = ""
    ) -> int:
        """Write an item whole."""
        self._boundary.item(item, "transact_put", table_name)
        stored = encode_item(self._content.put_away((str(item["pk"]), str(item["sk"])), enrolled(item)))
        return self._add("Put", table_name, {"Item": stored}, conditional(condition), label)

    def update(
        self,
        table_name: str,
        key: Key,
        *,
        set_: Mapping[str, object] | None = None,
        add: Mapping[str, int] | None = None,
        remove: Sequence[str] = (),
        condition: Condition | None = None,
        label: str = "",
    ) -> int:
        """Change an item."""
        self._boundary.key(key, "transact_update", table_name)
        change = Change(self._content.put_away(key, enrolled(set_ or {}, key)), add or {}, tuple(remove))
        check_change(self._boundary, change, "transact_update", table_name)
        placeholders = Placeholders()
        body = {"Key": encoded_key(key), "UpdateExpression": change.render(placeholders)}
        return self._add("Update", table_name, body, conditional(condition, placeholders), label)

    def delete(self, table_name: str, key: Key, *, condition: Condition | None = None, label: str = "") -> int:
        """Remove an item."""
        self._boundary.key(key, "transact_delete", table_name)
        return self._add("Delete", table_name, {"Key": encoded_key(key)}, conditional(condition), label)

    def check(self, table_name: str, key: Key, condition: Condition, *, label: str = "") -> int:
        """Demand something of an item that is not written."""
        self._boundary.key(key, "transact_check", table_name)
        return self._add("ConditionCheck", table_name, {"Key": encoded_key(key)}, conditional(condition), label)

    def commit(self, token: str | None = None, *, attempts: int = 1) -> None:
        """Do it all. `token` (≤ 36 characters) makes a repeat within ten minutes harmless.

        ConditionFailed says which piece; TransactionConflict when contention outlives `attempts` (jittered pauses).
        An empty transaction does nothing.
        """
        if not self._pieces:
            return
        for attempt in range(1, attempts):
            try:
                self._send(token)
            except TransactionConflict:
                self._pause(random.uniform(0, _BASE_PAUSE * 2**attempt))  # noqa: S311 - jitter, not a secret
            else:
                return
        self._send(token)

    def _send(self, token: str | None) -> None:
        once = {"ClientRequestToken": token} if token else {}
        with store_failures(self._labels, self._content.take_out):
            self._client.transact_write_items(TransactItems=self._pieces, **once)  # type: ignore[arg-type]  # built here

    def _add(self, verb: str, table_name: str, body: dict[str, Any], condition: dict[str, Any], label: str) -> int:
        if len(self._pieces) == MAX_ITEMS:
            raise TransactionTooLarge
        self._pieces.append({verb: {"TableName": table_name, **body, **condition}})
        self._labels.append(label)
        return len(self._pieces) - 1
