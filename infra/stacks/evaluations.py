"""Evaluations: the function behind their routes, the worker that asks agents, and the workflow between."""

import json
from collections.abc import Mapping
from typing import Final

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from data_access_lib.keys import versions_partition
from governance.dead_letters import asked_again
from infra import functions as specs
from infra import permissions
from infra.config import StageSettings
from infra.constructs.platform_function import FunctionPlatform, PlatformFunction
from infra.constructs.queue_with_dlq import DeadLetterQueue
from infra.constructs.workflow import Workflow, WorkflowPlatform
from infra.stacks.platform_access import Access
from infra.stacks.served import Makes
from infra.suppressions import suppress

_BATCH: Final = 100
_ATTEMPTS: Final = 20


class EvaluationsStack(Stack):
    """Comes before the API, which serves its routes, and after the workflows' queue of what could not be done."""

    def __init__(
        self,
        scope: Construct,
        stack_id: str,
        *,
        settings: StageSettings,
        shared: FunctionPlatform,
        workflow_platform: WorkflowPlatform,
        dead_letters: DeadLetterQueue,
        access: Access,
        environment: Mapping[str, str],
        **options: object,
    ) -> None:
        super().__init__(scope, stack_id, **options)  # type: ignore[arg-type] # Stack's own options, passed on
        self.stage = settings.stage
        makes = Makes(shared, environment)
        served = makes.function(
            *(self, specs.EVALUATIONS, access.evaluations, makes.workflows.start_evaluations),
            dead_letters=dead_letters,
        )
        self.functions = {"evaluations": served}
        self.worker = makes.function(self, specs.EVALUATION_WORKER, access.evaluation_worker)
        self.workflow = Workflow(
            *(self, "Evaluation"),
            shared=workflow_platform,
            name="evaluation",
            tasks=[self.worker],
            substitutions={"WorkerFunctionArn": self.worker.function.function_arn},
            distributed=True,
        )
        self.workflow.keep_failures(dead_letters)
        self._follow(served, access, dead_letters)
        self._watch_by_schedule(served, dead_letters)
        CfnOutput(self, "EvaluationStateMachineArn", value=self.workflow.arn)
        CfnOutput(self, "EvaluationWorkerRoleArn", value=self.worker.role.role_arn)

    def _follow(self, function: PlatformFunction, access: Access, dead_letters: DeadLetterQueue) -> None:
        """Versions' records, from now on: those that are there already are evaluated when somebody asks."""
        stream = access.control_stream_arn
        function.allow(permissions.allow(permissions.READ_STREAM, stream))
        listing = iam.Policy(
            *(self, "ListStreams"),
            statements=[permissions.allow(permissions.LIST_STREAMS, "*")],
            roles=[function.role],
        )
        suppress(listing, "AMBIT_IAM_NO_WILDCARD_RESOURCE", "ListStreams takes no resource, and Lambda asks for it.")
        mapping = lambda_.CfnEventSourceMapping(
            *(self, "Versions"),
            function_name=function.function.function_name,
            event_source_arn=stream,
            starting_position="LATEST",
            batch_size=_BATCH,
            bisect_batch_on_function_error=True,
            maximum_retry_attempts=_ATTEMPTS,
            function_response_types=["ReportBatchItemFailures"],
            filter_criteria=lambda_.CfnEventSourceMapping.FilterCriteriaProperty(
                filters=[lambda_.CfnEventSourceMapping.FilterProperty(pattern=_versions())]
            ),
            destination_config=lambda_.CfnEventSourceMapping.DestinationConfigProperty(
                on_failure=lambda_.CfnEventSourceMapping.OnFailureProperty(destination=dead_letters.queue_arn)
            ),
        )
        mapping.node.add_dependency(function.role, listing)

    def _watch_by_schedule(self, function: PlatformFunction, dead_letters: DeadLetterQueue) -> None:
        rule = events.CfnRule(
            *(self, "Watch"),
            description="Starts evaluations that were not started, and tells of those that are stuck",
            schedule_expression="rate(5 minutes)",
            event_pattern=asked_again("watch"),
            targets=[
                events.CfnRule.TargetProperty(
                    id="Evaluations",
                    arn=function.function.function_arn,
                    input=json.dumps({"step": "watch"}),
                    dead_letter_config=events.CfnRule.DeadLetterConfigProperty(arn=dead_letters.queue_arn),
                )
            ],
        )
        lambda_.CfnPermission(
            *(self, "WatchMayInvoke"),
            action="lambda:InvokeFunction",
            function_name=function.function.function_name,
            principal="events.amazonaws.com",
            source_arn=rule.attr_arn,
        )


def _versions() -> str:
    """Changes of versions' records and of nothing else."""
    prefix = versions_partition("any").removesuffix("any")
    keys = {"pk": {"S": [{"prefix": prefix}]}}
    return json.dumps({"eventName": ["INSERT", "MODIFY"], "dynamodb": {"Keys": keys}})
