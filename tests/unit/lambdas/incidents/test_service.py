"""What the service decides by itself; the whole is told by tests/functional/incidents."""

from typing import Any

import pytest

from lambdas.incidents.service import _own_target
from platform_kit.errors import Unprocessable

INCIDENT: dict[str, Any] = {"agent": "echo-agent", "lastRun": "run_1"}


@pytest.mark.parametrize(
    ("action", "target"), [("pause", "echo-agent"), ("quarantine", "echo-agent"), ("kill_run", "run_1")]
)
def test_what_is_not_named_is_the_incidents_own(action: str, target: str) -> None:
    assert _own_target(INCIDENT, action) == target


@pytest.mark.parametrize(("incident", "action"), [(INCIDENT, "revoke"), ({}, "pause"), ({"agent": "a"}, "kill_run")])
def test_what_an_incident_does_not_have_must_be_named(incident: dict[str, Any], action: str) -> None:
    with pytest.raises(Unprocessable) as refused:
        _own_target(incident, action)
    assert refused.value.errors[0].pointer == "/target"
