from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from evaluation.suites import Suite
from scripts.agent_push import push as pushing
from scripts.agent_push.errors import ArtifactChanged, PushError, Unreachable
from scripts.agent_push.folder import FolderError
from scripts.agent_push.push import Steps, Wanted, deploy, push, register
from tests.unit.scripts.agent_push.test_runtime import FakeControl, agent, built, stage
from tests.unit.scripts.agent_push.test_suites import CORE, judged, write

if TYPE_CHECKING:
    from pathlib import Path

    from scripts.agent_push.folder import Agent
    from scripts.agent_push.package import Built
    from scripts.agent_push.registry import Candidate
    from scripts.agent_push.stage import Stage

__all__ = ["agent", "built", "judged"]  # fixtures of other tests


class Interrupted(BaseException):
    """As SIGINT or SIGKILL, nobody handles it."""


class FakeRegistry:
    """The registry in a list. `stop_at` names a step at whose beginning, or `…!` at whose end, the push is cut off."""

    def __init__(self) -> None:
        self.versions: list[dict[str, Any]] = []
        self.templates = 0
        self.stop_at = ""
        self.known_suites: dict[str, dict[str, Any]] = {}

    def cut(self, name: str) -> None:
        if self.stop_at == name:
            self.stop_at = ""
            raise Interrupted(name)

    def ensure_template(self, _manifest: object) -> bool:
        self.cut("template")
        self.templates += 1
        return self.templates == 1

    def create_version(self, candidate: Candidate) -> tuple[dict[str, Any], bool]:
        self.cut("register")
        known = [one for one in self.versions if one["artifactDigest"] == candidate.artifact_digest]
        if known:
            return known[0], False
        about = {
            "artifactDigest": candidate.artifact_digest,
            "artifactKey": candidate.artifact_key,
            "lockDigest": candidate.lock_digest,
            "prompts": candidate.prompts,
            "manifest": candidate.manifest.as_dict(),
            "runtimeArn": candidate.runtime_arn,
        }
        self.versions.append(about | {"versionId": f"ver_{len(self.versions)}", "status": "draft"})
        self.cut("register!")
        return self.versions[-1], True

    def advance(self, version: dict[str, Any], *, approve: bool) -> str:
        self.cut("approve")
        stored = next(one for one in self.versions if one["versionId"] == version["versionId"])
        stored["status"] = "approved" if approve else "candidate"
        self.cut("approve!")
        return str(stored["status"])

    def suites(self) -> dict[str, dict[str, Any]]:
        return self.known_suites

    def push_suite(self, suite: dict[str, Any]) -> dict[str, Any]:
        self.cut("suites")
        assert not self.versions
        digest = Suite.model_validate(suite).digest()
        self.known_suites[suite["name"]] = {**suite, "version": 1, "digest": digest}
        return {"name": suite["name"], "version": 1, "cases": len(suite["cases"])}

    def required_suites(self, _version_id: str) -> list[str]:
        return []

    def pending_suites(self, *_: object) -> list[Any]:
        return []

    def status(self, version_id: str) -> str:
        return next(str(one["status"]) for one in self.versions if one["versionId"] == version_id)


class Cloud:
    """S3 and AgentCore of a stage."""

    def __init__(self) -> None:
        self.registry: Any = FakeRegistry()
        self.control = FakeControl()
        self.objects: dict[str, str] = {}
        self.tried: list[str] = []

    def upload(self, _s3: object, _bucket: str, key: str, package: Built) -> bool:
        self.registry.cut("upload")
        sent = key not in self.objects
        self.objects[key] = package.digest
        self.registry.cut("upload!")
        return sent

    def control_client(self, _stage: Stage) -> Any:
        self.registry.cut("runtime")
        return self.control


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Cloud:
    """A stage whose parts are fakes that remember."""
    made = Cloud()
    monkeypatch.setattr(pushing, "s3_client", lambda _stage: None)
    monkeypatch.setattr(pushing, "upload", made.upload)
    monkeypatch.setattr(pushing, "control_client", made.control_client)
    monkeypatch.setattr(pushing, "operator_token", lambda _stage: "token")
    monkeypatch.setattr(pushing, "Registry", lambda _client: made.registry)
    monkeypatch.setattr(
        pushing, "try_out", lambda _agent, _version, _stage, text, _steps: made.tried.append(text) or {}
    )
    return made


