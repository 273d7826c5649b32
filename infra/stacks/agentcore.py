"""Where agents run: AgentCore runtimes, and the role their processes hold, which may touch no data at all."""

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra import permissions
from infra.config import REFERENCE_AGENTS, StageSettings
from infra.stacks.identity import IdentityStack


def runtime_name(settings: StageSettings, agent: str) -> str:
    """AgentCore's names know no hyphen: `ambit_dev_echo_agent`."""
    return f"ambit_{settings.stage}_{agent}".replace("-", "_")


class AgentCoreStack(Stack):
    """The runtimes of the reference agents. Locally the agent host stands in for them, so there are none."""

    def __init__(
        self,
        scope: Construct,
        stack_id: str,
        *,
        settings: StageSettings,
        identity: IdentityStack,
        **options: object,
    ) -> None:
        super().__init__(scope, stack_id, **options)  # type: ignore[arg-type] # Stack's own options, passed on
        self._settings = settings
        self.execution_role = self._make_execution_role(identity)
        self.runtime_arns = self._local_arns() if settings.is_local else []
        CfnOutput(self, "AgentExecutionRoleArn", value=self.execution_role.role_arn)

    def _make_execution_role(self, identity: IdentityStack) -> iam.Role:
        conditions = {
            "StringEquals": {"aws:SourceAccount": self.account},
            "ArnLike": {"aws:SourceArn": f"arn:aws:bedrock-agentcore:{self.region}:{self.account}:*"},
        }
        return iam.Role(
            self,
            "ExecutionRole",
            role_name=self._settings.name("agent-execution"),
            assumed_by=iam.ServicePrincipal("bedrock-agentcore.amazonaws.com", conditions=conditions),
            description="Agents: traces and logs only. Their data goes through the gateway, by run token.",
            managed_policies=[identity.trace_policy],
        )

    def _local_arns(self) -> list[str]:
        prefix = f"arn:aws:bedrock-agentcore:{self.region}:{self.account}:runtime"
        return [f"{prefix}/{runtime_name(self._settings, agent)}" for agent in REFERENCE_AGENTS]
