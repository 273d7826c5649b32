from dataclasses import replace
from typing import Any

import pytest

from governance.audit import checkpoint
from governance.audit.checkpoint import NoCheckpoint, read, signature_holds
from governance.audit.entry import FIRST
from tests.audit_logs import OTHER_KEY, attested, log, signer, verify

ENTRIES = log(12)
FIRST_ONE, SECOND = attested(ENTRIES, [5, 12])


def test_a_checkpoint_names_where_the_chain_ended_and_the_one_before_it() -> None:
    assert (FIRST_ONE.count, FIRST_ONE.head, FIRST_ONE.previous) == (5, ENTRIES[4]["hash"], FIRST)
    assert SECOND.previous == FIRST_ONE.hash
    assert SECOND.end == (12, ENTRIES[11]["hash"])
    assert SECOND.frontier.root == SECOND.root


def test_it_comes_back_from_json_as_it_was_and_its_signature_holds() -> None:
    again = read(SECOND.as_json())
    assert again == SECOND
    assert signature_holds(again, verify)


CHANGES = [
    ("tenant", "globex"),
    ("count", 13),
    ("head", "0" * 64),
    ("time", "later"),
    ("previous", FIRST),
    ("key_id", "k2"),
    ("signature", SECOND.signature[:-2] + "AA"),
    ("signature", ""),
    ("signature", "!"),
    ("signature", SECOND.signature + "AA"),
]


@pytest.mark.parametrize(("name", "value"), CHANGES, ids=[f"{name}-{i}" for i, (name, _) in enumerate(CHANGES)])
def test_nothing_of_it_can_be_changed_without_breaking_the_signature(name: str, value: Any) -> None:
    changed: Any = {name: value}
    assert not signature_holds(replace(SECOND, **changed), verify)


def test_another_key_signs_nothing_that_holds() -> None:
    assert not signature_holds(SECOND.signed(signer(OTHER_KEY)), verify)


WRONG: list[dict[str, Any]] = [
    {"schema": "ambit-audit-checkpoint/2"},
    {"count": True},
    {"count": 0},
    {"count": "12"},
    {"count": 13},
    {"peaks": "x"},
    {"peaks": [1]},
    {"peaks": []},
    {"root": "0" * 64},
    {"head": None},
    {"time": "\u0661"},
    {"more": 1},
]


@pytest.mark.parametrize("change", WRONG, ids=str)
def test_what_is_not_exactly_a_checkpoint_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(NoCheckpoint):
        read({**SECOND.as_json(), **change})


@pytest.mark.parametrize("value", [None, [], "x", {}])
def test_what_is_no_checkpoint_at_all_is_refused(value: Any) -> None:
    with pytest.raises(NoCheckpoint):
        read(value)


def test_the_first_checkpoint_has_none_before_it() -> None:
    made = checkpoint.after(None, "acme", SECOND.end, SECOND.frontier, time="t", key_id="k")
    assert (made.previous, made.signature) == (FIRST, "")
