from typing import Any

import pytest

from enforcement import metering
from enforcement.actions import Action, Outcome
from enforcement.errors import PolicyUnavailable
from governance.pricing import CURRENT, Usage
from tests.unit.lambdas.gateway.gateway_fakes import world

RUN: dict[str, Any] = {"priceVersion": CURRENT.version, "maxSeconds": 2, "toolCalls": 3}
TOKENS = Usage(input_tokens=10, output_tokens=5)


def action(**fields: Any) -> Action:
    return Action("files.read", {}, {}, **fields)


def test_an_estimate_is_priced_by_the_runs_book_unless_it_has_a_price_of_its_own() -> None:
    assert metering.estimate(RUN, action()) == 0
    assert metering.estimate(RUN, action(estimate=TOKENS)) == CURRENT.tokens(TOKENS)
    assert metering.estimate(RUN, action(estimate=TOKENS, price=7)) == 7
    assert metering.estimate(RUN, action(estimate=TOKENS, price=0)) == 0


def test_so_is_what_was_used() -> None:
    assert metering.used(RUN, Outcome(usage=TOKENS)) == CURRENT.tokens(TOKENS)
    assert metering.used(RUN, Outcome(usage=TOKENS, price=7)) == 7


def test_what_is_missing_of_a_reservation_covers_its_whole_time_its_calls_and_what_they_hold() -> None:
    whole = CURRENT.cost(Usage(2000, 3))
    assert metering.missing({**RUN, "reservedPico": whole + 10}, 10) == 0
    assert metering.missing({**RUN, "reservedPico": whole + 10}, 11) == 1
    assert metering.missing({**RUN, "reservedPico": whole, metering.HELD: 4}, 1) == 5


def test_tokens_that_a_model_priced_are_not_priced_again() -> None:
    used = {"inputTokens": 1000, "outputTokens": 1000}
    flat = metering.spent(world().desk, world(**used).runs.record)
    own = metering.spent(world().desk, world(**used, pricedPico=3).runs.record)
    assert flat - own == CURRENT.tokens(Usage(input_tokens=1000, output_tokens=1000)) - 3


@pytest.mark.parametrize("broken", [{"priceVersion": "none"}, {"startedAt": ""}])
def test_a_cost_that_cannot_be_told_is_no_cost_of_nought(broken: dict[str, Any]) -> None:
    found = world(**broken)
    with pytest.raises(PolicyUnavailable):
        metering.spent(found.desk, found.runs.record)


def test_what_is_told_of_a_runs_money_is_what_it_spent_and_what_is_held() -> None:
    found = world(heldPico=7)
    told = metering.told(found.desk, found.runs.record)["money"]
    assert told == {"spentPico": metering.spent(found.desk, found.runs.record), "heldPico": 7}
