"""How an evaluation begins: its record, then the execution that leads it. Either may be repeated and is done once."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from data_access_lib.conditions import attr
from data_access_lib.errors import ConditionFailed
from data_access_lib.repositories.evaluations import Evaluations
from lambdas.evaluations.versions import EvaluatedVersion
from platform_kit.clock import Clock, milliseconds, rfc3339
from platform_kit.errors import Conflict, DependencyUnavailable
from platform_kit.ids import id_of, made_at, new_id
from platform_kit.observability import count, logger

_TAKEN: Final = ("threshold", "repeats", "concurrency", "cases")
UNFINISHED: Final = ("queued", "running")
_RESUMABLE: Final = (*UNFINISHED, "failed")
_GONE: Final = frozenset({"ExecutionDoesNotExist"})
_THERE: Final = frozenset({"ExecutionAlreadyExists"})


@dataclass(frozen=True)
class Workflows:
    """Executions of the evaluation state machine, named by evaluation and attempt. `client` gives boto3's client."""

    client: Callable[[], Any]
    arn: str

    def start(self, evaluation_id: str, attempt: int) -> None:
        """Begin, once for each attempt; DependencyUnavailable when it cannot be begun."""
        from botocore.exceptions import BotoCoreError, ClientError

        name, lead = f"{evaluation_id}-{attempt}", json.dumps({"evaluationId": evaluation_id})
        try:
            self.client().start_execution(stateMachineArn=self.arn, name=name, input=lead)
        except (BotoCoreError, ClientError) as error:
            if isinstance(error, ClientError) and error.response.get("Error", {}).get("Code") in _THERE:
                return
            logger().exception("an evaluation's workflow could not be started")
            told = "The evaluation is written down and could not be started: it will be, within ten minutes."
            raise DependencyUnavailable(told, retry_after=5) from None

    def stop(self, evaluation_id: str, attempt: int) -> None:
        """End an execution. Never raises: a cancelled evaluation's workflow finds nothing left to do."""
        from botocore.exceptions import BotoCoreError, ClientError

        place = self.arn.replace(":stateMachine:", ":execution:", 1)
        try:
            self.client().stop_execution(executionArn=f"{place}:{evaluation_id}-{attempt}", cause="cancelled")
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") not in _GONE:
                logger().warning("an evaluation's workflow could not be stopped", exc_info=True)
        except BotoCoreError:
            logger().warning("an evaluation's workflow could not be stopped", exc_info=True)


@dataclass(frozen=True)
class Starter:
    """Starts evaluations. `requested_by` is a principal, or the function itself."""

    evaluations: Evaluations
    workflows: Workflows
    clock: Clock

    def request(self, version: EvaluatedVersion, suite: Mapping[str, Any], requested_by: str) -> dict[str, Any]:
        """Begin a new evaluation, because somebody asks for it. Conflict for a version that cannot be run."""
        if not version.may_be_evaluated:
            raise Conflict(f"The version is {version.status}: bring it to candidate, then evaluate it.")
        if version.agent not in suite["agents"]:
            raise Conflict(f"The suite {suite['name']} is not for the agent {version.agent}.")
        return self._begin(new_id("evl"), version, suite, "request", requested_by)

    def trigger(self, version: EvaluatedVersion, suite: Mapping[str, Any], requested_by: str) -> dict[str, Any]:
        """Begin the one evaluation that a candidate has by a version of a suite, if it has not begun."""
        made = made_at(version.version_id)
        moment = 0 if made is None else milliseconds(made)
        evaluation_id = id_of("evl", moment, f"{version.version_id}:{version.content_hash}:{suite['digest']}")
        return self._begin(evaluation_id, version, suite, "candidate", requested_by)

    def resume(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """Go on with an evaluation that stopped: cases that are decided stay so. Conflict for one that is over."""
        evaluation_id, attempt = str(record["evaluationId"]), int(record["attempt"])
        fields = {"status": "queued", "attempt": attempt + 1}
        only = attr("status").is_in(_RESUMABLE) & attr("attempt").eq(attempt)
        try:
            moved = self.evaluations.move(evaluation_id, fields, only=only)
        except ConditionFailed:
            raise Conflict("The evaluation is over, or somebody else has resumed it just now.") from None
        self.workflows.start(evaluation_id, attempt + 1)
        count("EvaluationResumed", agent=str(record["agent"]))
        return moved

    def _begin(
        self, evaluation_id: str, version: EvaluatedVersion, suite: Mapping[str, Any], trigger: str, requested_by: str
    ) -> dict[str, Any]:
        record = {
            **{name: suite[name] for name in _TAKEN},
            "evaluationId": evaluation_id,
            "agent": version.agent,
            "versionId": version.version_id,
            "contentHash": version.content_hash,
            "parent": version.parent,
            "suite": suite["name"],
            "suiteVersion": suite["version"],
            "suiteDigest": suite["digest"],
            "status": "queued",
            "attempt": 1,
            "trigger": trigger,
            "requestedBy": requested_by,
            "createdAt": rfc3339(self.clock.now()),
        }
        if self.evaluations.create(record):
            count("EvaluationStarted", agent=version.agent, trigger=trigger)
        else:
            record = self.evaluations.get(evaluation_id)
        if record["status"] == "queued":
            self.workflows.start(evaluation_id, int(record["attempt"]))
        return record
