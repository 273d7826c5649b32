"""Asynchronous runs: the function that starts and settles them, and the state machine between."""

import json
from collections.abc import Mapping

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from governance.dead_letters import asked_again
from infra import permissions
from infra.config import StageSettings
from infra.constructs.log_count import TASKS_TIMED_OUT, LogCount
from infra.constructs.platform_function import FunctionPlatform, PlatformFunction
from infra.constructs.queue_with_dlq import DeadLetterQueue
from infra.constructs.workflow import Workflow, WorkflowPlatform
from infra.functions import JOBS
from infra.stacks.identity import IdentityStack
from infra.stacks.platform_access import Access


class WorkflowsStack(Stack):
    """The run workflow, and the queue where executions of any workflow end that nobody could settle."""

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
        self._settings = settings
        self.workflow_platform = WorkflowPlatform(
            settings, identity.platform_key, identity.trace_policy, identity.workflow_log_policy
        )
        self.dead_letters = self._make_dead_letters(identity)
        self.jobs = PlatformFunction(
            *(self, "Jobs"), shared=shared, spec=JOBS, environment=environment, dead_letters=self.dead_letters
        )
        access.running(self.jobs)
        access.seals(self.jobs)
        access.tells(self.jobs)
        self._answer_tasks(environment["RUN_STATE_MACHINE_ARN"])
        self.run = self._make_workflow()
        self._reap_by_schedule()
        CfnOutput(self, "RunStateMachineArn", value=self.run.arn)

    def _answer_tasks(self, machine_arn: str) -> None:
        """It answers for a run that it leads itself, and starts what has lost its execution.

        The ARN is by name: the machine invokes this very function.
        """
        self.jobs.allow(
            permissions.allow(permissions.ANSWER_WORKFLOW, machine_arn),
            permissions.allow(permissions.START_WORKFLOW, machine_arn),
        )

    def _reap_by_schedule(self) -> None:
        """Every minute, end runs whose function died: nobody else would settle their budget."""
        rule = events.CfnRule(
            self,
            "Reaper",
            description="Ends runs that nobody leads any more",
            schedule_expression="rate(1 minute)",
            event_pattern=asked_again("reap"),
            targets=[
                events.CfnRule.TargetProperty(
                    id="Jobs",
                    arn=self.jobs.function.function_arn,
                    input=json.dumps({"step": "reap"}),
                    dead_letter_config=events.CfnRule.DeadLetterConfigProperty(arn=self.dead_letters.queue_arn),
                )
            ],
        )
        lambda_.CfnPermission(
            self,
            "ReaperMayInvoke",
            action="lambda:InvokeFunction",
            function_name=self.jobs.function.function_name,
            principal="events.amazonaws.com",
            source_arn=rule.attr_arn,
        )

    def _make_workflow(self) -> Workflow:
        workflow = Workflow(
            self,
            "Run",
            shared=self.workflow_platform,
            name="run",
            tasks=[self.jobs],
            substitutions={"JobsFunctionArn": self.jobs.function.function_arn},
        )
        workflow.keep_failures(self.dead_letters)
        LogCount(
            self,
            "TasksTimedOut",
            stage=self._settings.stage,
            log_group=workflow.log_group,
            name=TASKS_TIMED_OUT,
            pattern='{ $.type = "TaskTimedOut" }',
        )
        return workflow

    def _make_dead_letters(self, identity: IdentityStack) -> DeadLetterQueue:
        queue = DeadLetterQueue(
            self,
            "DeadLetters",
            settings=self._settings,
            key=identity.platform_key,
            name="workflow-dead-letters",
        )
        queue.add_to_resource_policy(
            iam.PolicyStatement(
                actions=list(permissions.SEND_MESSAGE),
                principals=[iam.ServicePrincipal("events.amazonaws.com")],
                resources=[queue.queue_arn],
                conditions={"StringEquals": {"aws:SourceAccount": self.account}},
            )
        )
        return queue
