from __future__ import annotations

from typing import TYPE_CHECKING

from scripts.local_platform.emulator.environment import emulator_environment

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_nothing_of_the_callers_shell_gets_in_but_a_few_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("GITHUB_TOKEN", "secret")
    environment = emulator_environment(4566, tmp_path, tmp_path / "f.log")
    assert not {"AWS_PROFILE", "GITHUB_TOKEN", "PYTHONPATH", "VIRTUAL_ENV"} & environment.keys()


def test_it_listens_on_loopback_only_with_iam_on(tmp_path: Path) -> None:
    environment = emulator_environment(4666, tmp_path, tmp_path / "f.log")
    assert environment["BIND_HOST"] == "127.0.0.1"
    assert environment["GATEWAY_PORT"] == "4666"
    assert environment["AUTH"] == "true"
    assert (environment["IOT_MTLS_ENABLED"], environment["SFTP_ENABLED"]) == ("0", "0")
