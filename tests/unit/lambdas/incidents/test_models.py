from typing import Any

import pytest
from pydantic import ValidationError

from lambdas.incidents.models import Mitigate, PutHold


@pytest.mark.parametrize(
    "body", [{"action": "delete", "reason": "r"}, {"action": "pause"}, {"action": "pause", "reason": ""}]
)
def test_what_is_done_is_one_of_four_and_has_a_reason(body: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Mitigate.model_validate(body)


def test_nobody_but_the_governor_halts_an_agent() -> None:
    with pytest.raises(ValidationError):
        PutHold.model_validate({"state": "halted", "reason": "r"})
