from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from scripts.bootstrap.progress import PrerequisiteMissing
from scripts.local_platform.layout import Layout
from scripts.local_platform.localstack import check_localstack, wants_localstack
from scripts.local_platform.ports import free_port

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(("choice", "wanted"), [(None, False), ("ministack", False), ("localstack", True)])
def test_the_endpoint_is_chosen_by_the_environment(
    monkeypatch: pytest.MonkeyPatch, choice: str | None, *, wanted: bool
) -> None:
    monkeypatch.delenv("AMBIT_LOCAL", raising=False)
    if choice:
        monkeypatch.setenv("AMBIT_LOCAL", choice)
    assert wants_localstack() is wanted


def test_an_unknown_endpoint_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AMBIT_LOCAL", "moto")
    with pytest.raises(PrerequisiteMissing, match="AMBIT_LOCAL=moto"):
        wants_localstack()


def test_a_container_that_does_not_answer_is_one_line_with_its_command(tmp_path: Path) -> None:
    with pytest.raises(PrerequisiteMissing, match="docker compose up"):
        check_localstack(Layout(free_port() - 4566, tmp_path))