def once(agent: Agent, built: Built, cloud: Cloud, *, approve: bool = True) -> pushing.Pushed:
    return deploy(agent, built, stage(), cloud.registry, Steps(), approve=approve)


def test_a_first_push_ends_approved_and_running(agent: Agent, built: Built, cloud: Cloud) -> None:
    pushed = once(agent, built, cloud)
    assert (pushed.changed, pushed.status) == (True, "approved")
    (version,) = cloud.registry.versions
    assert version["runtimeArn"] == pushed.runtime_arn
    assert version["artifactKey"] == f"agents/echo-agent/{built.digest}.zip"
    assert (version["artifactDigest"], version["lockDigest"]) == (built.digest, built.lock_digest)
    assert version["manifest"]["name"] == "echo-agent"


def test_where_evidence_decides_a_push_ends_as_a_candidate(agent: Agent, built: Built, cloud: Cloud) -> None:
    assert once(agent, built, cloud, approve=False).status == "candidate"


def test_a_second_push_of_the_same_changes_nothing(agent: Agent, built: Built, cloud: Cloud) -> None:
    first, second = once(agent, built, cloud), once(agent, built, cloud)
    assert (second.changed, second.version_id) == (False, first.version_id)
    assert len(cloud.registry.versions) == 1


@pytest.mark.parametrize(
    "where", ["upload", "upload!", "runtime", "template", "register", "register!", "approve", "approve!"]
)
def test_a_push_that_was_cut_off_anywhere_goes_on_there(where: str, agent: Agent, built: Built, cloud: Cloud) -> None:
    cloud.registry.stop_at = where
    with pytest.raises(Interrupted):
        once(agent, built, cloud)
    done = once(agent, built, cloud)
    assert (done.status, done.version_id) == ("approved", "ver_0")
    assert (len(cloud.registry.versions), len(cloud.control.runtimes), len(cloud.objects)) == (1, 1, 1)
    assert once(agent, built, cloud).changed is False


