"""What makes moto's tables behave as DynamoDB's under threads, and quick enough for thousands of tests."""

from __future__ import annotations

import copy
import threading
from functools import cache
from typing import Any

from moto.core.serialize import ResponseSerializer, XFormedAttributePicker
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
    _pick_by_name()


def _pick_by_name() -> None:
    """What an answer's dictionary has under a member's own name is taken from there, a kind of value under no other.

    moto tries eight names for each of the ten kinds an attribute's value may have: a third of its time.
    """
    search = ResponseSerializer.get_value

    def get_value(self: ResponseSerializer, value: Any, key: str, shape: Any) -> Any:
        picker = self._value_picker
        if type(value) is dict and isinstance(picker, XFormedAttributePicker) and not picker.response_transformers:
            if key in value:
                return value[key]
            if getattr(getattr(shape, "parent", None), "name", "") == "AttributeValue":
                return None
        return search(self, value, key, shape)

    ResponseSerializer.get_value = get_value  # type: ignore[method-assign]
