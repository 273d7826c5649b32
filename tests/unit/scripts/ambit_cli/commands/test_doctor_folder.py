from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from scripts.ambit_cli.main import app
from tests.unit.scripts.agent_init.test_kit import wheel
from tests.unit.scripts.agent_push.test_package import write_agent

if TYPE_CHECKING:
    from pathlib import Path

CASE = {"caseId": "a", "input": "hi", "scorers": [{"type": "exact", "expected": "hi"}]}
SUITE = {"name": "core", "description": "d", "agents": ["first-agent"], "cases": [CASE]}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A sound agent, whose lock holds one requirement."""
    monkeypatch.setattr("infra.bundling.locks.run", lambda *_, **__: "one==1 \\\n    --hash=sha256:0\n")
    monkeypatch.setattr("infra.bundling.bundler.CACHE", tmp_path / "cache")
    found = write_agent(tmp_path, "first-agent", extra='evaluations = ["core"]\n')
    (found / "vendor").mkdir()
    wheel(found / "vendor")
    (found / "evaluations").mkdir()
    suite(found, SUITE)
    return found


def suite(home: Path, value: Any) -> None:
    (home / "evaluations" / "core.json").write_text(json.dumps(value))


def findings(home: Path) -> tuple[int, dict[str, tuple[bool, str]]]:
    result = CliRunner().invoke(app, ["doctor", str(home), "--folder-only", "--json"])
    return result.exit_code, {found["check"]: (found["ok"], found["detail"]) for found in json.loads(result.stdout)}


def test_a_sound_folder_is_told_to_be_sound(home: Path) -> None:
    code, found = findings(home)
    assert (code, set(found)) == (0, {"manifest and code", "lock", "kit", "evaluations"})
    assert found["lock"] == (True, "1 dependencies, pinned and hashed")


def test_every_fault_of_a_manifest_is_told_with_its_line(home: Path) -> None:
    path = home / "pyproject.toml"
    path.write_text(path.read_text().replace('"sync"', '"batch"') + "colour = 1\n")
    result = CliRunner().invoke(app, ["doctor", str(home), "--folder-only"])
    assert result.exit_code == 1
    assert result.stdout.count("BAD  manifest and code") == 2
    assert f"{path}:10: mode" in result.stdout


def test_a_missing_lock_is_told_with_what_to_do(home: Path) -> None:
    (home / "uv.lock").unlink()
    code, found = findings(home)
    assert (code, found["lock"][0], "run `uv lock`" in found["lock"][1]) == (1, False, True)


def test_a_kit_that_is_not_the_platforms_is_told_with_the_command(home: Path) -> None:
    wheel(home / "vendor", gateway="older = True")
    code, found = findings(home)
    assert (code, "to take that: uv build --wheel" in found["kit"][1]) == (0, True)
    next((home / "vendor").iterdir()).unlink()
    code, found = findings(home)
    assert (code, found["kit"][0]) == (1, False)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"name": "other"}, "add 'other' to evaluations"),
        ({"agents": ["another-agent"]}, "add 'first-agent' to its agents"),
        ({"cases": []}, "at least 1 item"),
        ({"cases": 3}, "core.json:1: cases: Input should be a valid list"),
    ],
)
def test_a_suite_that_would_not_run_is_told(home: Path, change: dict[str, Any], told: str) -> None:
    suite(home, SUITE | change)
    code, found = findings(home)
    assert (code, told in found["evaluations"][1]) == (1, True)


def test_an_agent_that_nothing_judges_is_told(home: Path) -> None:
    path = home / "pyproject.toml"
    path.write_text(path.read_text().replace('evaluations = ["core"]\n', ""))
    (home / "evaluations" / "core.json").unlink()
    assert "names none" in findings(home)[1]["evaluations"][1]
