from typing import Any

import pytest
from pydantic import ValidationError

from lambdas.incidents.models import Mitigate, PatchIncident, PutHold


@pytest.mark.parametrize("body", [{}, {"status": "closed"}, {"severity": "S0"}, {"note": " "}, {"note": "a\u202eb"}])
def test_a_change_that_says_nothing_or_nonsense_is_refused(body: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        PatchIncident.model_validate(body)


def test_a_post_mortem_may_have_lines_and_a_note_is_one() -> None:
    assert PatchIncident(postmortem="one\ntwo").postmortem == "one\ntwo"
    with pytest.raises(ValidationError):
        PatchIncident(note="one\ntwo")


@pytest.mark.parametrize(
    "body", [{"action": "delete", "reason": "r"}, {"action": "pause"}, {"action": "pause", "reason": ""}]
)
def test_what_is_done_is_one_of_four_and_has_a_reason(body: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Mitigate.model_validate(body)


def test_nobody_but_the_governor_halts_an_agent() -> None:
    with pytest.raises(ValidationError):
        PutHold.model_validate({"state": "halted", "reason": "r"})
