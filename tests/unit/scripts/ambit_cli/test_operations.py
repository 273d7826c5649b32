from typing import Any

import pytest
import typer

from scripts.ambit_cli import operations
from scripts.ambit_cli.exits import Exit

RUNNING = {"operationId": "opn_1", "status": "running", "progress": 7}


class Api:
    """Answers with one operation after another."""

    def __init__(self, *answers: dict[str, Any]) -> None:
        self.answers = list(answers)

    def get(self, path: str) -> dict[str, Any]:
        assert path == "/v1/operations/opn_1"
        return self.answers.pop(0)


def wait_for(api: Any, seconds: float) -> dict[str, Any]:
    return operations.wait_for(api, RUNNING, seconds)


def test_it_is_polled_to_its_end_and_progress_is_told_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(operations, "_POLL_SECONDS", 0)
    done = {**RUNNING, "status": "succeeded"}
    assert wait_for(Api(RUNNING, {**RUNNING, "progress": 9}, done), 60) == done
    assert capsys.readouterr().err.splitlines() == ["opn_1 7 %", "opn_1 9 %"]


def test_after_the_deadline_it_says_where_to_look(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as left:
        wait_for(Api(), -1)
    assert left.value.exit_code == Exit.UNAVAILABLE
    assert "GET /v1/operations/opn_1" in capsys.readouterr().err
