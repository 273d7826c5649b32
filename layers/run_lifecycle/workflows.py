"""The workflow that leads an asynchronous run, on Step Functions.

An execution is named by its run; one that takes the place of a lost one, as the run's record says.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from platform_kit.errors import DependencyUnavailable
from platform_kit.observability import logger
from run_lifecycle.lead import Lead

_GONE: Final = frozenset({"ExecutionDoesNotExist"})


class RunWorkflows:
    """Starts and stops executions of the run state machine. `client` gives boto3's client when first needed."""

    def __init__(self, client: Callable[[], Any], state_machine_arn: str) -> None:
        self._client = client
        self._arn = state_machine_arn

    def start(self, tenant_id: str, run: Mapping[str, Any], lead: Lead, *, name: str | None = None) -> None:
        """Begin; a repetition with the same run is harmless. DependencyUnavailable when it cannot be begun.

        `name` is the execution's where the run had one before that is lost.
        """
        from botocore.exceptions import BotoCoreError, ClientError

        given = json.dumps({"tenantId": tenant_id, "runId": run["runId"], "jobId": run["jobId"], "lead": lead})
        try:
            self._client().start_execution(stateMachineArn=self._arn, name=name or str(run["runId"]), input=given)
        except (BotoCoreError, ClientError):
            logger().exception("a run's workflow could not be started")
            raise DependencyUnavailable("The job could not be started. Try again.", retry_after=5) from None

    def stop(self, run: Mapping[str, Any]) -> None:
        """End the run's execution. Never raises: a workflow whose run has ended finds nothing left to do."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            self._client().stop_execution(executionArn=self._execution(run), cause="the run was cancelled")
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") not in _GONE:
                logger().warning("a run's workflow could not be stopped", exc_info=True)
        except BotoCoreError:
            logger().warning("a run's workflow could not be stopped", exc_info=True)

    def _execution(self, run: Mapping[str, Any]) -> str:
        """https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsstepfunctions.html."""
        name = run.get("execution") or run["runId"]
        return f"{self._arn.replace(':stateMachine:', ':execution:', 1)}:{name}"
