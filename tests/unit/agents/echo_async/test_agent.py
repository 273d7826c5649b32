from __future__ import annotations

import pytest
from ambit_agent import Gateway, Invocation, Job
from echo_async.agent import bounded, echo

from tests.unit.agents.gateway_server import FakeGateway


def test_it_takes_its_steps_and_completes_with_the_input() -> None:
    server = FakeGateway()
    invocation = Invocation.parse(server.payload("hello", context={"steps": 2, "stepMs": 50}))
    with Gateway(invocation) as way:
        Job(invocation, way).run(echo)
    server.close()
    assert server.bodies("/complete") == [{"status": "succeeded", "output": "hello"}]


@pytest.mark.parametrize("value", [-1, 11, "3", True, None])
def test_a_number_that_makes_no_sense_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"context\.steps"):
        bounded(value, "steps", 10)
