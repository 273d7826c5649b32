"""The steps of a push, each shown with its time.

Every step looks first whether its work is done, by content: a push that was interrupted anywhere goes on where it
stopped when it is repeated, and one of what is there already costs a few look-ups.
"""

from __future__ import annotations

import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import httpx
from botocore.config import Config

from infra.bundling.bundler import CACHE
from scripts.agent_push.artifacts import upload
from scripts.agent_push.credentials import operator_token, tenant_token
from scripts.agent_push.errors import ArtifactChanged, PushError
from scripts.agent_push.evaluated import wait_until_evaluated
from scripts.agent_push.package import Packager
from scripts.agent_push.registry import APPROVED, CANDIDATE, Candidate, Registry
from scripts.agent_push.runtime import Runtimes, artifact_key
from scripts.agent_push.smoke import smoke
from scripts.agent_push.suites import push_suites, suites_of
from scripts.agent_push.turn import turn
from scripts.bootstrap.progress import step

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from scripts.agent_push.folder import Agent
    from scripts.agent_push.package import Built
    from scripts.agent_push.stage import Stage
    from scripts.bootstrap.progress import Step

API_SECONDS = 30.0


@dataclass(frozen=True)
class Wanted:
    """How far to go.

    `approve` None means as far as the stage goes by itself; `smoke` is the input to try the agent with, None for no
    trial; `again` tries it when nothing had changed, too.
    """

    approve: bool | None = None
    smoke: str | None = "smoke"
    again: bool = False
    cache: Path = CACHE


@dataclass(frozen=True)
class Pushed:
    """What a push ended with; `changed` is False when everything was there already. Digests are SHA-256 in hex.

    `smoke` is the run that it was tried with, as the API answered, and `seconds` what each step took.
    """

    agent: str
    version_id: str
    status: str
    artifact_digest: str
    lock_digest: str
    runtime_arn: str
    changed: bool
    smoke: dict[str, Any] | None = None
    seconds: dict[str, float] = field(default_factory=dict)


class Steps:
    """Shows steps and keeps the seconds that each took."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def __call__(self, name: str) -> Iterator[Step]:
        """One step."""
        with step(name) as running:
            yield running
        self.seconds[name] = round(running.seconds, 3)


def push(read: Callable[[], Agent], stage: Stage, wanted: Wanted | None = None) -> Pushed:
    """Package, upload, run, register, approve and try the agent that `read` gives; raises PushError."""
    how, steps = wanted or Wanted(), Steps()
    with steps("manifest and code") as running:
        agent = read()
        suites = suites_of(agent)
        running.note = f"{agent.manifest.name}, {agent.manifest.mode.value}"
    with turn(how.cache, f"{stage.name}-{agent.manifest.name}"):
        built = build(agent, stage, how.cache, steps)
        with api_client(stage, operator_token(stage)) as api:
            registry = Registry(api)
            with steps("suites") as running:
                sent = push_suites(registry, suites)
                running.note = ", ".join(sent) or ("in force already" if suites else "none in this folder")
            pushed = deploy(agent, built, stage, registry, steps, approve=_approves(stage, how))
            pushed = replace(pushed, changed=pushed.changed or bool(sent))
    tried = None
    if how.smoke is not None and pushed.status == APPROVED and (pushed.changed or how.again):
        try:
            tried = try_out(agent, pushed.version_id, stage, how.smoke, steps)
        except PushError as error:
            serves = f"version {pushed.version_id} is approved and serves"
            raise type(error)(f"{error}; {serves}: push what is right, or go back to the version before") from error
    return replace(pushed, smoke=tried, seconds=steps.seconds)


def _approves(stage: Stage, how: Wanted) -> bool:
    """A developer's own platform serves what was pushed last; elsewhere evidence decides about promotion."""
    return stage.approves_pushes if how.approve is None else how.approve


def build(agent: Agent, stage: Stage, cache: Path, steps: Steps) -> Built:
    """The package, from the kept dependencies unless the lock is new."""
    packager = Packager(stage.target, cache)
    with steps("dependencies") as running:
        digest, fresh = packager.dependencies(agent)
        running.note = f"lock {digest[:12]}, {f'built for {stage.target.runtime}' if fresh else 'unchanged'}"
    with steps("package") as running:
        built = packager.build(agent)
        running.note = f"{built.archive.stat().st_size / 1e6:.1f} MB, sha256 {built.digest[:12]}"
    return built


