"""Runtimes and their versions, kept in one JSON file so that a restarted host still knows them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from scripts.local_platform.agent_host.errors import NameTakenError, RuntimeNotFoundError

if TYPE_CHECKING:
    from pathlib import Path

ARN = "arn:aws:bedrock-agentcore:{region}:000000000000:runtime/"
HOME = "us-east-1"
DEFAULT_ENDPOINT = "DEFAULT"


@dataclass(frozen=True)
class RuntimeVersion:
    """One immutable version: where its code came from and how it is started."""

    version: str
    artifact: dict[str, Any]
    role_arn: str
    entry_point: str
    package: str
    description: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    created_at: str = field(default_factory=lambda: datetime.now(UTC).isoformat())


@dataclass(frozen=True)
class AgentRuntime:
    """A named runtime; its last version is what the DEFAULT endpoint serves."""

    runtime_id: str
    name: str
    versions: tuple[RuntimeVersion, ...]
    created_at: str = field(default_factory=lambda: datetime.now(UTC).isoformat())
    region: str = HOME

    @property
    def arn(self) -> str:
        """The ARN that InvokeAgentRuntime takes."""
        return ARN.format(region=self.region) + self.runtime_id

    @property
    def latest(self) -> RuntimeVersion:
        """What DEFAULT serves."""
        return self.versions[-1]

    def version(self, number: str | None) -> RuntimeVersion:
        """The version of that number, the latest for None; raises RuntimeNotFoundError."""
        if number is None:
            return self.latest
        for version in self.versions:
            if version.version == number:
                return version
        raise RuntimeNotFoundError(f"No version {number} of agent runtime {self.runtime_id}")


class RuntimeRegistry:
    """All runtimes of this host, which stands for one region."""

    def __init__(self, path: Path, region: str = HOME) -> None:
        self.path = path
        self._region = region
        self._runtimes: dict[str, AgentRuntime] = {}
        if path.exists():
            self._runtimes = {entry["runtime_id"]: _revive(entry) for entry in json.loads(path.read_text())}

    def all(self) -> list[AgentRuntime]:
        """Every runtime, by name."""
        return sorted(self._runtimes.values(), key=lambda runtime: runtime.name)

    def get(self, runtime_id: str) -> AgentRuntime:
        """The runtime of that id; raises RuntimeNotFoundError."""
        try:
            return self._runtimes[runtime_id]
        except KeyError:
            raise RuntimeNotFoundError(f"No agent runtime {runtime_id}") from None

    def by_arn(self, arn: str) -> AgentRuntime:
        """The runtime of that ARN; raises RuntimeNotFoundError."""
        prefix = ARN.format(region=self._region)
        if not arn.startswith(prefix):
            raise RuntimeNotFoundError(f"No agent runtime {arn}")
        return self.get(arn.removeprefix(prefix))

    def require_free(self, name: str) -> None:
        """Raise NameTakenError when a runtime of that name exists."""
        if any(runtime.name == name for runtime in self._runtimes.values()):
            raise NameTakenError(f"An agent runtime named {name} exists")

    def create(self, name: str, version: RuntimeVersion) -> AgentRuntime:
        """Add a runtime with its first version; raises NameTakenError."""
        self.require_free(name)
        made = AgentRuntime(runtime_id=runtime_id(name), name=name, versions=(version,), region=self._region)
        return self._put(made)

    def add_version(self, runtime_id: str, version: RuntimeVersion) -> AgentRuntime:
        """Append a version, numbered after the last one."""
        runtime = self.get(runtime_id)
        numbered = replace(version, version=str(int(runtime.latest.version) + 1))
        return self._put(replace(runtime, versions=(*runtime.versions, numbered)))

    def delete(self, runtime_id: str) -> AgentRuntime:
        """Remove a runtime and all its versions; raises RuntimeNotFoundError."""
        runtime = self.get(runtime_id)
        del self._runtimes[runtime_id]
        self._save()
        return runtime

    def _put(self, runtime: AgentRuntime) -> AgentRuntime:
        self._runtimes[runtime.runtime_id] = runtime
        self._save()
        return runtime

    def _save(self) -> None:
        """Write whole or not at all: a host killed while writing keeps the old file."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        draft = self.path.with_suffix(".tmp")
        draft.write_text(json.dumps([asdict(runtime) for runtime in self._runtimes.values()], indent=1))
        draft.replace(self.path)


def runtime_id(name: str) -> str:
    """The name and ten characters, as AgentCore's ids are, but the same for the same name every time.

    A version's record names its runtime by ARN: deploying again after this state was lost must give that ARN.
    """
    return f"{name}-{hashlib.sha256(name.encode()).hexdigest()[:10]}"


def _revive(entry: dict[str, Any]) -> AgentRuntime:
    versions = tuple(RuntimeVersion(**version) for version in entry.pop("versions"))
    return AgentRuntime(versions=versions, **entry)
