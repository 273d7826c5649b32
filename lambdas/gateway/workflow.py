"""The execution that waits for an async run (https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html)."""

import json
from collections.abc import Callable
from typing import Any, Final

from platform_kit.errors import Conflict, DependencyUnavailable
from platform_kit.observability import count, logger

_GONE: Final = frozenset({"TaskTimedOut", "TaskDoesNotExist", "InvalidToken"})


class StepFunctionsWorkflow:
    """Speaks to Step Functions with a run's task token. `client` gives boto3's client, made when first needed."""

    def __init__(self, client: Callable[[], Any]) -> None:
        self._client = client

    def alive(self, task_token: str) -> None:
        """`SendTaskHeartbeat`; a failure is logged and counted, and the next heartbeat tries again."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            self._client().send_task_heartbeat(taskToken=task_token)
        except (BotoCoreError, ClientError) as error:
            logger().warning("a heartbeat was not passed on", reason=type(error).__name__)
            count("HeartbeatNotPassedOn")

    def done(self, task_token: str, run_id: str) -> None:
        """`SendTaskSuccess`; a token that is used up or timed out is a Conflict, for the run is ending already."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            self._client().send_task_success(taskToken=task_token, output=json.dumps({"runId": run_id}))
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in _GONE:
                raise Conflict("The run no longer waits for a result.") from None
            raise DependencyUnavailable("The result is kept; report it again in a second.", retry_after=1) from None
        except BotoCoreError:
            raise DependencyUnavailable("The result is kept; report it again in a second.", retry_after=1) from None
