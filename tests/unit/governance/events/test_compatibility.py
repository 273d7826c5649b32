import copy
from collections.abc import Callable
from typing import Any

import pytest

from governance.events.compatibility import breaking, version_of

OLD: dict[str, Any] = {
    "job.succeeded": {
        "$id": "urn:ambit:event:job.succeeded:1",
        "type": "object",
        "properties": {
            "runId": {"type": "string", "pattern": "^run_", "maxLength": 36},
            "status": {"enum": ["succeeded", "failed"]},
            "cost": {"type": "object", "properties": {"amount": {"type": "string"}}, "required": ["amount"]},
            "roles": {"type": "array", "items": {"type": "string"}},
            "note": {"type": "string"},
        },
        "required": ["runId", "status", "cost"],
    }
}
Change = Callable[[dict[str, Any]], Any]


def changed(change: Change) -> dict[str, Any]:
    new = copy.deepcopy(OLD)
    change(new["job.succeeded"])
    return new


BREAKING: dict[str, Change] = {
    "a field goes": lambda s: s["properties"].pop("runId"),
    "an optional field goes": lambda s: s["properties"].pop("note"),
    "a field changes its type": lambda s: s["properties"]["runId"].update(type="integer"),
    "a nested field changes its type": lambda s: s["properties"]["cost"]["properties"]["amount"].update(type="number"),
    "items change their type": lambda s: s["properties"]["roles"]["items"].update(type="integer"),
    "a pattern is dropped": lambda s: s["properties"]["runId"].pop("pattern"),
    "a text grows": lambda s: s["properties"]["runId"].update(maxLength=64),
    "a text loses its bound": lambda s: s["properties"]["runId"].pop("maxLength"),
    "a list of words grows": lambda s: s["properties"]["status"]["enum"].append("odd"),
    "a list of words goes": lambda s: s["properties"]["status"].pop("enum"),
    "a field becomes optional": lambda s: s["required"].remove("cost"),
    "a nested field becomes optional": lambda s: s["properties"]["cost"]["required"].remove("amount"),
    "the version goes back": lambda s: s.update({"$id": "urn:ambit:event:job.succeeded:0"}),
}
HARMLESS: dict[str, Change] = {
    "nothing": lambda _: None,
    "a field comes": lambda s: s["properties"].update(more={"type": "string"}),
    "a required field comes": lambda s: (s["properties"].update(more={"type": "string"}), s["required"].append("more")),
    "an optional field is always there": lambda s: s["required"].append("note"),
    "a list of words shrinks": lambda s: s["properties"]["status"]["enum"].pop(),
    "a text shrinks": lambda s: s["properties"]["runId"].update(maxLength=30),
    "a sentence is put better": lambda s: s["properties"]["note"].update(description="better"),
}


@pytest.mark.parametrize("change", BREAKING.values(), ids=list(BREAKING))
def test_what_a_reader_would_stumble_over_is_told(change: Change) -> None:
    assert breaking(OLD, changed(change))


@pytest.mark.parametrize("change", HARMLESS.values(), ids=list(HARMLESS))
def test_what_a_reader_can_ignore_is_not(change: Change) -> None:
    assert breaking(OLD, changed(change)) == []


def test_under_a_new_version_everything_may_change() -> None:
    assert breaking(OLD, {"job.succeeded": {"$id": "urn:ambit:event:job.succeeded:2", "type": "object"}}) == []


def test_a_type_that_is_gone_is_told() -> None:
    assert breaking(OLD, {}) == ["job.succeeded is not told any more"]


def test_the_version_is_the_end_of_the_name() -> None:
    assert version_of(OLD["job.succeeded"]) == 1
