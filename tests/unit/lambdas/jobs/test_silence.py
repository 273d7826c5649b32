from datetime import UTC, datetime
from typing import Any

import pytest

from lambdas.jobs.silence import Silent, silent_seconds

NOW = datetime.fromtimestamp(1000, UTC)


@pytest.mark.parametrize(
    ("run", "seconds"),
    [
        ({}, 0),
        ({"leaseUntil": 1001}, 0),
        ({"leaseUntil": 1000}, 0),
        ({"leaseUntil": 990}, 10),
        ({"leaseUntil": 1180, "silentSince": 400}, 600),
    ],
    ids=["no lease", "in time", "just now", "late", "prolonged"],
)
def test_silence_is_counted_from_the_end_of_the_lease_that_the_agent_had(run: dict[str, Any], seconds: int) -> None:
    assert silent_seconds(run, NOW) == seconds


def test_operators_are_told_nothing_that_was_said() -> None:
    run = {"runId": "run_1", "agent": "a", "status": "running", "input": "secret", "leaseUntil": 1}
    told = Silent.of("acme", run, NOW).as_dict()
    assert "secret" not in str(told)
    assert (told["silentSeconds"], told["jobId"]) == (999, None)
