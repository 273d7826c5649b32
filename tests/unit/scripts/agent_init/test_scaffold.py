from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema_rs
import pytest
import yaml

from governance.manifest import json_schema
from scripts.agent_init import scaffold as scaffolding
from scripts.agent_init.scaffold import TEMPLATES, Names, scaffold
from scripts.agent_push.errors import PushError
from scripts.agent_push.folder import read_agent
from scripts.ambit_cli.commands.init import Template

NAMES = Names("invoice-agent", "billing")
PLACEHOLDERS = re.compile("agent-name|agent_package|agent-owner|kit-wheel")


@pytest.fixture(autouse=True)
def _no_uv(monkeypatch: pytest.MonkeyPatch) -> None:
    """What uv does is tested where agents are really made: tests/e2e/test_push.py."""

    def make_wheel(folder: Path) -> Path:
        folder.mkdir()
        wheel = folder / "ambit_agent-1-py3-none-any.whl"
        wheel.write_bytes(b"")
        return wheel

    monkeypatch.setattr(scaffolding, "make_wheel", make_wheel)
    monkeypatch.setattr(scaffolding, "lock", lambda folder: (folder / "uv.lock").write_text(""))


@pytest.fixture(params=TEMPLATES)
def made(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return scaffold(NAMES, request.param, tmp_path)


def test_the_command_offers_every_template() -> None:
    assert [template.value for template in Template] == list(TEMPLATES)
    assert {path.name for path in scaffolding.HERE.iterdir()} == {"common", *TEMPLATES.values()}


def test_an_agent_has_its_names_everywhere(made: Path) -> None:
    agent = read_agent(made)
    assert (agent.manifest.name, agent.manifest.owner) == ("invoice-agent", "billing")
    assert agent.source.imports == ("invoice_agent",)
    for path in made.rglob("*"):
        assert not PLACEHOLDERS.search(str(path.relative_to(made)))
        if path.is_file():
            assert not PLACEHOLDERS.search(path.read_text()), path
    assert "vendor/ambit_agent-1-py3-none-any.whl" in (made / "pyproject.toml").read_text()


def test_an_agent_has_the_suite_that_its_manifest_names(made: Path) -> None:
    (name,) = read_agent(made).manifest.evaluations
    suite = json.loads((made / "evaluations" / f"{name}.json").read_text())
    assert (suite["name"], suite["agents"], suite["required"]) == (name, ["invoice-agent"], True)
    assert len(suite["cases"]) >= 3
    assert all(case["scorers"] and case["input"] for case in suite["cases"])


@pytest.mark.parametrize("pipeline", [".github/workflows/agent.yml", ".gitlab-ci.yml"])
def test_an_agents_pipelines_push_evaluate_and_promote(pipeline: str, tmp_path: Path) -> None:
    text = (scaffold(NAMES, "basic", tmp_path) / pipeline).read_text()
    assert yaml.safe_load(text)
    commands = [
        "ambit doctor .",
        "ambit push . --env dev --no-approve",
        "ambit evaluate invoice-agent",
        "ambit versions promote",
    ]
    assert [text.index(command) for command in commands] == sorted(text.index(command) for command in commands)


def test_a_template_fits_the_published_schema(made: Path) -> None:
    assert jsonschema_rs.is_valid(json_schema(), read_agent(made).manifest.as_dict())


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    made = scaffold(NAMES, "basic", tmp_path)
    (made / "README.md").write_text("mine")
    with pytest.raises(PushError, match="is there already"):
        scaffold(NAMES, "rag", tmp_path)
    assert (made / "README.md").read_text() == "mine"


def test_a_folder_that_cannot_be_finished_is_not_left_half_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_folder: Path) -> None:
        raise PushError("no network")

    monkeypatch.setattr(scaffolding, "lock", fail)
    with pytest.raises(PushError, match="no network"):
        scaffold(NAMES, "basic", tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["Invoice", "../elsewhere", "a", "a--b", "x" * 26, "a_b", ""])
def test_a_name_that_no_agent_may_have_makes_nothing(name: str, tmp_path: Path) -> None:
    with pytest.raises(PushError, match="is no agent's name: 2 to 25 lower case"):
        scaffold(Names(name, "me"), "basic", tmp_path / "in")
    assert not (tmp_path / "in").exists()


@pytest.mark.parametrize("name", ["json", "class", "ambit-agent"])
def test_a_name_that_would_hide_a_module_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(PushError, match=f"call it {name}-agent"):
        scaffold(Names(name, "me"), "basic", tmp_path)
