from typing import Any

import pytest
from pydantic import ValidationError

from governance.incident_models import PatchIncident


@pytest.mark.parametrize("body", [{}, {"status": "closed"}, {"severity": "S0"}, {"note": " "}, {"note": "a\u202eb"}])
def test_a_change_that_says_nothing_or_nonsense_is_refused(body: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        PatchIncident.model_validate(body)


def test_a_post_mortem_may_have_lines_and_a_note_is_one() -> None:
    assert PatchIncident(postmortem="one\ntwo").postmortem == "one\ntwo"
    with pytest.raises(ValidationError):
        PatchIncident(note="one\ntwo")
