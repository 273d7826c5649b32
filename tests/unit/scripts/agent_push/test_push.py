from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from scripts.agent_push import push as pushing
from scripts.agent_push.errors import PushError
from scripts.agent_push.push import deploy, register
from tests.unit.scripts.agent_push.test_runtime import FakeBucket, FakeControl, agent, built, stage

if TYPE_CHECKING:
    from scripts.agent_push.package import Agent, Built

__all__ = ["agent", "built"]  # fixtures of the runtime's tests


class FakeRegistry:
    """The registry in a list."""

    def __init__(self) -> None:
        self.versions: list[dict[str, Any]] = []
        self.templates = 0

    def ensure_template(self, _manifest: object) -> bool:
        self.templates += 1
        return self.templates == 1

    def create_version(self, _agent: str, version: dict[str, Any]) -> tuple[dict[str, Any], bool]:
        digest = version["artifactDigest"]
        same = next((known for known in self.versions if known["artifactDigest"] == digest), None)
        if same is not None:
            return same, False
        self.versions.append(version | {"versionId": f"ver_{len(self.versions)}", "status": "draft"})
        return self.versions[-1], True

    def approve(self, version: dict[str, Any]) -> bool:
        changed: bool = version["status"] != "approved"
        version["status"] = "approved"
        return changed


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A stage whose S3 and control plane are fakes that remember."""
    bucket, control = FakeBucket(), FakeControl()
    monkeypatch.setattr(pushing, "s3_client", lambda _stage: bucket)
    monkeypatch.setattr(pushing, "control_client", lambda _stage: control)
    return FakeRegistry()


def test_a_first_push_ends_approved_and_running(agent: Agent, built: Built, registry: Any) -> None:
    pushed = deploy(agent, built, stage(), registry)
    assert pushed.changed
    (version,) = registry.versions
    assert version["status"] == "approved"
    assert version["runtimeArn"] == pushed.runtime_arn
    assert version["artifactKey"] == f"agents/echo-agent/{built.content_hash}.zip"
    assert version["manifest"]["name"] == "echo-agent"
    assert (version["artifactDigest"], version["lockDigest"]) == (built.content_hash, built.lock_digest)


def test_a_second_push_of_the_same_changes_nothing(agent: Agent, built: Built, registry: Any) -> None:
    first = deploy(agent, built, stage(), registry)
    second = deploy(agent, built, stage(), registry)
    assert (second.changed, second.version_id) == (False, first.version_id)
    assert len(registry.versions) == 1


def test_a_push_that_stopped_before_approval_is_taken_up(agent: Agent, built: Built, registry: Any) -> None:
    deploy(agent, built, stage(), registry)
    registry.versions[0]["status"] = "draft"
    assert deploy(agent, built, stage(), registry).changed
    assert registry.versions[0]["status"] == "approved"


def test_every_step_is_shown(agent: Agent, built: Built, registry: Any, capsys: pytest.CaptureFixture[str]) -> None:
    deploy(agent, built, stage(), registry)
    shown = capsys.readouterr().out
    assert [word in shown for word in ("upload", "runtime", "created", "register and approve")] == [True] * 4


def test_a_version_whose_runtime_is_gone_is_not_silently_kept(agent: Agent, built: Built, registry: Any) -> None:
    register(agent, built, "arn:old", registry)
    with pytest.raises(PushError, match="names arn:old, which is gone"):
        register(agent, built, "arn:new", registry)


@pytest.mark.usefixtures("registry")
def test_where_there_is_no_tenants_token_smoke_is_skipped_and_said(
    agent: Agent, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(pushing, "tenant_token", lambda _stage: None)
    pushing.try_out(agent, stage())
    assert "skipped: set AMBIT_TOKEN" in capsys.readouterr().out
