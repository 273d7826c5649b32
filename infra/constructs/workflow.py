"""State machines written in the states language, with logs, tracing and a role that may invoke its functions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from aws_cdk import Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra import permissions
from infra.config import StageSettings
from infra.constructs.platform_function import PlatformFunction
from infra.constructs.platform_log_group import PlatformLogGroup

DEFINITIONS: Final = Path(__file__).resolve().parents[1] / "workflows"


@dataclass(frozen=True)
class WorkflowPlatform:
    """What both state machines of a stage share."""

    settings: StageSettings
    log_key: kms.IKey
    trace_policy: iam.IManagedPolicy
    log_policy: iam.IManagedPolicy


class Workflow(Construct):
    """A standard state machine defined by `infra/workflows/<name>.asl.json`."""

    def __init__(
        self,
        scope: Construct,
        workflow_id: str,
        *,
        shared: WorkflowPlatform,
        name: str,
        tasks: Sequence[PlatformFunction],
        substitutions: Mapping[str, str],
        distributed: bool = False,
    ) -> None:
        super().__init__(scope, workflow_id)
        self._shared = shared
        self.role = self._make_role(name, tasks)
        if distributed:
            self._let_map(name)
        self.machine = self._make_machine(name, substitutions)
        self.arn = self.machine.attr_arn

    def _make_role(self, name: str, tasks: Sequence[PlatformFunction]) -> iam.Role:
        role = iam.Role(
            self,
            "Role",
            role_name=self._shared.settings.name(f"workflow-{name}"),
            assumed_by=iam.ServicePrincipal("states.amazonaws.com"),
            managed_policies=[self._shared.trace_policy, self._shared.log_policy],
        )
        functions = (task.function.function_arn for task in tasks)
        role.add_to_principal_policy(permissions.allow(permissions.INVOKE_FUNCTION, *functions))
        return role

    def _let_map(self, name: str) -> None:
        """A distributed map's items are executions of the machine itself. By name: the machine comes after its role."""
        stack = Stack.of(self)
        machine = workflow_arn(self._shared.settings, account=stack.account, region=stack.region, name=name)
        self.role.add_to_principal_policy(permissions.allow(permissions.START_WORKFLOW, machine))
        executions = f"{machine.replace(':stateMachine:', ':execution:')}:*"
        self.role.add_to_principal_policy(permissions.allow(permissions.LEAD_MAP, executions))

    def _make_machine(self, name: str, substitutions: Mapping[str, str]) -> sfn.CfnStateMachine:
        settings = self._shared.settings
        group = f"/aws/vendedlogs/ambit-{settings.stage}/workflows/{name}"
        self.log_group = PlatformLogGroup(self, "Logs", settings=settings, key=self._shared.log_key, name=group)
        machine = sfn.CfnStateMachine(
            self,
            "Machine",
            state_machine_name=workflow_name(settings, name),
            role_arn=self.role.role_arn,
            definition_string=(DEFINITIONS / f"{name}.asl.json").read_text(),
            definition_substitutions=dict(substitutions),
            tracing_configuration=sfn.CfnStateMachine.TracingConfigurationProperty(enabled=True),
            logging_configuration=_log_errors_to(self.log_group.log_group_arn),
        )
        machine.node.add_dependency(self.role)
        return machine

    def keep_failures(self, dead_letters: sqs.IQueue) -> None:
        """Send every execution that ended badly to a queue: whatever it was to do has not been done."""
        events.CfnRule(
            self,
            "Failures",
            description="Executions that failed, timed out or were aborted",
            event_pattern={
                "source": ["aws.states"],
                "detail-type": ["Step Functions Execution Status Change"],
                "detail": {"stateMachineArn": [self.arn], "status": ["FAILED", "TIMED_OUT"]},
            },
            targets=[events.CfnRule.TargetProperty(id="DeadLetters", arn=dead_letters.queue_arn)],
        )


def _log_errors_to(group_arn: str) -> sfn.CfnStateMachine.LoggingConfigurationProperty:
    """Errors only, without the data that passed through: inputs belong to tenants."""
    group = sfn.CfnStateMachine.CloudWatchLogsLogGroupProperty(log_group_arn=group_arn)
    destination = sfn.CfnStateMachine.LogDestinationProperty(cloud_watch_logs_log_group=group)
    return sfn.CfnStateMachine.LoggingConfigurationProperty(
        level="ERROR", include_execution_data=False, destinations=[destination]
    )


def workflow_name(settings: StageSettings, name: str) -> str:
    """The physical name of a state machine, by which a stack deployed earlier may know it."""
    return settings.name(f"{name}-workflow")


def workflow_arn(settings: StageSettings, *, account: str, region: str, name: str) -> str:
    """The ARN a state machine will have."""
    return f"arn:aws:states:{region}:{account}:stateMachine:{workflow_name(settings, name)}"
