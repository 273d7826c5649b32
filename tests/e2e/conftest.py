"""The local platform through its public address."""

import httpx
import pytest

from tests.misbehaving import let_run


@pytest.fixture(autouse=True)
def nothing_holds_the_echo_agent(caretaker: httpx.Client) -> None:
    """Tests before this one may have had agents halted, and the echo agent paused as the first of a cascade."""
    let_run(caretaker, "echo-agent")
