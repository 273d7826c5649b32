"""DynamoDB's items in a dictionary: what the data access library asks of it, and nothing else, in microseconds.

Conditions and updates are read from the expressions as they are rendered; a test compares it with moto's.
"""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cache
from typing import Any, Final

from botocore.exceptions import ClientError

Item = dict[str, Any]
Values = Mapping[str, Any]
_WORDS: Final = (
    (r"attribute_not_exists\((#\w+)\)", r"not has('\1')"),
    (r"attribute_exists\((#\w+)\)", r"has('\1')"),
    (r"begins_with\((#\w+), (:\w+)\)", r"begins('\1', '\2')"),
    (r"(#\w+) BETWEEN (:\w+) AND (:\w+)", r"(test('\1', '>=', '\2') and test('\1', '<=', '\3'))"),
    (r"(#\w+) IN \(([^)]*)\)", r"within('\1', '\2')"),
    (r"(#\w+) (=|<>|<=|>=|<|>) (:\w+)", r"test('\1', '\2', '\3')"),
    (r"\bAND\b", "and"),
    (r"\bOR\b", "or"),
    (r"\bNOT\b", "not"),
)
_COMPARE: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "=": lambda one, other: one == other,
    "<>": lambda one, other: one != other,
    "<": lambda one, other: one < other,
    "<=": lambda one, other: one <= other,
    ">": lambda one, other: one > other,
    ">=": lambda one, other: one >= other,
}
_CLAUSE: Final = re.compile(r"(SET|ADD|REMOVE) (.*?)(?= (?:SET|ADD|REMOVE) |$)")
_PART: Final = re.compile(r"(?:[^,(]|\([^)]*\))+")


class DynamoDBInMemory:
    """One client and all its tables. Each call is atomic; `before` is called before each of them."""

    def __init__(self, before: Callable[[], None] = lambda: None) -> None:
        self._tables: dict[str, dict[tuple[str, str], Item]] = {}
        self._before = before

    def get_item(self, *, TableName: str, Key: Item, **_: Any) -> dict[str, Any]:  # noqa: N803 - AWS's names
        self._before()
        found = self._items(TableName).get(_place(Key))
        return {} if found is None else {"Item": dict(found)}

    def put_item(self, **request: Any) -> dict[str, Any]:
        self._before()
        self._apply("Put", request)
        return {}

    def update_item(self, **request: Any) -> dict[str, Any]:
        self._before()
        changed = self._apply("Update", request)
        return {"Attributes": changed} if request.get("ReturnValues", "NONE") != "NONE" else {}

    def delete_item(self, **request: Any) -> dict[str, Any]:
        self._before()
        self._apply("Delete", request)
        return {}

    def query(self, **request: Any) -> dict[str, Any]:
        self._before()
        found = [item for item in self._items(request["TableName"]).values() if _holds(request, item, "KeyCondition")]
        found.sort(key=lambda item: str(item["sk"]["S"]), reverse=not request.get("ScanIndexForward", True))
        return {"Items": [dict(item) for item in found[: request.get("Limit", 1000)]]}

    def transact_write_items(self, *, TransactItems: list[dict[str, Any]], **_: Any) -> dict[str, Any]:  # noqa: N803
        self._before()
        pieces = [next(iter(piece.items())) for piece in TransactItems]
        reasons = []
        for verb, request in pieces:
            old = self._items(request["TableName"]).get(_place(request.get("Key") or request["Item"]))
            reasons.append({"Code": "None"} if _holds(request, old or {}) else _failed(request, old))
            assert verb in {"Put", "Update", "Delete", "ConditionCheck"}
        if any(reason["Code"] != "None" for reason in reasons):
            raise _error("TransactionCanceledException", CancellationReasons=reasons)
        for verb, request in pieces:
            self._apply(verb, request)
        return {}

    def _apply(self, verb: str, request: dict[str, Any]) -> Item:
        items = self._items(request["TableName"])
        place = _place(request.get("Key") or request["Item"])
        old = items.get(place)
        if not _holds(request, old or {}):
            raise _error(
                "ConditionalCheckFailedException", **{k: v for k, v in _failed(request, old).items() if k != "Code"}
            )
        if verb == "Delete":
            items.pop(place, None)
        elif verb == "Put":
            items[place] = dict(request["Item"])
        elif verb == "Update":
            items[place] = _changed(request, {**(old or {}), **request["Key"]})
        return dict(items.get(place, {}))

    def _items(self, name: str) -> dict[tuple[str, str], Item]:
        return self._tables.setdefault(name, {})


def _place(item: Item) -> tuple[str, str]:
    return item["pk"]["S"], item["sk"]["S"]


def _error(code: str, **more: Any) -> ClientError:
    response: Any = {"Error": {"Code": code, "Message": "as told"}, **more}
    return ClientError(response, "Operation")


def _failed(request: dict[str, Any], old: Item | None) -> dict[str, Any]:
    shown = old is not None and request.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
    return {"Code": "ConditionalCheckFailed", **({"Item": dict(old or {})} if shown else {})}


def _plain(value: Mapping[str, Any]) -> tuple[str, Any]:
    ((kind, held),) = value.items()
    return kind, Decimal(held) if kind == "N" else held


@cache
def _compiled(expression: str) -> Any:
    for pattern, word in _WORDS:
        expression = re.sub(pattern, word, expression)
    return compile(expression, "condition", "eval")


def _holds(request: dict[str, Any], item: Item, kind: str = "Condition") -> bool:
    expression = request.get(f"{kind}Expression")
    if not expression:
        return True
    names, values = request.get("ExpressionAttributeNames", {}), request.get("ExpressionAttributeValues", {})

    def test(name: str, operator: str, value: str) -> bool:
        if names[name] not in item:
            return operator == "<>"
        (one, held), (other, given) = _plain(item[names[name]]), _plain(values[value])
        return _COMPARE[operator](held, given) if one == other else operator == "<>"

    return bool(
        eval(  # noqa: S307 - an expression that the library under test has rendered, of known words only
            _compiled(expression),
            {
                "has": lambda name: names[name] in item,
                "begins": lambda name, value: item.get(names[name], {"S": ""})["S"].startswith(values[value]["S"]),
                "within": lambda name, choices: any(test(name, "=", choice.strip()) for choice in choices.split(",")),
                "test": test,
            },
        )
    )


def _changed(request: dict[str, Any], item: Item) -> Item:
    names, values = request.get("ExpressionAttributeNames", {}), request.get("ExpressionAttributeValues", {})
    before = dict(item)

    def worth(text: str) -> Any:
        if text.startswith("if_not_exists"):
            name, default = re.findall(r"[#:]\w+", text)[:2]
            value = before.get(names[name], values[default])
            added = re.search(r"\) \+ (:\w+)", text)
            return _sum(value, values[added[1]]) if added else value
        return values[text]

    for verb, parts in _CLAUSE.findall(request.get("UpdateExpression", "")):
        for part in map(str.strip, _PART.findall(parts)):
            if verb == "SET":
                name, _, value = part.partition(" = ")
                item[names[name]] = worth(value)
            elif verb == "ADD":
                name, value = part.split(" ")
                item[names[name]] = _sum(before.get(names[name], {"N": "0"}), values[value])
            else:
                item.pop(names[part], None)
    return item


def _sum(one: Mapping[str, str], other: Mapping[str, str]) -> dict[str, str]:
    return {"N": str(Decimal(one["N"]) + Decimal(other["N"]))}
