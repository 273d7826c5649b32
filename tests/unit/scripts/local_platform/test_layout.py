from __future__ import annotations

from pathlib import Path

import pytest

from scripts.bootstrap.paths import STATE
from scripts.local_platform.layout import Layout, layout_from_environment


def test_every_port_moves_with_the_offset() -> None:
    layout = Layout(100, Path("/x"))
    assert layout.emulator_url == "http://127.0.0.1:4666"
    assert layout.public_url == "http://127.0.0.1:8180"
    assert layout.issuer == "http://127.0.0.1:8190/oidc"
    assert layout.tenant_issuer == "http://127.0.0.1:8190/globex"
    assert layout.agent_host_url == "http://127.0.0.1:8199"


def test_a_clone_keeps_its_state_in_one_folder_unless_told_otherwise(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("AMBIT_STATE", raising=False)
    monkeypatch.delenv("AMBIT_PORT_OFFSET", raising=False)
    assert layout_from_environment() == Layout(0, STATE)
    monkeypatch.setenv("AMBIT_STATE", str(tmp_path))
    monkeypatch.setenv("AMBIT_PORT_OFFSET", "7")
    assert layout_from_environment() == Layout(7, tmp_path)