def deploy(agent: Agent, built: Built, stage: Stage, registry: Registry, steps: Steps, *, approve: bool) -> Pushed:
    """Make the built package a version that runs, a candidate or (`approve`) the agent's approved one."""
    with steps("upload") as running:
        try:
            sent = upload(s3_client(stage), stage.artifact_bucket, artifact_key(agent, built), built)
        except ArtifactChanged:
            with suppress(PushError):  # what was found is told, whether or not the platform could be told too
                registry.report_artifact(agent.manifest.name, built.digest)
            raise
        running.note = "sent" if sent else "there already, digest verified"
    with steps("runtime") as running:
        arn, running.note = Runtimes(control_client(stage), stage, time.sleep).ensure(agent, built)
        done = running.note
    standby = None
    if stage.standby is not None:
        with steps("runtime in the standby region") as running:
            upload(s3_client(stage.standby), stage.standby.artifact_bucket, artifact_key(agent, built), built)
            standby, running.note = Runtimes(control_client(stage.standby), stage.standby, time.sleep).ensure(
                agent, built
            )
    with steps("register") as running:
        version, new = register(agent, built, arn, registry, standby)
        running.note = f"{version['versionId']} {'new' if new else 'there already'}"
    before = version["status"]
    if approve and before != APPROVED:
        registry.advance(version, approve=False)
        with steps("evaluate") as running:
            running.note = wait_until_evaluated(
                registry, agent.manifest.name, version["versionId"], at_once=before == CANDIDATE
            )
        version = {**version, "status": registry.status(version["versionId"])}
    with steps("approve" if approve else "offer as candidate") as running:
        status = running.note = registry.advance(version, approve=approve)
    changed = sent or done != "kept" or new or status != before
    return Pushed(agent.manifest.name, version["versionId"], status, built.digest, built.lock_digest, arn, changed)


def register(
    agent: Agent, built: Built, arn: str, registry: Registry, standby: str | None = None
) -> tuple[dict[str, Any], bool]:
    """The version's record, and whether it was made now. Raises PushError when it names another runtime.

    A version that was registered before gets its runtime in the standby region when it has none there yet.
    """
    registry.ensure_template(agent.manifest)
    key = artifact_key(agent, built)
    about = (built.digest, key, built.lock_digest, agent.prompts, agent.manifest, arn, built.tree_hash)
    candidate = Candidate(*about, standby_runtime_arn=standby)
    version, new = registry.create_version(candidate)
    if version["runtimeArn"] != arn:
        raise PushError(
            f"version {version['versionId']} of this content names {version['runtimeArn']}, which is gone: "
            "versions never change, so change the agent (its description will do) and push again"
        )
    return version, new


def try_out(agent: Agent, version_id: str, stage: Stage, text: str, steps: Steps) -> dict[str, Any] | None:
    """A run of this version through the public API, where this machine has a tenant's token."""
    with steps("smoke") as running:
        token = tenant_token(stage)
        if token is None:
            running.note = "skipped: set AMBIT_TOKEN to a tenant developer's token"
            return None
        with api_client(stage, token) as api:
            run = smoke(api, agent.manifest, version_id, text)
        running.note = str(run.get("status"))
        return run


def api_client(stage: Stage, token: str) -> httpx.Client:
    """A client of the stage's public API."""
    return httpx.Client(base_url=stage.api_url, headers={"authorization": f"Bearer {token}"}, timeout=API_SECONDS)


def s3_client(stage: Stage) -> Any:
    """S3 of the stage; by path locally, where bucket host names do not resolve."""
    style = {"addressing_style": "path" if stage.endpoint else "auto"}
    return stage.session.client("s3", endpoint_url=stage.endpoint, config=Config(s3=style))  # type: ignore[arg-type] # a plain dict


def control_client(stage: Stage) -> Any:
    """The AgentCore control plane of the stage; importing a package may take a while."""
    config = Config(read_timeout=120, retries={"total_max_attempts": 1})
    return stage.session.client("bedrock-agentcore-control", endpoint_url=stage.runtime_endpoint, config=config)
