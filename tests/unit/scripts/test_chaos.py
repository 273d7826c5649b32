import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from scripts import chaos

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What was run, and what the proof was asked; nothing is."""
    told: list[Any] = []

    def run(command: list[str], **options: Any) -> Any:
        told.append((command[-1], options["env"]["AMBIT_SOAK_MINUTES"]))
        return SimpleNamespace(returncode=0)

    def proof(arguments: list[str]) -> int:
        told.append(arguments)
        return 0

    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr(chaos.proofs, "main", proof)
    return told


def test_every_run_comes_between_forgetting_and_judging(ran: list[Any]) -> None:
    assert chaos.main() == 0
    last = [(chaos.marked(folder)[-1], "2") for folder in chaos.RUNS]
    assert ran == [["chaos", "--forget"], *last, ["chaos"]]


@pytest.mark.parametrize("broken", range(len(chaos.RUNS)))
def test_a_run_that_breaks_fails_it_whatever_was_counted(
    broken: int, ran: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    codes = iter([int(number == broken) for number in range(len(chaos.RUNS))])
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: SimpleNamespace(returncode=next(codes)))
    assert chaos.main() == 1


def test_a_family_that_is_not_proven_fails_it(ran: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chaos.proofs, "main", lambda arguments: int(arguments == ["chaos"]))
    assert chaos.main() == 1


def test_each_file_that_marks_a_family_is_run_once() -> None:
    runs = [file for folder in chaos.RUNS for file in chaos.marked(folder)]
    assert sorted(runs) == chaos.marked("tests")
    assert "tests/long/test_soak.py" in runs
