import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from scripts.ambit_cli.main import app
from tests.audit_logs import KEY, OTHER_KEY, pem
from tests.evidence_bundles import VERSION, bundle_of

RUNNER = CliRunner()


@pytest.fixture
def key(tmp_path: Path) -> str:
    (tmp_path / "key.pem").write_bytes(pem(KEY))
    return str(tmp_path / "key.pem")


@pytest.fixture
def bundle(tmp_path: Path) -> str:
    (tmp_path / "evidence.zip").write_bytes(bundle_of())
    return str(tmp_path / "evidence.zip")


def test_a_bundle_that_holds_says_what_it_proves(bundle: str, key: str) -> None:
    told = RUNNER.invoke(app, ["evidence", "verify", bundle, "--key", key, "--json"])
    assert told.exit_code == 0
    found = json.loads(told.stdout)
    assert (found["holds"], found["content_hash"], found["passed_cases"]) == (True, VERSION["contentHash"], 3)
    assert "tool-agent" in RUNNER.invoke(app, ["evidence", "verify", bundle, "--key", key]).stdout


def test_what_does_not_hold_is_named(bundle: str, key: str, tmp_path: Path) -> None:
    other = tmp_path / "other.pem"
    other.write_bytes(pem(OTHER_KEY))
    told = RUNNER.invoke(app, ["evidence", "verify", bundle, "--key", str(other)])
    assert (told.exit_code, "no signature is of a trusted key" in told.stderr) == (1, True)
    told = RUNNER.invoke(app, ["evidence", "verify", bundle, "--key", key, "--content-hash", "0" * 64, "--json"])
    assert (told.exit_code, json.loads(told.stdout)["where"]) == (1, "version.json")


def test_files_that_are_not_there_are_told(bundle: str, key: str, tmp_path: Path) -> None:
    for arguments in (["nowhere.zip", "--key", key], [bundle, "--key", "nowhere.pem"], [bundle, "--key", bundle]):
        told = RUNNER.invoke(app, ["evidence", "verify", *arguments])
        assert told.exit_code not in {0, 1}
        assert "cannot be read" in told.stderr
