"""Answers to the workflow that waits, with a task token, for a run."""

import json
from collections.abc import Callable
from typing import Any, Final

from platform_kit.observability import logger
from run_lifecycle import lead

_GONE: Final = frozenset({"InvalidToken", "TaskDoesNotExist", "TaskTimedOut"})


class WorkflowTask:
    """One waiting task. `client` gives boto3's Step Functions client when first needed."""

    def __init__(self, client: Callable[[], Any], token: str) -> None:
        self._client = client
        self._token = token

    def succeed(self) -> None:
        """Let the workflow go on to settling."""
        self._answer("send_task_success", output=json.dumps(lead.SETTLE))

    def go_on(self) -> bool:
        """Let a workflow that waits for people look how they have decided; False when it does not wait any more."""
        return self._answer("send_task_success", output=json.dumps({}))

    def fail(self, error: str, cause: str) -> bool:
        """Fail the task; False when it does not wait any more."""
        return self._answer("send_task_failure", error=error, cause=cause)

    def beat(self) -> bool:
        """Keep the workflow waiting; False when it does not wait any more."""
        return self._answer("send_task_heartbeat")

    def _answer(self, operation: str, **fields: str) -> bool:
        from botocore.exceptions import ClientError

        try:
            getattr(self._client(), operation)(taskToken=self._token, **fields)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") not in _GONE:
                raise
            logger().info("nobody waits for this task any more", operation=operation)
            return False
        return True
