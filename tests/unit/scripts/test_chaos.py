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
        told.append((command[1:], options["env"]["AMBIT_SOAK_MINUTES"]))
        return SimpleNamespace(returncode=0)

    def proof(arguments: list[str]) -> int:
        told.append(arguments)
        return 0

    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr(chaos.proofs, "main", proof)
    return told


def test_every_run_comes_between_forgetting_and_judging(ran: list[Any]) -> None:
    assert chaos.main() == 0
    assert ran == [["chaos", "--forget"], *((list(run), "2") for run in chaos.RUNS), ["chaos"]]


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


def test_each_file_that_is_marked_is_run_once() -> None:
    folders = [run[-1] for run in chaos.RUNS]
    marked = [path for path in ROOT.glob("tests/**/test_*.py") if "mark.chaos(" in path.read_text(encoding="utf-8")]
    assert len(marked) > len(folders)
    strays = [path for path in marked if sum(path.is_relative_to(ROOT / folder) for folder in folders) != 1]
    assert [path.name for path in strays if path != Path(__file__)] == []
