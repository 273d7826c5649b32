"""The audit trail behind the API: the sequencer on the runs table's stream, and the schedule of checkpoints."""

import json
from collections.abc import Mapping
from typing import Final

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from governance.audit import run_events
from governance.dead_letters import ACTS, SOURCE, asked_again
from infra import permissions
from infra.config import StageSettings
from infra.constructs.platform_function import FunctionPlatform, PlatformFunction
from infra.constructs.queue_with_dlq import DeadLetterQueue
from infra.functions import SEQUENCER
from infra.stacks.identity import IdentityStack
from infra.stacks.platform_access import Access
from infra.suppressions import suppress

_BATCH: Final = 200
_WINDOW_SECONDS: Final = 1
_ATTEMPTS: Final = 20
_SHARDS_OF_A_SHARD: Final = 2  # one tenant's runs may be in several: the chain's head decides who is first


class AuditStack(Stack):
    """Comes after the API, which holds the function that signs checkpoints."""

    def __init__(
        self,
        scope: Construct,
        stack_id: str,
        *,
        settings: StageSettings,
        identity: IdentityStack,
        shared: FunctionPlatform,
        access: Access,
        environment: Mapping[str, str],
        checkpoints: PlatformFunction,
        dead_letters: DeadLetterQueue,
        **options: object,
    ) -> None:
        super().__init__(scope, stack_id, **options)  # type: ignore[arg-type] # Stack's own options, passed on
        self.unsequenced = DeadLetterQueue(
            *(self, "Unsequenced"), settings=settings, key=identity.platform_key, name="audit-dead-letters"
        )
        self.sequencer = PlatformFunction(
            *(self, "Sequencer"),
            shared=shared,
            spec=SEQUENCER,
            environment={**environment, "UNSEQUENCED_QUEUE_URL": self.unsequenced.queue_url},
            dead_letters=self.unsequenced,
        )
        access.sequencer(self.sequencer)
        access.seals(self.sequencer)
        self._set_aside(identity)
        self._follow(access)
        self._checkpoint_by_schedule(checkpoints, dead_letters)
        self._enter_again()
        CfnOutput(self, "UnsequencedQueueUrl", value=self.unsequenced.queue_url)

    def _set_aside(self, identity: IdentityStack) -> None:
        self.sequencer.allow(
            permissions.allow(permissions.SEND_MESSAGE, self.unsequenced.queue_arn),
            permissions.use_key_through("sqs", self.region, identity.platform_key.key_arn),
        )

    def _follow(self, access: Access) -> None:
        """From the oldest record that the stream has, so that what a deployment interrupts is entered after it."""
        stream = access.runs_stream_arn
        self.sequencer.allow(permissions.allow(permissions.READ_STREAM, stream))
        listing = iam.Policy(
            *(self, "ListStreams"),
            statements=[permissions.allow(permissions.LIST_STREAMS, "*")],
            roles=[self.sequencer.role],
        )
        suppress(listing, "AMBIT_IAM_NO_WILDCARD_RESOURCE", "ListStreams takes no resource, and Lambda asks for it.")
        mapping = lambda_.CfnEventSourceMapping(
            *(self, "RunEvents"),
            function_name=self.sequencer.function.function_name,
            event_source_arn=stream,
            starting_position="TRIM_HORIZON",
            batch_size=_BATCH,
            maximum_batching_window_in_seconds=_WINDOW_SECONDS,
            parallelization_factor=_SHARDS_OF_A_SHARD,
            bisect_batch_on_function_error=True,
            maximum_retry_attempts=_ATTEMPTS,
            function_response_types=["ReportBatchItemFailures"],
            filter_criteria=lambda_.CfnEventSourceMapping.FilterCriteriaProperty(filters=_filters()),
            destination_config=lambda_.CfnEventSourceMapping.DestinationConfigProperty(
                on_failure=lambda_.CfnEventSourceMapping.OnFailureProperty(destination=self.unsequenced.queue_arn)
            ),
        )
        mapping.node.add_dependency(self.sequencer.role, listing)

    def _enter_again(self) -> None:
        """What a dead letter tells of: the function of dead letters may say so, and cannot invoke the sequencer."""
        rule = events.CfnRule(
            *(self, "ActsAgain"),
            description="Acts of runs that are to be entered after all",
            event_pattern={"source": [SOURCE], "detail-type": [ACTS]},
            targets=[
                events.CfnRule.TargetProperty(
                    id="Sequencer",
                    arn=self.sequencer.function.function_arn,
                    dead_letter_config=events.CfnRule.DeadLetterConfigProperty(arn=self.unsequenced.queue_arn),
                )
            ],
        )
        lambda_.CfnPermission(
            *(self, "SequencerMayBeAsked"),
            action="lambda:InvokeFunction",
            function_name=self.sequencer.function.function_name,
            principal="events.amazonaws.com",
            source_arn=rule.attr_arn,
        )

    def _checkpoint_by_schedule(self, checkpoints: PlatformFunction, dead_letters: DeadLetterQueue) -> None:
        rule = events.CfnRule(
            *(self, "Checkpoints"),
            description="Signs where the tenants' audit chains end",
            schedule_expression="rate(15 minutes)",
            event_pattern=asked_again("checkpoint"),
            targets=[
                events.CfnRule.TargetProperty(
                    id="Checkpoints",
                    arn=checkpoints.function.function_arn,
                    input=json.dumps({"step": "checkpoint"}),
                    dead_letter_config=events.CfnRule.DeadLetterConfigProperty(arn=dead_letters.queue_arn),
                )
            ],
        )
        lambda_.CfnPermission(
            *(self, "CheckpointsMayBeInvoked"),
            action="lambda:InvokeFunction",
            function_name=checkpoints.function.function_name,
            principal="events.amazonaws.com",
            source_arn=rule.attr_arn,
        )


def _filters() -> list[lambda_.CfnEventSourceMapping.FilterProperty]:
    """New events that make an entry, and nothing else: not heartbeats, not what an agent says, not what expires."""
    wanted = ((run_events.TOOL, run_events.TOOL_EVENTS), (run_events.LIFECYCLE, run_events.LIFECYCLE_EVENTS))
    return [lambda_.CfnEventSourceMapping.FilterProperty(pattern=_pattern(*one)) for one in wanted]


def _pattern(stream: str, names: tuple[str, ...]) -> str:
    image = {"stream": {"S": [stream]}, "event": {"S": list(names)}}
    return json.dumps({"eventName": ["INSERT"], "dynamodb": {"NewImage": image}})
