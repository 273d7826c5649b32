from typing import Any

import pytest

from lambdas.evaluations.versions import EvaluatedVersion, look_up

RECORD = {"agent": "a", "versionId": "ver_1", "contentHash": "c", "status": "candidate", "parent": None}


class Records:
    def __init__(self, found: Any) -> None:
        self.found = found

    def by_id(self, _version_id: str) -> Any:
        return {**RECORD, "status": "draft"}

    def find(self, _agent: str, _version_id: str) -> Any:
        return self.found


def test_the_record_counts_and_not_the_index_that_lags() -> None:
    assert look_up(Records(RECORD), "ver_1").status == "candidate"
    assert look_up(Records(None), "ver_1").status == "draft"


@pytest.mark.parametrize(
    ("status", "evaluated", "triggers"),
    [
        ("draft", False, False),
        ("candidate", True, True),
        ("approved", True, True),
        ("deprecated", True, False),
        ("retired", False, False),
        ("quarantined", False, False),
    ],
)
def test_which_states_are_evaluated(status: str, *, evaluated: bool, triggers: bool) -> None:
    version = EvaluatedVersion.of({**RECORD, "status": status})
    assert (version.may_be_evaluated, version.triggers) == (evaluated, triggers)
