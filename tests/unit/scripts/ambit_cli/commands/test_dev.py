from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from scripts.agent_push import push as pushing
from scripts.agent_push import watch
from scripts.agent_push.errors import PushError
from scripts.agent_push.push import Pushed
from scripts.ambit_cli.main import app
from tests.unit.scripts.agent_push.test_package import write_agent

if TYPE_CHECKING:
    from pathlib import Path


def test_each_change_is_pushed_a_fault_is_told_and_ctrl_c_ends_it_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = write_agent(tmp_path, "first-agent")
    asked: list[Any] = []
    changes: list[Any] = [lambda: (home / "pyproject.toml").write_text("[["), lambda: None]

    def push(read: Any, stage: Any, wanted: Any) -> Pushed:
        asked.append((stage.name, wanted.smoke, wanted.again))
        name = read().manifest.name
        run = {"status": "succeeded", "output": {"words": 3}}
        return Pushed(name, f"ver_{len(asked)}", "approved", "a", "b", "arn", changed=True, smoke=run)

    def wait_for_change(_folder: Path, before: Any) -> Any:
        if not changes:
            raise KeyboardInterrupt
        changes.pop(0)()
        return before

    monkeypatch.setattr(pushing, "push", push)
    monkeypatch.setattr(watch, "wait_for_change", wait_for_change)
    result = CliRunner().invoke(app, ["dev", str(home), "--input", "one two three"])
    assert result.exit_code == 0
    assert asked == [("local", "one two three", True)] * 3
    assert '"words": 3' in result.stdout
    assert result.stderr.count("not pushed, the version before still serves") == 2
    assert result.stdout.splitlines()[-1].startswith("stopped")


def test_a_folder_without_an_agent_is_not_followed(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["dev", str(tmp_path)])
    assert (result.exit_code, "ambit init" in result.stderr) == (2, True)


def test_a_push_that_fails_is_no_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def push(*_: Any) -> Pushed:
        raise PushError("the platform is down")

    def interrupted(*_: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(pushing, "push", push)
    monkeypatch.setattr(watch, "wait_for_change", interrupted)
    result = CliRunner().invoke(app, ["dev", str(write_agent(tmp_path, "first-agent"))])
    assert (result.exit_code, "the platform is down" in result.stderr, "watching" in result.stdout) == (0, True, True)
