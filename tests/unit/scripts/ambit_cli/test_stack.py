import json
from pathlib import Path

import pytest
import typer

from scripts.ambit_cli import stack


@pytest.fixture(autouse=True)
def _no_ambient_platform(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("AMBIT_API_URL", raising=False)
    monkeypatch.chdir(tmp_path)


def _write_dev_file(folder: Path, content: str) -> None:
    (folder / ".ambit").mkdir()
    (folder / ".ambit" / "dev.json").write_text(content)


def test_the_local_stack_is_found_from_a_folder_below(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    described = {"apiUrl": "http://127.0.0.1:8080/", "issuer": "http://127.0.0.1:8090/oidc", "audience": "ambit-api"}
    _write_dev_file(tmp_path, json.dumps(described))
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    assert stack.current() == stack.Stack("http://127.0.0.1:8080", "http://127.0.0.1:8090/oidc", "ambit-api", described)


def test_an_address_in_the_environment_wins_and_is_not_the_local_stack(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AMBIT_API_URL", "https://api.example.com/")
    found = stack.current()
    assert found.api_url == "https://api.example.com"
    assert found.local is None


def test_no_platform_is_said_with_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as ended:
        stack.current()
    assert ended.value.exit_code == 2
    assert "make dev" in capsys.readouterr().err


@pytest.mark.parametrize("content", ["", "[]", '{"apiUrl": 1}', "{}"])
def test_a_damaged_description_is_said_and_not_a_traceback(
    content: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _write_dev_file(tmp_path, content)
    with pytest.raises(typer.Exit):
        stack.current()
    assert "is damaged" in capsys.readouterr().err
