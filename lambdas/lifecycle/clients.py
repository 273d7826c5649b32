"""What the lifecycle function does outside the data library: start and stop workflows, keep a certificate."""

import json
from collections.abc import Callable
from typing import Any, Final

from data_access_lib.failures import code_of, store_failures
from platform_kit.errors import DependencyUnavailable
from platform_kit.observability import logger

_STARTED_BEFORE: Final = "ExecutionAlreadyExists"
_GONE: Final = frozenset({"ExecutionDoesNotExist"})


def run_stopper(client: Callable[[], Any], machine_arn: str) -> Callable[[str], None]:
    """Stops a run's execution by its name; nothing happens when there is none."""
    executions = machine_arn.replace(":stateMachine:", ":execution:", 1)

    def stop(name: str) -> None:
        from botocore.exceptions import ClientError

        try:
            with store_failures():
                client().stop_execution(executionArn=f"{executions}:{name}", cause="the tenant is deleted")
        except ClientError as failure:
            if code_of(failure) not in _GONE:
                logger().exception("a run's workflow could not be stopped")
                raise DependencyUnavailable("Workflows cannot be stopped now.", retry_after=5) from None

    return stop


def workflow_starter(client: Callable[[], Any], machine_arn: str) -> Callable[[str, str], None]:
    """Starts the execution of an operation (its id, its tenant's), named by it: a repeat changes nothing."""

    def start(operation_id: str, tenant_id: str) -> None:
        from botocore.exceptions import ClientError

        given = json.dumps({"operationId": operation_id, "tenantId": tenant_id})
        try:
            with store_failures():
                client().start_execution(stateMachineArn=machine_arn, name=operation_id, input=given)
        except ClientError as failure:
            if code_of(failure) != _STARTED_BEFORE:
                raise

    return start


def certificate_keeper(client: Callable[[], Any], bucket: str) -> Callable[[str, bytes], None]:
    """Puts a certificate into the platform's own bucket."""

    def keep(key: str, body: bytes) -> None:
        with store_failures():
            client().put_object(Bucket=bucket, Key=key, Body=body, ContentType="application/json")

    return keep
