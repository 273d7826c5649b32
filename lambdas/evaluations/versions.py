"""What evaluations read of versions: all of it is here, for the registry's records may change."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from governance.pinning import RUNNABLE

TRIGGERS: Final = frozenset({"candidate", "approved"})
"""States that begin evaluations: a version that was approved in the same breath is still evaluated."""


class VersionsToRead(Protocol):
    """The agents' versions."""

    def by_id(self, version_id: str) -> Mapping[str, Any]: ...  # noqa: D102 - as in VerifiedVersions
    def find(self, agent: str, version_id: str) -> Mapping[str, Any] | None: ...  # noqa: D102 - as in VerifiedVersions


@dataclass(frozen=True)
class EvaluatedVersion:
    """What an evaluation keeps of the version it is of; `parent` is the version it was made from."""

    agent: str
    version_id: str
    content_hash: str
    status: str
    parent: str | None

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> "EvaluatedVersion":
        """From a version's record."""
        return cls(
            agent=str(record["agent"]),
            version_id=str(record["versionId"]),
            content_hash=str(record["contentHash"]),
            status=str(record["status"]),
            parent=record.get("parent"),
        )

    @property
    def may_be_evaluated(self) -> bool:
        """Whether the bridge runs it for an evaluation."""
        return self.status in RUNNABLE

    @property
    def triggers(self) -> bool:
        """Whether its suites are started by themselves."""
        return self.status in TRIGGERS


def look_up(versions: VersionsToRead, version_id: str) -> EvaluatedVersion:
    """A version as it is now; NotFound when there is none. The index may lag, the record does not."""
    found = versions.by_id(version_id)
    return EvaluatedVersion.of(versions.find(str(found["agent"]), version_id) or found)
