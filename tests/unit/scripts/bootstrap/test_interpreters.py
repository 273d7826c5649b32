from __future__ import annotations

import sys
from pathlib import Path

import pytest

from scripts.bootstrap import interpreters
from scripts.bootstrap.progress import PrerequisiteMissing


def test_this_interpreter_is_found_for_its_own_version_only() -> None:
    version = sys.version_info[:2]
    assert interpreters.probe(sys.executable, version) is not None
    assert interpreters.probe(sys.executable, (3, 9)) is None


def test_a_shim_that_fails_is_passed_over(tmp_path: Path) -> None:
    shim = tmp_path / "python3.13"
    shim.write_text("#!/bin/sh\necho not installed >&2\nexit 127\n")
    shim.chmod(0o755)
    assert interpreters.probe(str(shim), (3, 13)) is None


def test_the_newest_version_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    def have(version: tuple[int, int]) -> list[str]:
        return [f"python{version[0]}.{version[1]}"]

    monkeypatch.setattr(interpreters, "candidates", have)
    monkeypatch.setattr(interpreters, "probe", lambda name, _: Path(name) if name != "python3.13" else None)
    assert interpreters.best_python() == Path("python3.12")


def test_a_machine_without_any_is_told_what_to_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interpreters, "candidates", lambda _: [])
    with pytest.raises(PrerequisiteMissing, match="apt-get install"):
        interpreters.best_python()
