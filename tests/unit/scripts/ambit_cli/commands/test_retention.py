import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from data_access_lib.retention import sweep_of_day
from scripts.ambit_cli import operations
from scripts.ambit_cli.commands import retention
from scripts.ambit_cli.main import app

SWEEPS = "POST /v1/platform/retention-sweeps"
ID = "opn_" + "1" * 32
TIMES = {"createdAt": "2026-03-04T03:17:00.000Z", "updatedAt": "2026-03-04T03:18:00.000Z"}
QUEUED = {"operationId": ID, "kind": "retention.sweep", "status": "queued", "progress": 0, **TIMES}
RESULT = {"tenants": "2", "failed": "0", "objects": "3", "RUN": "12"}
DONE = {**QUEUED, "status": "succeeded", "progress": 100, "result": RESULT}


def ambit(*words: str) -> Result:
    return CliRunner().invoke(app, ["retention", *words])


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operations, "_POLL_SECONDS", 0)


def test_a_sweep_is_started_and_awaited_and_its_result_shown(platform: Any, answer: Any) -> None:
    platform.will_answer(SWEEPS, answer(202, QUEUED))
    running = {**QUEUED, "status": "running", "progress": 40}
    platform.will_answer(f"GET /v1/operations/{ID}", answer(200, running), answer(200, DONE))
    told = ambit("sweep")
    assert told.exit_code == 0
    assert "RUN          12" in told.stdout
    assert f"{ID} 40 %" in told.stderr


def test_nobody_has_to_wait_for_it(platform: Any, answer: Any) -> None:
    platform.will_answer(SWEEPS, answer(202, QUEUED))
    assert json.loads(ambit("sweep", "--no-wait", "--json").stdout) == QUEUED
    assert len(platform.asked) == 1


def test_a_sweep_that_stopped_says_what_to_do_and_fails(platform: Any, answer: Any) -> None:
    error = {"code": "LIFECYCLE_FAILED", "message": "The next sweep begins anew."}
    platform.will_answer(SWEEPS, answer(202, {**QUEUED, "status": "failed", "error": error}))
    told = ambit("sweep")
    assert told.exit_code != 0
    assert "The next sweep begins anew." in told.stdout


def test_the_last_nightly_sweep_is_this_days_or_else_the_one_before(
    platform: Any, answer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    noon = datetime(2026, 3, 4, 12, tzinfo=UTC)

    class Noon(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return noon.astimezone(tz)

    monkeypatch.setattr(retention, "datetime", Noon)
    yesterday = sweep_of_day(noon - timedelta(days=1))
    platform.will_answer(f"GET /v1/operations/{yesterday}", answer(200, {**DONE, "operationId": yesterday}))
    assert json.loads(ambit("show", "--json").stdout)["operationId"] == yesterday
    assert [asked.path for asked in platform.asked] == [
        f"/v1/operations/{one}" for one in (sweep_of_day(noon), yesterday)
    ]


def test_a_sweep_can_be_named(platform: Any, answer: Any) -> None:
    platform.will_answer(f"GET /v1/operations/{ID}", answer(200, DONE))
    assert "objects      3" in ambit("show", ID).stdout


def test_when_there_was_none_it_says_how_to_start_one(platform: Any) -> None:
    told = ambit("show")
    assert told.exit_code != 0
    assert "ambit retention sweep" in told.stderr
    assert len(platform.asked) == 2


def test_a_sweep_that_was_named_and_is_not_there_is_said_to_be_that_one(platform: Any) -> None:
    told = ambit("show", ID)
    assert told.exit_code != 0
    assert ID in told.stderr
    assert len(platform.asked) == 1
