from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.kill_switches import stopping_run, stopping_tool
from tests.switchboard import switch


@pytest.mark.parametrize(
    ("active", "stopped"),
    [
        (switch("platform", "platform"), True),
        (switch("tenant", "acme"), True),
        (switch("tenant", "acme-2"), False),
        (switch("tenant", "echo-agent"), False),
        (switch("agent", "echo-agent"), True),
        (switch("agent", "acme"), False),
        (switch("tool", "files.read"), False),
    ],
)
def test_a_switch_stops_the_runs_it_names(active: dict[str, Any], stopped: bool) -> None:  # noqa: FBT001 - a table's column
    assert (stopping_run([active], "acme", "echo-agent") is not None) == stopped


@pytest.mark.parametrize(
    ("active", "stopped"),
    [
        (switch("platform", "platform"), True),
        (switch("tool", "files.read"), True),
        (switch("tool", "files.write"), False),
        (switch("agent", "files.read"), False),
        (switch("tenant", "files.read"), False),
    ],
)
def test_a_switch_stops_the_tool_it_names(active: dict[str, Any], stopped: bool) -> None:  # noqa: FBT001 - a table's column
    assert (stopping_tool([active], "files.read") is not None) == stopped


def test_nothing_is_stopped_without_a_switch() -> None:
    assert stopping_run([], "acme", "echo-agent") is None
    assert stopping_tool([], "files.read") is None


def test_the_switch_that_stops_is_told_among_others() -> None:
    mine = switch("tenant", "acme")
    assert stopping_run([switch("tenant", "globex"), mine], "acme", "x") == mine


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"scope": "tennant", "target": "globex"},
        {"scope": None, "target": "globex"},
        {"scope": "tenant"},
        {"scope": "tenant", "target": ""},
        {"scope": "agent", "target": 7},
        {"scope": "TENANT", "target": "globex"},
    ],
)
def test_a_switch_that_cannot_be_understood_stops_everything(broken: dict[str, Any]) -> None:
    assert stopping_run([broken], "acme", "echo-agent") == broken
    assert stopping_tool([broken], "files.read") == broken


def test_what_is_no_run_of_an_agent_is_not_taken_for_one() -> None:
    assert stopping_run([switch("agent", "echo-agent")], "acme", "") is None


@given(st.text(min_size=1), st.text(min_size=1))
def test_a_name_stops_itself_and_nothing_else(named: str, other: str) -> None:
    assert (stopping_run([switch("tenant", named)], other, "") is not None) == (named == other)
