"""A function follows the streams of tables: in batches, from now on, and with a queue for what it cannot take."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra import permissions
from infra.constructs.platform_function import PlatformFunction
from infra.constructs.queue_with_dlq import DeadLetterQueue
from infra.suppressions import suppress

_ATTEMPTS: Final = 20
Pattern = Mapping[str, Any]


class StreamReader(Construct):
    """What a function needs to be handed the records of streams. `follow` takes one stream at a time."""

    def __init__(
        self, scope: Construct, reader_id: str, *, function: PlatformFunction, dead_letters: DeadLetterQueue
    ) -> None:
        super().__init__(scope, reader_id)
        self._function = function
        self._dead_letters = dead_letters
        self._listing = iam.Policy(
            *(self, "ListStreams"),
            statements=[permissions.allow(permissions.LIST_STREAMS, "*")],
            roles=[function.role],
        )
        reason = "ListStreams takes no resource, and Lambda asks for it."
        suppress(self._listing, "AMBIT_IAM_NO_WILDCARD_RESOURCE", reason)

    def follow(self, name: str, stream_arn: str, patterns: Sequence[Pattern], *, batch: int = 100) -> None:
        """Hand over the records that match one of the patterns (AWS: event filtering)."""
        function = self._function
        function.allow(permissions.allow(permissions.READ_STREAM, stream_arn))
        mapping = lambda_.CfnEventSourceMapping(
            *(self, name),
            function_name=function.function.function_name,
            event_source_arn=stream_arn,
            starting_position="LATEST",
            batch_size=batch,
            bisect_batch_on_function_error=True,
            maximum_retry_attempts=_ATTEMPTS,
            function_response_types=["ReportBatchItemFailures"],
            filter_criteria=lambda_.CfnEventSourceMapping.FilterCriteriaProperty(
                filters=[
                    lambda_.CfnEventSourceMapping.FilterProperty(pattern=json.dumps(pattern)) for pattern in patterns
                ]
            ),
            destination_config=lambda_.CfnEventSourceMapping.DestinationConfigProperty(
                on_failure=lambda_.CfnEventSourceMapping.OnFailureProperty(destination=self._dead_letters.queue_arn)
            ),
        )
        mapping.node.add_dependency(function.role, self._listing)
