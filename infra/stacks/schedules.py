"""Schedules of runs: EventBridge Scheduler tells a queue their times, and a function begins what is to begin."""

from collections.abc import Mapping
from typing import Final

from aws_cdk import Duration, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_scheduler as scheduler
from constructs import Construct

from infra import functions as specs
from infra import permissions
from infra.config import StageSettings
from infra.constructs.platform_function import FunctionPlatform, PlatformFunction
from infra.constructs.queue_with_dlq import DeadLetterQueue, RetriedQueue
from infra.stacks.identity import IdentityStack
from infra.stacks.platform_access import Access
from infra.stacks.served import Makes

_BATCH: Final = 10
GROUP: Final = "runs"
"""The group of EventBridge Scheduler, without its stage."""


class SchedulesStack(Stack):
    """Comes before the API, which serves its routes."""

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
        self.stage = settings.stage
        self._key = identity.platform_key
        self._letters = DeadLetterQueue(
            *(self, "Letters"), settings=settings, key=identity.platform_key, name="schedules-dead-letters"
        )
        self._times = RetriedQueue(
            *(self, "Times"),
            settings=settings,
            key=identity.platform_key,
            name="schedules",
            visibility=Duration.seconds(6 * specs.SCHEDULER.timeout),
            dead_letters=self._letters,
        )
        self._group = scheduler.CfnScheduleGroup(self, "Group", name=settings.name(GROUP))
        self._teller = self._make_teller(settings)
        makes = Makes(shared, {**environment, **self._environment(settings)})
        served = makes.function(self, specs.SCHEDULES, access.schedules, access.seals, access.cursors)
        self.runner = makes.function(
            *(self, specs.SCHEDULER),
            *(access.running, access.seals, access.cursors, access.tells, access.scheduler),
            makes.workflows.start_runs,
        )
        self._permit(settings, served)
        self._take()
        self.functions = {"schedules": served}

    def _environment(self, settings: StageSettings) -> dict[str, str]:
        return {
            "SCHEDULE_GROUP": settings.name(GROUP),
            "SCHEDULE_QUEUE_URL": self._times.queue_url,
            "SCHEDULE_QUEUE_ARN": self._times.queue_arn,
            "SCHEDULE_ROLE_ARN": self._teller.role_arn,
            "SCHEDULE_LETTERS_ARN": self._letters.queue_arn,
        }

    def _make_teller(self, settings: StageSettings) -> iam.Role:
        """What Scheduler acts as: it may send to these two queues, for schedules of this group."""
        group = f"arn:aws:scheduler:{self.region}:{self.account}:schedule-group/{settings.name('runs')}"
        condition = {"StringEquals": {"aws:SourceAccount": self.account, "aws:SourceArn": group}}
        role = iam.Role(
            *(self, "Teller"),
            role_name=settings.name("schedule-teller"),
            assumed_by=iam.ServicePrincipal("scheduler.amazonaws.com", conditions=condition),
            description="EventBridge Scheduler tells times of schedules",
        )
        role.add_to_principal_policy(
            permissions.allow(permissions.SEND_MESSAGE, self._times.queue_arn, self._letters.queue_arn)
        )
        role.add_to_principal_policy(permissions.use_key_through("sqs", self.region, self._key.key_arn))
        return role

    def _permit(self, settings: StageSettings, served: PlatformFunction) -> None:
        schedules = f"arn:aws:scheduler:{self.region}:{self.account}:schedule/{settings.name('runs')}/*"
        hand = iam.PolicyStatement(
            actions=list(permissions.HAND_ROLE),
            resources=[self._teller.role_arn],
            conditions={"StringEquals": {"iam:PassedToService": "scheduler.amazonaws.com"}},
        )
        send = permissions.allow(permissions.SEND_MESSAGE, self._times.queue_arn)
        key = permissions.use_key_through("sqs", self.region, self._key.key_arn)
        served.allow(permissions.allow(permissions.KEEP_SCHEDULES, schedules), hand, send, key)
        take = permissions.allow(permissions.TAKE_MESSAGES, self._times.queue_arn)
        self.runner.allow(permissions.allow(permissions.FORGET_SCHEDULES, schedules), take, send, key)

    def _take(self) -> None:
        mapping = lambda_.CfnEventSourceMapping(
            *(self, "Told"),
            function_name=self.runner.function.function_name,
            event_source_arn=self._times.queue_arn,
            batch_size=_BATCH,
            function_response_types=["ReportBatchItemFailures"],
        )
        mapping.node.add_dependency(self.runner.role)
