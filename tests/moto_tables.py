"""What makes moto's tables behave as DynamoDB's under threads, and quick enough for thousands of tests."""

from __future__ import annotations

import copy
import threading
from functools import cache
from typing import Any

from moto.dynamodb.models.table import Table
from moto.dynamodb.responses import DynamoHandler


def _copy(table: Table, memo: dict[int, Any]) -> Table:
    """What a transaction may have to put back: the items. Everything else of a table no transaction changes."""
    copied = copy.copy(table)
    memo[id(table)] = copied
    copied.items = copy.deepcopy(table.items, memo)
    return copied


@cache
def install() -> None:
    """One call at a time, as DynamoDB's calls are atomic; and only a table's items are kept before a transaction.

    moto checks a condition and writes in two steps, and takes a failed transaction back by restoring every table: two
    threads could both pass one condition, or undo one another. Copying schema and indexes too was half of its time.
    """
    lock, call = threading.RLock(), DynamoHandler.call_action

    def locked(handler: DynamoHandler) -> Any:
        with lock:
            return call(handler)

    DynamoHandler.call_action = locked  # type: ignore[method-assign]
    Table.__deepcopy__ = _copy  # type: ignore[attr-defined] # moto's own class has none
