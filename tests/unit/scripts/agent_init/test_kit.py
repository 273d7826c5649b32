from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import pytest

from scripts.agent_init import kit
from scripts.agent_push.errors import PushError

if TYPE_CHECKING:
    from pathlib import Path


def wheel(folder: Path, **changed: str) -> Path:
    path = folder / "ambit_agent-0.1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for source in sorted((kit.KIT / kit.PACKAGE).rglob("*.py")):
            archive.writestr(source.relative_to(kit.KIT).as_posix(), changed.get(source.stem, source.read_text()))
        archive.writestr("ambit_agent-0.1.0.dist-info/METADATA", "Name: ambit-agent\n")
    return path


def test_a_wheel_of_the_platforms_kit_is_current(tmp_path: Path) -> None:
    assert kit.is_current(wheel(tmp_path))
    assert not kit.is_current(wheel(tmp_path, gateway="older = True"))


def test_one_wheel_is_looked_for(tmp_path: Path) -> None:
    with pytest.raises(PushError, match="holds 0 wheels"):
        kit.wheel_in(tmp_path)
    assert kit.wheel_in(wheel(tmp_path).parent).name.startswith("ambit_agent-0.1.0")
    (tmp_path / "ambit_agent-0.0.9-py3-none-any.whl").touch()
    with pytest.raises(PushError, match="holds 2 wheels"):
        kit.wheel_in(tmp_path)


def test_a_wheel_that_cannot_be_built_is_told_in_uvs_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kit, "KIT", tmp_path / "nowhere")
    with pytest.raises(PushError, match="the kit's wheel cannot be built"):
        kit.make_wheel(tmp_path / "vendor")
