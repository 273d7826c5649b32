from typing import Any

import pytest

from governance.job_limits import DEFAULT_HEARTBEAT_SECONDS, JobLimits, job_limits
from governance.manifest import Manifest, ManifestError

DECLARED = {"name": "ab", "owner": "o", "description": "d", "mode": "async", "handler": "a:b"}


def test_what_a_manifest_leaves_out_is_one_attempt_and_the_plans_time() -> None:
    assert job_limits({}, 3600) == JobLimits(3600, DEFAULT_HEARTBEAT_SECONDS, 1)


@pytest.mark.parametrize(("declared", "plan", "seconds"), [(900, 3600, 900), (28_800, 3600, 3600)])
def test_neither_the_manifest_nor_the_plan_is_exceeded(declared: int, plan: int, seconds: int) -> None:
    assert job_limits({"maxDurationSeconds": declared}, plan).seconds == seconds


def test_silence_and_attempts_are_the_manifests() -> None:
    assert job_limits({"heartbeatSeconds": 20, "maxAttempts": 5}, 3600) == JobLimits(3600, 20, 5)


@pytest.mark.parametrize(
    "wrong", [{"heartbeatSeconds": 4}, {"heartbeatSeconds": 901}, {"maxAttempts": 0}, {"maxAttempts": 11}]
)
def test_a_manifest_cannot_declare_more_or_less(wrong: dict[str, Any]) -> None:
    with pytest.raises(ManifestError):
        Manifest.parse({**DECLARED, **wrong})


def test_a_manifest_that_declares_neither_is_recorded_as_before() -> None:
    assert {"heartbeatSeconds", "maxAttempts"}.isdisjoint(Manifest.parse(DECLARED).as_dict())
