from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from scripts.agent_init import scaffold as scaffolding
from scripts.ambit_cli.main import app

if TYPE_CHECKING:
    from pathlib import Path


def test_a_folder_is_made_and_the_next_steps_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def scaffold(names: Any, template: str, into: Path) -> Path:
        asked.append((names.agent, names.owner, template, into))
        return into / names.agent

    monkeypatch.setattr(scaffolding, "scaffold", scaffold)
    words = ["init", "invoice-agent", "--template", "multi-agent", "--into", str(tmp_path), "--owner", "billing"]
    result = CliRunner().invoke(app, words)
    assert (result.exit_code, asked) == (0, [("invoice-agent", "billing", "multi-agent", tmp_path)])
    assert f"ambit push {tmp_path}/invoice-agent" in result.stdout


def test_why_nothing_was_made_is_told(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["init", "No Name", "--into", str(tmp_path)])
    assert (result.exit_code, "is no agent's name" in result.stderr) == (5, True)


def test_an_unknown_template_is_told_with_those_there_are() -> None:
    result = CliRunner().invoke(app, ["init", "an-agent", "--template", "magic"])
    assert result.exit_code == 2
    assert "multi-agent" in result.stderr
