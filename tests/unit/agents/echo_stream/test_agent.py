from __future__ import annotations

import pytest
from ambit_agent import Invocation
from echo_stream.agent import delay_seconds, echo

from tests.unit.agents.kit.test_invocation import payload


@pytest.mark.parametrize("text", ["one two  three", " padded ", "\n\n", "word", "a\tb\nc"])
def test_the_joined_deltas_are_the_input(text: str) -> None:
    events = list(echo(Invocation.parse(payload(input=text))))
    assert "".join(event["text"] for event in events) == text


def test_every_word_is_a_delta_of_its_own() -> None:
    assert len(list(echo(Invocation.parse(payload(input="one two three"))))) == 3


@pytest.mark.parametrize("value", [-1, 5_001, "10", True, None])
def test_a_delay_that_makes_no_sense_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="delayMs"):
        delay_seconds(value)
