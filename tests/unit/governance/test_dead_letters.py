import pytest

from governance.dead_letters import STEPS, asked_again


def test_a_rule_hears_of_its_own_step_alone() -> None:
    patterns = [asked_again(step)["detail"]["step"] for step in STEPS]
    assert patterns == [[step] for step in STEPS]


def test_a_step_that_nobody_does_has_no_rule() -> None:
    with pytest.raises(LookupError):
        asked_again("explode")
