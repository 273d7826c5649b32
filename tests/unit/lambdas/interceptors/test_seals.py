import copy
from typing import Any

import pytest

from lambdas.interceptors.seals import Seal

SEAL = Seal(b"k" * 32, "run_1", "ses", 1)
BODIES: list[dict[str, Any]] = [
    {"jsonrpc": "2.0", "id": 1, "error": {"code": -32000, "message": "no"}},
    {"jsonrpc": "2.0", "id": 1, "error": {"code": -32000, "message": "no", "data": {"code": "KILL_SWITCH"}}},
    {"jsonrpc": "2.0", "id": 1, "result": {"content": [], "isError": True}},
    {"jsonrpc": "2.0", "id": 1, "result": {"content": [], "isError": True, "_meta": {"a": "b"}}},
]


@pytest.mark.parametrize("body", BODIES, ids=["error", "data", "result", "meta"])
def test_a_sealed_answer_comes_back_as_it_was(body: dict[str, Any]) -> None:
    before = copy.deepcopy(body)
    sealed = SEAL.put(body)
    assert sealed != body
    assert SEAL.opened(sealed) == body == before


@pytest.mark.parametrize("body", BODIES, ids=["error", "data", "result", "meta"])
@pytest.mark.parametrize(
    "other",
    [
        Seal(b"l" * 32, "run_1", "ses", 1),
        Seal(b"k" * 32, "run_2", "ses", 1),
        Seal(b"k" * 32, "run_1", "other", 1),
        Seal(b"k" * 32, "run_1", "ses", 2),
        Seal(b"k" * 32, "run_1", "ses", "1"),
        Seal(b"", "run_1", "ses", 1),
    ],
    ids=["key", "run", "session", "id", "kind of id", "no key"],
)
def test_a_seal_is_good_for_one_message_of_one_run(body: dict[str, Any], other: Seal) -> None:
    assert other.opened(SEAL.put(body)) is None


@pytest.mark.parametrize("body", BODIES, ids=["error", "data", "result", "meta"])
def test_what_was_changed_is_not_ours(body: dict[str, Any]) -> None:
    sealed = SEAL.put(body)
    for name in ("error", "result"):
        if name in sealed:
            assert SEAL.opened({**sealed, name: {**sealed[name], "more": 1}}) is None
    assert SEAL.opened({**sealed, "id": 2}) is None


@pytest.mark.parametrize(
    "body", [None, [], "x", {}, {"result": None}, {"result": []}, {"error": "x"}, *BODIES], ids=repr
)
def test_what_has_no_seal_is_not_ours(body: object) -> None:
    assert SEAL.opened(body) is None


def test_without_a_key_nothing_is_sealed() -> None:
    assert Seal(b"", "run_1", "", 1).put(BODIES[0]) == BODIES[0]
