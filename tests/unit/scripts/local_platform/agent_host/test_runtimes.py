from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from scripts.local_platform.agent_host.errors import NameTakenError, RuntimeNotFoundError
from scripts.local_platform.agent_host.runtimes import ARN, RuntimeRegistry, RuntimeVersion, runtime_id

if TYPE_CHECKING:
    from pathlib import Path


def version(package: str = "p1") -> RuntimeVersion:
    return RuntimeVersion(version="1", artifact={"a": 1}, role_arn="role", entry_point="main.py", package=package)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "runtimes.json"


def test_a_runtime_is_found_by_id_and_by_arn(path: Path) -> None:
    registry = RuntimeRegistry(path)
    made = registry.create("echo", version())
    assert registry.get(made.runtime_id) == registry.by_arn(made.arn) == made


def test_runtimes_survive_a_restart(path: Path) -> None:
    made = RuntimeRegistry(path).create("echo", version())
    RuntimeRegistry(path).add_version(made.runtime_id, version("p2"))
    again = RuntimeRegistry(path).get(made.runtime_id)
    assert [(entry.version, entry.package) for entry in again.versions] == [("1", "p1"), ("2", "p2")]
    assert again.latest.package == "p2"


def test_a_runtime_made_again_after_its_state_was_lost_has_the_same_arn(path: Path, tmp_path: Path) -> None:
    assert (
        RuntimeRegistry(path).create("echo", version()).arn
        == RuntimeRegistry(tmp_path / "b").create("echo", version()).arn
    )


def test_ids_have_the_form_of_agentcores() -> None:
    name, _, suffix = runtime_id("echo_agent").rpartition("-")
    assert (name, len(suffix), suffix.isalnum()) == ("echo_agent", 10, True)


def test_a_name_is_taken_once(path: Path) -> None:
    registry = RuntimeRegistry(path)
    registry.create("echo", version())
    with pytest.raises(NameTakenError):
        registry.create("echo", version())


@pytest.mark.parametrize("arn", ["echo", f"{ARN}nobody-0123456789", "arn:aws:s3:::bucket"])
def test_an_unknown_arn_is_not_found(path: Path, arn: str) -> None:
    with pytest.raises(RuntimeNotFoundError):
        RuntimeRegistry(path).by_arn(arn)


def test_an_unknown_version_is_not_found(path: Path) -> None:
    made = RuntimeRegistry(path).create("echo", version())
    with pytest.raises(RuntimeNotFoundError, match="No version 7"):
        made.version("7")


def test_a_deleted_runtime_is_gone_after_a_restart_too(path: Path) -> None:
    registry = RuntimeRegistry(path)
    made = registry.create("echo", version())
    registry.delete(made.runtime_id)
    assert RuntimeRegistry(path).all() == []
