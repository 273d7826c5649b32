from __future__ import annotations

from ambit_agent import Invocation
from echo_agent.agent import echo

from tests.unit.agents.kit.test_invocation import payload


def test_the_answer_is_the_input() -> None:
    assert echo(Invocation.parse(payload(input="hello"))) == "hello"
