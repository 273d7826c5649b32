from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner, Result

from scripts.agent_push import push as pushing
from scripts.agent_push.errors import PushError, Unreachable
from scripts.agent_push.push import Pushed
from scripts.ambit_cli.main import app
from tests.unit.scripts.agent_push.test_package import write_agent

if TYPE_CHECKING:
    from pathlib import Path

PUSHED = Pushed("first-agent", "ver_1", "approved", "a" * 64, "b" * 64, "arn:1", changed=True, seconds={"upload": 0.1})


def ambit(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


@pytest.fixture
def pushes(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What would be pushed; the outcome is `outcome[0]`, or is raised."""
    asked: list[Any] = []

    def push(read: Any, stage: Any, wanted: Any) -> Pushed:
        asked.append((read(), stage.name, wanted))
        if isinstance(OUTCOME[0], PushError):
            raise OUTCOME[0]
        return OUTCOME[0]

    monkeypatch.setattr(pushing, "push", push)
    monkeypatch.setitem(globals(), "OUTCOME", [PUSHED])
    return asked


OUTCOME: list[Any] = []


def test_a_folder_is_pushed(pushes: list[Any], tmp_path: Path) -> None:
    home = write_agent(tmp_path, "first-agent")
    result = ambit("push", str(home))
    assert result.exit_code == 0
    assert result.stdout.startswith("first-agent ver_1 approved, pushed in ")
    ((agent, stage, wanted),) = pushes
    assert (agent.manifest.name, stage) == ("first-agent", "local")
    assert (wanted.approve, wanted.smoke) == (None, "smoke")


def test_what_is_asked_for_is_handed_on(pushes: list[Any], tmp_path: Path) -> None:
    home = write_agent(tmp_path, "first-agent")
    assert ambit("push", str(home), "--no-approve", "--no-smoke", "--cache", str(tmp_path / "kept")).exit_code == 0
    assert ambit("push", str(home), "--approve", "--input", "hello").exit_code == 0
    (_, _, first), (_, _, second) = pushes
    assert (first.approve, first.smoke, first.cache) == (False, None, tmp_path / "kept")
    assert (second.approve, second.smoke) == (True, "hello")


@pytest.mark.usefixtures("pushes")
def test_json_is_all_that_is_on_standard_output(tmp_path: Path) -> None:
    result = ambit("push", str(write_agent(tmp_path, "first-agent")), "--json")
    told = json.loads(result.stdout)
    assert (told["versionId"], told["artifactDigest"], told["seconds"]) == ("ver_1", "a" * 64, {"upload": 0.1})


@pytest.mark.usefixtures("pushes")
def test_of_a_candidate_it_is_told_what_comes_next(tmp_path: Path) -> None:
    OUTCOME[0] = Pushed("first-agent", "ver_1", "candidate", "a" * 64, "b" * 64, "arn:1", changed=True)
    assert "ambit versions promote ver_1" in ambit("push", str(write_agent(tmp_path, "first-agent"))).stderr


@pytest.mark.usefixtures("pushes")
@pytest.mark.parametrize(("error", "code"), [(PushError("refused"), 5), (Unreachable("down"), 7)])
def test_the_exit_code_tells_why(error: PushError, code: int, tmp_path: Path) -> None:
    OUTCOME[0] = error
    result = ambit("push", str(write_agent(tmp_path, "first-agent")))
    assert (result.exit_code, str(error) in result.stderr) == (code, True)


@pytest.mark.usefixtures("pushes")
def test_a_wrong_folder_is_told_before_anything_is_sent(tmp_path: Path) -> None:
    home = write_agent(tmp_path, "first-agent", mode="batch")
    result = ambit("push", str(home))
    assert result.exit_code == 2
    assert f"{home}/pyproject.toml:10: mode:" in result.stderr


def test_an_unknown_environment_is_told_with_those_there_are(tmp_path: Path) -> None:
    result = ambit("push", str(write_agent(tmp_path, "first-agent")), "--env", "moon")
    assert (result.exit_code, "local, dev, staging or prod" in result.stderr) == (5, True)
