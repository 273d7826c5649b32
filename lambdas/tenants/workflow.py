"""The workflows of tenants' operations, each started once per operation."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from data_access_lib.failures import code_of, store_failures
from platform_kit.errors import DependencyUnavailable
from platform_kit.observability import logger

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

_STARTED_BEFORE: Final = "ExecutionAlreadyExists"


class Workflow:
    """`client` gives boto3's client, made when first needed; `name` is what the work is called in an error."""

    def __init__(self, client: Callable[[], "SFNClient"], state_machine_arn: str, name: str = "Provisioning") -> None:
        self._client = client
        self._arn = state_machine_arn
        self._name = name

    def start(self, operation_id: str, tenant_id: str) -> None:
        """Begin the operation's execution, named by its id: a repeat changes nothing. DependencyUnavailable."""
        from botocore.exceptions import ClientError

        given = json.dumps({"operationId": operation_id, "tenantId": tenant_id})
        try:
            with store_failures():
                self._client().start_execution(stateMachineArn=self._arn, name=operation_id, input=given)
        except ClientError as failure:
            if code_of(failure) == _STARTED_BEFORE:
                return
            logger().exception("a workflow could not be started")
            raise DependencyUnavailable(f"{self._name} cannot be started now. Try again.", retry_after=5) from None
