"""Which partitions a request to DynamoDB addresses, read from the request itself and nothing else in it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_INDEX_PARTITION: Final = re.compile(r"gsi\d+pk")
_FIRST_EQUALS: Final = re.compile(r"(#\w+|\w+) = (:\w+)")
_ASSIGNED: Final = re.compile(r"(#\w+) = (?:if_not_exists\(#\w+, )?(:\w+)")


def addressed(request: dict[str, Any]) -> Iterator[str]:
    """Partition keys of the table and of indexes: of keys, items, queries, and of what an update sets."""
    if "KeyConditionExpression" in request:
        yield from _query(request)
    for piece in (request, *_pieces(request)):
        yield from _piece(piece)


def _pieces(request: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for one in request.get("TransactItems", ()):
        yield from one.values()
    for table in request.get("RequestItems", {}).values():
        if isinstance(table, dict):
            yield from ({"Key": key} for key in table["Keys"])
        else:
            yield from (inner for one in table for inner in one.values())


def _piece(piece: dict[str, Any]) -> Iterator[str]:
    if "Key" in piece:
        yield piece["Key"]["pk"]["S"]
    for name, value in piece.get("Item", {}).items():
        if name == "pk" or _INDEX_PARTITION.fullmatch(name):
            yield value["S"]
    names = piece.get("ExpressionAttributeNames", {})
    for short, value in _ASSIGNED.findall(piece.get("UpdateExpression", "")):
        if _INDEX_PARTITION.fullmatch(names[short]):
            yield piece["ExpressionAttributeValues"][value]["S"]


def _query(request: dict[str, Any]) -> Iterator[str]:
    """A query names its partition first, whatever its sort key's condition says."""
    found = _FIRST_EQUALS.match(request["KeyConditionExpression"].lstrip("("))
    assert found is not None, request["KeyConditionExpression"]
    name, value = found.groups()
    assert request["ExpressionAttributeNames"].get(name, name) in {"pk", "gsi1pk", "gsi2pk"}
    yield request["ExpressionAttributeValues"][value]["S"]
