"""What tells of what happened: the event bus with its archive, the publisher, webhooks and the queue of deliveries."""

from collections.abc import Mapping
from typing import Final

from aws_cdk import CfnOutput, Duration, RemovalPolicy, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from data_access_lib.keys import tenants_partition, versions_partition
from data_access_lib.repositories.events import TERMINAL_STATES
from governance.dead_letters import FACTS, SOURCE
from infra import functions as specs
from infra import permissions
from infra.config import StageSettings
from infra.constructs.platform_function import FunctionPlatform, PlatformFunction
from infra.constructs.queue_with_dlq import DeadLetterQueue, RetriedQueue
from infra.constructs.stream_reader import Pattern, StreamReader
from infra.stacks.identity import IdentityStack
from infra.stacks.platform_access import Access
from infra.stacks.served import Makes

ARCHIVE_DAYS: Final = 30
_BATCH: Final = 10
_TOLD_APPROVALS: Final = ("pending", "approved", "denied", "expired")
_MOST_AT_ONCE: Final = 50
"""Functions that deliver at the same time, each up to ten messages: endpoints cannot take the account's concurrency."""


class EventsStack(Stack):
    """Comes before the API, which serves the routes of webhooks."""

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
        **options: object,
    ) -> None:
        super().__init__(scope, stack_id, **options)  # type: ignore[arg-type] # Stack's own options, passed on
        self.untold = DeadLetterQueue(
            *(self, "Untold"), settings=settings, key=identity.platform_key, name="event-dead-letters"
        )
        self.undelivered = DeadLetterQueue(
            *(self, "Undelivered"), settings=settings, key=identity.platform_key, name="webhook-dead-letters"
        )
        self.deliveries = RetriedQueue(
            *(self, "Deliveries"),
            settings=settings,
            key=identity.platform_key,
            name="webhook-deliveries",
            visibility=Duration.seconds(6 * specs.WEBHOOK_DISPATCHER.timeout),
            dead_letters=self.undelivered,
        )
        self.bus = self._bus(settings)
        named = {"EVENT_BUS": self.bus.ref, "DISPATCH_QUEUE_URL": self.deliveries.queue_url}
        makes = Makes(shared, {**environment, **named})
        self.publisher = makes.function(
            *(self, specs.EVENT_PUBLISHER, access.event_publisher), dead_letters=self.untold
        )
        self.dispatcher = makes.function(self, specs.WEBHOOK_DISPATCHER, access.webhook_dispatcher, access.seals)
        served = makes.function(*(self, specs.WEBHOOKS, access.webhooks, access.seals, access.audits, access.cursors))
        self.functions = {"webhooks": served}
        self._publish(identity, access)
        self._deliver(identity, served)
        CfnOutput(self, "EventBus", value=self.bus.ref)
        CfnOutput(self, "DeliveriesQueueUrl", value=self.deliveries.queue_url)
        CfnOutput(self, "UndeliveredQueueUrl", value=self.undelivered.queue_url)
        CfnOutput(self, "UntoldQueueUrl", value=self.untold.queue_url)

    def _bus(self, settings: StageSettings) -> events.CfnEventBus:
        """Events are ids, states, times and amounts: nothing of what was said, so AWS's own key encrypts them."""
        bus = events.CfnEventBus(self, "Bus", name=settings.name("events"))
        bus.apply_removal_policy(RemovalPolicy.DESTROY if not settings.protected else RemovalPolicy.RETAIN)
        events.CfnArchive(
            *(self, "Archive"),
            archive_name=settings.name("events"),
            source_arn=bus.attr_arn,
            description="What was told, to be told again",
            retention_days=ARCHIVE_DAYS,
        )
        return bus

    def _publish(self, identity: IdentityStack, access: Access) -> None:
        publisher = self.publisher
        publisher.allow(
            permissions.allow(permissions.PUT_EVENTS, self.bus.attr_arn),
            permissions.allow(permissions.SEND_MESSAGE, self.deliveries.queue_arn, self.untold.queue_arn),
            permissions.use_key_through("sqs", self.region, identity.platform_key.key_arn),
        )
        reader = StreamReader(self, "Streams", function=publisher, dead_letters=self.untold)
        reader.follow("Runs", access.runs_stream_arn, of_runs())
        reader.follow("Control", access.control_stream_arn, of_control())
        reader.follow("Ops", access.ops_stream_arn, of_ops())
        self._tell_again()

    def _tell_again(self) -> None:
        """What a dead letter tells of: the function of dead letters may say so, and cannot invoke the publisher."""
        rule = events.CfnRule(
            *(self, "FactsAgain"),
            description="What happened and is to be told after all",
            event_pattern={"source": [SOURCE], "detail-type": [FACTS]},
            targets=[
                events.CfnRule.TargetProperty(
                    id="Publisher",
                    arn=self.publisher.function.function_arn,
                    dead_letter_config=events.CfnRule.DeadLetterConfigProperty(arn=self.untold.queue_arn),
                )
            ],
        )
        lambda_.CfnPermission(
            *(self, "PublisherMayBeAsked"),
            action="lambda:InvokeFunction",
            function_name=self.publisher.function.function_name,
            principal="events.amazonaws.com",
            source_arn=rule.attr_arn,
        )

    def _deliver(self, identity: IdentityStack, served: PlatformFunction) -> None:
        key = permissions.use_key_through("sqs", self.region, identity.platform_key.key_arn)
        queue = self.deliveries.queue_arn
        served.allow(permissions.allow(permissions.SEND_MESSAGE, queue), key)
        self.dispatcher.allow(permissions.allow((*permissions.SEND_MESSAGE, *permissions.TAKE_MESSAGES), queue), key)
        mapping = lambda_.CfnEventSourceMapping(
            *(self, "Attempts"),
            function_name=self.dispatcher.function.function_name,
            event_source_arn=queue,
            batch_size=_BATCH,
            function_response_types=["ReportBatchItemFailures"],
            scaling_config=lambda_.CfnEventSourceMapping.ScalingConfigProperty(maximum_concurrency=_MOST_AT_ONCE),
        )
        mapping.node.add_dependency(self.dispatcher.role)


def of_runs() -> tuple[Pattern, ...]:
    """Events that end runs, and approvals that were asked for or decided, or are over."""
    ended = {"stream": {"S": ["lifecycle"]}, "event": {"S": list(TERMINAL_STATES)}}
    moved = {"approvalId": {"S": [{"prefix": "apr_"}]}, "status": {"S": list(_TOLD_APPROVALS)}}
    return (
        {"eventName": ["INSERT"], "dynamodb": {"NewImage": ended}},
        {"eventName": ["INSERT", "MODIFY"], "dynamodb": {"NewImage": moved}},
    )


def of_control() -> tuple[Pattern, ...]:
    """Changes of versions' and tenants' records, and of webhook endpoints."""
    versions = versions_partition("any").removesuffix("any")
    return (
        {"eventName": ["INSERT", "MODIFY"], "dynamodb": {"Keys": {"pk": {"S": [{"prefix": versions}]}}}},
        {"eventName": ["MODIFY"], "dynamodb": {"Keys": {"pk": {"S": [tenants_partition()]}}}},
        {"eventName": ["MODIFY"], "dynamodb": {"Keys": {"sk": {"S": [{"prefix": "whk_"}]}}}},
    )


def of_ops() -> tuple[Pattern, ...]:
    """New incidents."""
    return ({"eventName": ["INSERT"], "dynamodb": {"Keys": {"sk": {"S": [{"prefix": "inc_"}]}}}},)