def test_a_runtime_that_is_down_leaves_nothing_registered(
    agent: Agent, built: Built, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    down = replace(stage(), runtime_endpoint="http://127.0.0.1:1")
    with monkeypatch.context() as patched:
        patched.setattr(pushing, "control_client", CONTROL_CLIENT)
        with pytest.raises(Unreachable, match="goes on from here"):
            deploy(agent, built, down, cloud.registry, Steps(), approve=True)
    assert (cloud.registry.versions, list(cloud.objects.values())) == ([], [built.digest])
    assert once(agent, built, cloud).status == "approved"


CONTROL_CLIENT = pushing.control_client


@pytest.mark.parametrize("down", [False, True])
def test_a_package_that_was_changed_in_the_store_is_told_to_the_platform_and_goes_no_further(
    agent: Agent, built: Built, cloud: Cloud, monkeypatch: pytest.MonkeyPatch, *, down: bool
) -> None:
    reported: list[tuple[str, str]] = []

    def changed(*_: object) -> bool:
        raise ArtifactChanged("it is not what its name says")

    def report(name: str, digest: str) -> None:
        reported.append((name, digest))
        if down:
            raise Unreachable("no answer")

    monkeypatch.setattr(pushing, "upload", changed)
    monkeypatch.setattr(cloud.registry, "report_artifact", report, raising=False)
    with pytest.raises(ArtifactChanged, match="not what its name says"):
        once(agent, built, cloud)
    assert (reported, cloud.registry.versions) == ([("echo-agent", built.digest)], [])


def test_every_step_is_shown(agent: Agent, built: Built, cloud: Cloud, capsys: pytest.CaptureFixture[str]) -> None:
    once(agent, built, cloud)
    shown = capsys.readouterr().out
    assert [word in shown for word in ("upload", "runtime", "created", "register", "approve")] == [True] * 5


def test_a_version_whose_runtime_is_gone_is_not_silently_kept(agent: Agent, built: Built, cloud: Cloud) -> None:
    register(agent, built, "arn:old", cloud.registry)
    with pytest.raises(PushError, match="names arn:old, which is gone"):
        register(agent, built, "arn:new", cloud.registry)


@pytest.fixture
def packaged(monkeypatch: pytest.MonkeyPatch, built: Built) -> Built:
    monkeypatch.setattr(pushing, "build", lambda *_: built)
    return built


@pytest.mark.usefixtures("packaged")
class TestAWholePush:
    @pytest.mark.parametrize(
        ("stages_own", "asked", "status"),
        [(True, None, "approved"), (False, None, "candidate"), (True, False, "candidate"), (False, True, "approved")],
    )
    def test_the_stage_decides_about_approval_unless_it_is_said(
        self,
        stages_own: bool,  # noqa: FBT001 - a case
        asked: bool | None,  # noqa: FBT001 - a case
        status: str,
        agent: Agent,
        cloud: Cloud,
        tmp_path: Path,
    ) -> None:
        at = replace(stage(), approves_pushes=stages_own)
        assert push(lambda: agent, at, Wanted(approve=asked, cache=tmp_path)).status == status
        assert cloud.tried == (["smoke"] if status == "approved" else [])  # a candidate is not for tenants to invoke

    def test_what_did_not_change_is_not_tried_unless_it_is_said(
        self, agent: Agent, cloud: Cloud, tmp_path: Path
    ) -> None:
        at = replace(stage(), approves_pushes=True)
        for again in (False, False, True):
            push(lambda: agent, at, Wanted(smoke="hello", again=again, cache=tmp_path))
        assert cloud.tried == ["hello", "hello"]

    def test_a_trial_that_fails_is_told_with_what_serves_now(
        self, agent: Agent, cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: object) -> None:
            raise Unreachable("smoke: no answer")

        monkeypatch.setattr(pushing, "try_out", fail)
        with pytest.raises(Unreachable, match=r"no answer; version ver_0 is approved and serves"):
            push(lambda: agent, stage(), Wanted(approve=True, cache=tmp_path))

    def test_the_suites_of_its_folder_go_before_its_version_and_once(
        self, judged: Agent, cloud: Cloud, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        write(judged, CORE)
        first, second = (push(lambda: judged, stage(), Wanted(cache=tmp_path)) for _ in range(2))
        assert list(cloud.registry.known_suites) == ["core"]
        assert [one.changed for one in (first, second)] == [True, False]
        shown = capsys.readouterr().out
        assert ["core version 1, 1 cases" in shown, "in force already" in shown] == [True, True]

    def test_a_suite_that_is_none_leaves_everything_as_it_was(
        self, judged: Agent, cloud: Cloud, tmp_path: Path
    ) -> None:
        write(judged, {**CORE, "threshold": 2})
        with pytest.raises(FolderError, match=r"core\.json:8: threshold"):
            push(lambda: judged, stage(), Wanted(cache=tmp_path))
        assert (cloud.registry.versions, cloud.objects, cloud.control.runtimes) == ([], {}, {})

    def test_the_seconds_of_each_step_are_told(self, agent: Agent, cloud: Cloud, tmp_path: Path) -> None:
        pushed = push(lambda: agent, stage(), Wanted(cache=tmp_path))
        assert {"manifest and code", "upload", "runtime", "register"} <= set(pushed.seconds)

    def test_while_one_pushes_another_waits(
        self, agent: Agent, cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def look(*_: object) -> bool:
            with pytest.raises(PushError, match="another push of local-echo-agent"):
                pushing.turn(tmp_path, "local-echo-agent", seconds=0).__enter__()
            return True

        monkeypatch.setattr(pushing, "upload", look)
        assert push(lambda: agent, stage(), Wanted(cache=tmp_path)).status == "candidate"


def test_where_there_is_no_tenants_token_smoke_is_skipped_and_said(
    agent: Agent, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(pushing, "tenant_token", lambda _stage: None)
    assert pushing.try_out(agent, "ver_1", stage(), "hi", Steps()) is None
    assert "skipped: set AMBIT_TOKEN" in capsys.readouterr().out
