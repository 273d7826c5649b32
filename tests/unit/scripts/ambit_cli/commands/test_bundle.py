"""`ambit bundle` as people type it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from scripts.ambit_cli.main import app
from tests.unit.scripts.agent_bundle.test_bundle import folder
from tests.unit.scripts.agent_push.test_package import no_dependencies

__all__ = ["no_dependencies"]


def ambit(*words: object) -> Result:
    return CliRunner().invoke(app, ["bundle", *map(str, words)])


@pytest.mark.usefixtures("no_dependencies")
def test_folders_become_a_bundle_that_verifies(tmp_path: Path) -> None:
    home, bundle = folder(tmp_path, "first-agent"), tmp_path / "bundle.zip"
    result = ambit(home, "-o", bundle, "--env", "local", "--cache", tmp_path / "cache")
    assert result.exit_code == 0, result.output
    assert "first-agent 0.4.0 for linux/" in result.stdout
    told = json.loads(ambit("verify", bundle, "--json").stdout)
    assert told["agents"]["first-agent"]["version"] == "0.4.0"
    bundle.write_bytes(bundle.read_bytes()[:-40])
    assert ambit("verify", bundle).exit_code == 1


def test_what_cannot_be_bundled_is_told(tmp_path: Path) -> None:
    assert ambit("no-such-agent", "-o", tmp_path / "x").exit_code == 5
    assert ambit(tmp_path, "-o", tmp_path / "x").exit_code == 2
    assert ambit("echo-agent", "-o", tmp_path / "x", "--env", "moon").exit_code == 2
    assert ambit("echo-agent", "echo-agent", "-o", tmp_path / "x").exit_code == 5
    assert not (tmp_path / "x").exists()
