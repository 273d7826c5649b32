"""The parts that single and transactional requests share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from data_access_lib import keys
from data_access_lib.codec import encode_item
from data_access_lib.conditions import Condition, IfAbsent, Placeholders

if TYPE_CHECKING:
    from collections.abc import Mapping

    from data_access_lib.boundary import Boundary
    from data_access_lib.conditions import Change


def encoded_key(key: tuple[str, str]) -> dict[str, Any]:
    """A primary key as a request holds it."""
    return encode_item({"pk": key[0], "sk": key[1]})


def enrolled(attributes: Mapping[str, object], key: tuple[str, str] | None = None) -> dict[str, object]:
    """An item's attributes with its place on its tenant's roll; `key` where they do not hold it. Keys are checked."""
    pk, sk = key or (str(attributes["pk"]), str(attributes["sk"]))
    return {**attributes, **keys.roll_index(pk, sk)}


def conditional(condition: Condition | None, placeholders: Placeholders | None = None) -> dict[str, Any]:
    """A request's condition, if any, with the placeholders; a failure brings the stored item along."""
    names = placeholders or Placeholders()
    fields: dict[str, Any] = {}
    if condition is not None:
        fields["ConditionExpression"] = condition.render(names)
        fields["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
    return fields | names.request()


def check_change(boundary: Boundary, change: Change, operation: str, table_name: str) -> None:
    """Refuse a change that moves an item: its own key never, its index partition never out of the boundary."""
    boundary.change(change.names())
    values = {name: value.value if isinstance(value, IfAbsent) else value for name, value in change.set_.items()}
    boundary.indexed({**change.add, **values}, operation, table_name)
