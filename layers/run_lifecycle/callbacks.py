"""Answers to the workflow that waits, with a task token, for an asynchronous run."""

from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from data_access_lib.failures import code_of, store_failures

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

_GONE: Final = frozenset({"TaskDoesNotExist", "TaskTimedOut", "InvalidToken"})


class TaskGone(Exception):
    """Nobody waits with this token any more."""


class TaskCallbacks:
    """Step Functions' task callbacks; StoreUnavailable when it does not answer."""

    def __init__(self, client: "SFNClient") -> None:
        self._client = client

    def succeed(self, token: str, output: str) -> None:
        """Hand over the task's output (JSON)."""
        self._call("send_task_success", taskToken=token, output=output)

    def fail(self, token: str, error: str, cause: str) -> None:
        """Fail the task."""
        self._call("send_task_failure", taskToken=token, error=error, cause=cause)

    def heartbeat(self, token: str) -> None:
        """Keep the task waiting."""
        self._call("send_task_heartbeat", taskToken=token)

    def wake(self, run: Mapping[str, Any]) -> None:
        """Tell the workflow that waits for a run, if one does, that the run is over already."""
        token = run.get("taskToken")
        if token:
            with suppress(TaskGone):
                self.fail(str(token), str(run["status"]), "The run has ended.")

    def _call(self, operation: str, **request: str) -> None:
        from botocore.exceptions import ClientError

        try:
            with store_failures():
                getattr(self._client, operation)(**request)
        except ClientError as failure:
            if code_of(failure) in _GONE:
                raise TaskGone from None
            raise
