"""What nobody asks for: a candidate's suites are started, and evaluations that stopped are started again or told of."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from data_access_lib import keys
from data_access_lib.errors import InvalidIdentifier
from data_access_lib.repositories.evaluations import Evaluations
from data_access_lib.repositories.suites import SuiteRecords
from lambdas.evaluations.starting import UNFINISHED, Starter
from lambdas.evaluations.versions import EvaluatedVersion, VersionsToRead
from platform_kit.clock import Clock, parse_rfc3339
from platform_kit.errors import AmbitError, DependencyUnavailable, VersionTampered
from platform_kit.observability import count, logger

PRINCIPAL: Final = "svc:evaluations"
UNSTARTED: Final = timedelta(minutes=5)
STUCK: Final = timedelta(minutes=130)
"""Ten minutes over what the state machine allows itself."""
_MOST_WATCHED: Final = 100


@dataclass(frozen=True)
class Triggers:
    """Acts as the function itself, on the platform's own records."""

    suites: SuiteRecords
    evaluations: Evaluations
    versions: VersionsToRead
    starter: Starter
    clock: Clock

    def take(self, records: list[Mapping[str, Any]]) -> list[str]:
        """Handle a batch of the control table's stream; the sequence numbers from the first that failed on."""
        for record in records:
            change = record["dynamodb"]
            try:
                self._changed(str(change["Keys"]["pk"]["S"]), str(change["Keys"]["sk"]["S"]))
            except AmbitError:
                logger().warning("a candidate's evaluations could not be started", exc_info=True)
                return [str(change["SequenceNumber"])]
        return []

    def watch(self) -> dict[str, int]:
        """Start what is written down and was not started, and count what does not come to its end."""
        restarted = stuck = 0
        for record in self._unfinished():
            age = self.clock.now() - parse_rfc3339(str(record["createdAt"]))
            if age > STUCK:
                stuck += 1
                logger().error("an evaluation is stuck", evaluation_id=record["evaluationId"], agent=record["agent"])
                count("EvaluationStuck")
            elif record["status"] == "queued" and age > UNSTARTED:
                restarted += self._started(record)
        return {"restarted": restarted, "stuck": stuck}

    def _started(self, record: Mapping[str, Any]) -> bool:
        """Whether it could be started; what could not is tried at the next watch, and keeps nothing else waiting."""
        try:
            self.starter.workflows.start(str(record["evaluationId"]), int(record["attempt"]))
        except DependencyUnavailable:
            return False
        return True

    def _changed(self, partition: str, version_id: str) -> None:
        agent = _agent_of(partition)
        record = self._version(agent, version_id) if agent else None
        if record is None:
            return
        version = EvaluatedVersion.of(record)
        if not version.triggers:
            return
        for suite in self.suites.of_agent(version.agent):
            self.starter.trigger(version, suite, PRINCIPAL)

    def _version(self, agent: str, version_id: str) -> Mapping[str, Any] | None:
        """A version to be evaluated. One whose record does not hold never is: trying again would hold up all others."""
        try:
            return self.versions.find(agent, version_id)
        except VersionTampered:
            return None

    def _unfinished(self) -> Iterator[dict[str, Any]]:
        after: str | None = None
        for _ in range(_MOST_WATCHED):
            page = self.evaluations.list(limit=100, after=after)
            yield from (item for item in page.items if item["status"] in UNFINISHED)
            if page.next_id is None:
                return
            after = page.next_id


def _agent_of(partition: str) -> str | None:
    """The agent whose versions a partition holds; None for any other partition."""
    try:
        kind = keys.kind_of(partition)
        agent = keys.agent_name(partition.rpartition("#")[2])
    except InvalidIdentifier:
        return None
    return agent if kind == "VERSION" and keys.versions_partition(agent) == partition else None
