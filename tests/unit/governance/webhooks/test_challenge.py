import json

import pytest

from governance.webhooks import challenge
from governance.webhooks.sending import Tried

ASKED = "9m1Ni0tDTYkVYSlZ5Ezcqg"


@pytest.mark.parametrize("body", [ASKED, f" {ASKED}\n", json.dumps(ASKED), json.dumps({"challenge": ASKED, "x": 1})])
def test_who_repeats_the_challenge_has_met_it(body: str) -> None:
    assert challenge.is_met(ASKED, Tried(200, 1, body=body))


@pytest.mark.parametrize(
    "body",
    [
        *("", "ok", ASKED[:-1], f"x{ASKED}", json.dumps({"challenge": ASKED[:-1]}), json.dumps({"challenge": 1})),
        *(json.dumps([ASKED]), json.dumps({"data": {"challenge": ASKED}}), "[" * 5000, "é"),
    ],
)
def test_who_says_anything_else_has_not(body: str) -> None:
    tried = Tried(200, 1, body=body)
    assert not challenge.is_met(ASKED, tried)
    assert challenge.failure(tried) == "The endpoint's answer does not repeat the challenge."


def test_a_failure_that_repeats_it_has_not() -> None:
    tried = Tried(500, 1, body=ASKED)
    assert not challenge.is_met(ASKED, tried)
    assert "500" in challenge.failure(tried)


def test_who_was_not_reached_is_told_so() -> None:
    assert "address not public" in challenge.failure(Tried(0, 1, "address not public", refused=True))


def test_challenges_are_never_alike() -> None:
    assert len({challenge.mint() for _ in range(100)}) == 100
