"""Answers to the workflow that waits, with a task token, for a run."""

import json
from collections.abc import Callable
from typing import Any, Final

from platform_kit.observability import logger

_GONE: Final = frozenset({"InvalidToken", "TaskDoesNotExist", "TaskTimedOut"})


class WorkflowTask:
    """One waiting task. `client` gives boto3's Step Functions client when first needed."""

    def __init__(self, client: Callable[[], Any], token: str) -> None:
        self._client = client
        self._token = token

    def succeed(self, run_id: str) -> None:
        """Let the workflow go on to settling."""
        self._answer("send_task_success", output=json.dumps({"runId": run_id}))

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
