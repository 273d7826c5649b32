"""IAM: `dynamodb:LeadingKeys` is computed from the request.

Stock behaviour: the key is never set, so that `ForAllValues` conditions on it are true for everybody. Here it
holds the partition key value of every item that the request names (the index's partition key for a query on an index),
and is absent for requests that name none (scan, PartiQL), which a `Null: false` guard then refuses.
A key that cannot be read counts as the empty string, which no policy allows. A transaction is authorised item by item,
each with its own key: stock, and one list for all, would hold every statement against the other tables' items too.
Source: AWS, "Using IAM policy conditions for fine-grained access control" (dynamodb:LeadingKeys).
"""

from __future__ import annotations

import json
import re
from functools import wraps
from typing import TYPE_CHECKING, Any

from scripts.local_platform.emulator.seam import module, require

if TYPE_CHECKING:
    from collections.abc import Iterator

UNREADABLE = ""
LEADING_KEYS = "dynamodb:LeadingKeys"
Named = tuple[str, dict[str, Any]]  # table name or ARN, and the attributes that hold its partition key


class ItemKeys(list[str]):
    """The keys of a transaction's items, in the order in which the emulator authorises them."""

    def __init__(self, keys: list[str]) -> None:
        super().__init__(keys)
        self._left = iter(keys)

    def take(self) -> str:
        """The key of the next item."""
        return next(self._left, UNREADABLE)


def of_one_item(context: dict[str, Any] | None) -> dict[str, Any] | None:
    """The context of one check: of a transaction's keys only the item's that is checked now."""
    keys = (context or {}).get(LEADING_KEYS)
    return {**(context or {}), LEADING_KEYS: [keys.take()]} if isinstance(keys, ItemKeys) else context


def named_items(request: dict[str, Any]) -> Iterator[Named]:
    """Every item or key that a request names, with its table."""
    table = request.get("TableName", "")
    yield from ((table, request[part]) for part in ("Key", "Item") if part in request)
    for name, entries in (request.get("RequestItems") or {}).items():
        yield from ((name, found) for found in batch_entries(entries))
    for entry in request.get("TransactItems") or []:
        for action in entry.values():
            yield action.get("TableName", ""), action.get("Key", action.get("Item", {}))


def batch_entries(entries: Any) -> Iterator[dict[str, Any]]:
    """Keys of a batch read (`{"Keys": […]}`), or of a batch write (a list of put and delete requests)."""
    if isinstance(entries, dict):
        yield from entries.get("Keys") or []
        return
    for entry in entries:
        yield (entry.get("PutRequest") or {}).get("Item") or (entry.get("DeleteRequest") or {}).get("Key") or {}


def queried_value(request: dict[str, Any], attribute: str) -> dict[str, Any]:
    """The value that a query's key condition demands of the partition key, as a DynamoDB attribute value."""
    legacy = (request.get("KeyConditions") or {}).get(attribute)
    if legacy:
        return next(iter(legacy.get("AttributeValueList") or [{}]))
    names = {name for name, real in (request.get("ExpressionAttributeNames") or {}).items() if real == attribute}
    for name in (attribute, *names):
        found = re.search(rf"(?<![\w#]){re.escape(name)}\s*=\s*(:\w+)", request.get("KeyConditionExpression", ""))
        if found:
            return dict((request.get("ExpressionAttributeValues") or {}).get(found[1], {}))
    return {}


def text_of(value: dict[str, Any]) -> str:
    """The text of a string attribute value; anything else is unreadable."""
    found = value.get("S") if isinstance(value, dict) else None
    return found if isinstance(found, str) else UNREADABLE


def partition_key(dynamodb: Any, table: str, index: str | None = None) -> str:
    """The name of a table's (or index's) partition key; unknown tables have none."""
    record = dynamodb._tables.get(table.rsplit("/", 1)[-1])  # noqa: SLF001
    if record is None:
        return ""
    return str(dynamodb._resolve_index_keys(record, index)[0] if index else record["pk_name"])  # noqa: SLF001


def leading_keys(dynamodb: Any, request: dict[str, Any]) -> list[str]:
    """Partition key values that a request names, in its order."""
    if "KeyConditionExpression" in request or "KeyConditions" in request:
        attribute = partition_key(dynamodb, request.get("TableName", ""), request.get("IndexName"))
        return [text_of(queried_value(request, attribute))]
    keys = [text_of(item.get(partition_key(dynamodb, table), {})) for table, item in named_items(request)]
    pieces = request.get("TransactItems") or []
    # An item with several members is an error, and would be out of step: then every key counts for every check.
    return ItemKeys(keys) if pieces and len(pieces) == len(keys) else keys


def request_keys(dynamodb: Any, body: bytes) -> dict[str, list[str]]:
    """The condition key for one request's body: absent when no key is named, unreadable when it cannot be parsed."""
    try:
        request = json.loads(body or b"{}")
        keys = leading_keys(dynamodb, request)
    except (ValueError, AttributeError, TypeError, KeyError, IndexError):
        keys = [UNREADABLE]
    return {LEADING_KEYS: keys} if keys else {}


def apply() -> None:
    """Add the key to what the emulator computes itself."""
    actions, dynamodb, evaluator = module("core.iam_actions"), module("services.dynamodb"), module("core.iam_evaluator")
    require(actions.dynamodb_service_context, '"dynamodb:Select"')
    require(actions.dynamodb_transaction_checks, "for item in items", "for member, action in")
    require(dynamodb._resolve_index_keys, "pk_name")  # noqa: SLF001
    require(evaluator.enforce, "service_context: dict[str, Any] | None = None")
    stock, stock_enforce = actions.dynamodb_service_context, evaluator.enforce

    def with_leading_keys(body: bytes) -> dict[str, Any]:
        return {**stock(body), **request_keys(dynamodb, body)}

    @wraps(stock_enforce)
    def enforce_item_by_item(*given: Any, service_context: dict[str, Any] | None = None, **named: Any) -> Any:
        return stock_enforce(*given, service_context=of_one_item(service_context), **named)

    actions.dynamodb_service_context = with_leading_keys
    evaluator.enforce = enforce_item_by_item
