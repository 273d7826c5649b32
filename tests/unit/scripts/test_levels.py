import sys
from pathlib import Path

import pytest

from scripts.levels import APART, LIVE, Failure, Lane

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
    assert [failure.command for failure in lane.failed] == ["no_such_module_of_ours"]
    assert "Tim Peters" not in capsys.readouterr().out


def test_a_lane_goes_on_after_a_failure_and_tells_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    lane = Lane("apart", [NONE, THIS], before=("env",))
    lane.run()
    assert [failure.command for failure in lane.failed] == ["no_such_module_of_ours"]
    said = capsys.readouterr().out.splitlines()
    assert all(line.startswith("apart | ") for line in said)
    assert "apart | The Zen of Python, by Tim Peters" in said


def test_the_last_lines_name_the_tests_that_failed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    suite = tmp_path / "tests" / "test_two.py"
    suite.parent.mkdir()
    suite.write_text("def test_right(): pass\ndef test_wrong(): assert 1 == 2\n")
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    monkeypatch.chdir(tmp_path)
    lane = Lane("apart", [(sys.executable, "-m", "pytest", "-q")])
    lane.run()
    (failure,) = lane.failed
    assert len(failure.lines) == 1
    assert failure.lines[0].startswith("FAILED tests/test_two.py::test_wrong")
    assert "test_wrong" in capsys.readouterr().out


def test_a_failure_that_names_nothing_is_told_by_its_last_lines() -> None:
    lane = Lane("apart", [(sys.executable, "-c", "for n in range(40): print('line', n)\nraise SystemExit(3)")])
    lane.run()
    (failure,) = lane.failed
    assert failure.lines == tuple(f"line {n}" for n in range(28, 40))
    assert str(Failure("x", ("y" * 1000,))) == f"failed: x\n  {'y' * 300}"


def test_what_the_web_apps_tests_left_running_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    said = (
        "\x1b[1mReferenceError\x1b[22m: window is not defined",
        "\x1b[31mThis error originated in src/a.test.tsx\x1b[39m test file.",
        *(f"line {n}" for n in range(20)),
    )
    lane = Lane("apart", [(sys.executable, "-c", f"print(*{said!r}, sep='\\n')\nraise SystemExit(1)")])
    lane.run()
    (failure,) = lane.failed
    assert failure.lines == (
        "ReferenceError: window is not defined",
        "This error originated in src/a.test.tsx test file.",
    )
    assert "\x1b[1mReferenceError" in capsys.readouterr().out
