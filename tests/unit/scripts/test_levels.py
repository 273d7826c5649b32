import sys
from pathlib import Path

import pytest

from scripts.levels import APART, LIVE, Lane

TESTS = Path(__file__).resolve().parents[2]
NONE, THIS = (sys.executable, "-m", "no_such_module_of_ours"), (sys.executable, "-m", "this")


def test_no_level_is_forgotten() -> None:
    named = {
        word.removeprefix("tests/") for command in (*LIVE, *APART) for word in command if word.startswith("tests/")
    }
    levels = {folder.name for folder in TESTS.iterdir() if any(folder.rglob("test_*.py"))}
    assert levels - named == {"long", "smoke"}


def test_without_what_it_starts_a_lane_runs_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    lane = Lane("live", [THIS], start=NONE)
    lane.run()
    assert lane.failed == ["no_such_module_of_ours"]
    assert "Tim Peters" not in capsys.readouterr().out


def test_a_lane_goes_on_after_a_failure_and_tells_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    lane = Lane("apart", [NONE, THIS], before=("env",))
    lane.run()
    assert lane.failed == ["no_such_module_of_ours"]
    said = capsys.readouterr().out.splitlines()
    assert all(line.startswith("apart | ") for line in said)
    assert "apart | The Zen of Python, by Tim Peters" in said
