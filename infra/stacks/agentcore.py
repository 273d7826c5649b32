"""Where agents run: AgentCore runtimes, and the role their processes hold, which may touch no data at all."""

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_bedrockagentcore as agentcore
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3_assets as assets
from constructs import Construct

from infra import permissions
from infra.bundling.agents import AgentPackage, reference_agents
from infra.bundling.bundler import Bundler
from infra.config import StageSettings
from infra.stacks.identity import IdentityStack
from infra.stacks.network import NetworkStack

_IDLE_SECONDS = 900
_LONGEST_SESSION_SECONDS = 28_800


def runtime_name(settings: StageSettings, agent: str) -> str:
    """AgentCore's names know no hyphen: `ambit_dev_echo_agent`."""
    return f"ambit_{settings.stage}_{agent}".replace("-", "_")


def runtime_arn(account: str, region: str, runtime: str) -> str:
    """The ARN of a runtime."""
    return f"arn:aws:bedrock-agentcore:{region}:{account}:runtime/{runtime}"


class AgentCoreStack(Stack):
    """The runtimes of the reference agents. Locally the agent host stands in for them, so there are none."""

    def __init__(
        self,
        scope: Construct,
        stack_id: str,
        *,
        settings: StageSettings,
        identity: IdentityStack,
        network: NetworkStack | None,
        bundler: Bundler,
        **options: object,
    ) -> None:
        super().__init__(scope, stack_id, **options)  # type: ignore[arg-type] # Stack's own options, passed on
        self._settings = settings
        self.execution_role = self._make_execution_role(identity)
        # Every pushed version has a runtime of its own, which this app never sees: the stage's name is the bound.
        # It covers their endpoints, whose ARNs lie below the runtime's.
        self.runtime_arns = tuple(
            runtime_arn(self.account, region, f"{runtime_name(settings, '')}*") for region in self._regions
        )
        if network:
            for agent in reference_agents():
                self._deploy(agent, network, bundler)
        CfnOutput(self, "AgentExecutionRoleArn", value=self.execution_role.role_arn)

    @property
    def _regions(self) -> tuple[str, ...]:
        """Where runtimes are: here, and in the standby region when the stage has one."""
        standby = self._settings.standby_region
        return (self.region, standby) if standby else (self.region,)

    def _make_execution_role(self, identity: IdentityStack) -> iam.Role:
        conditions = {
            "StringEquals": {"aws:SourceAccount": self.account},
            "ArnLike": {
                "aws:SourceArn": [f"arn:aws:bedrock-agentcore:{region}:{self.account}:*" for region in self._regions]
            },
        }
        role = iam.Role(
            self,
            "ExecutionRole",
            role_name=self._settings.name("agent-execution"),
            assumed_by=iam.ServicePrincipal("bedrock-agentcore.amazonaws.com", conditions=conditions),
            description="Agents: traces and logs only. Their data goes through the gateway, by run token.",
            managed_policies=[identity.trace_policy],
        )
        prefix = f"/aws/bedrock-agentcore/runtimes/{runtime_name(self._settings, '')}"
        groups = (f"arn:aws:logs:{region}:{self.account}:log-group:{prefix}*" for region in self._regions)
        role.add_to_principal_policy(permissions.allow(permissions.WRITE_AGENT_LOGS, *groups))
        return role

    def _deploy(self, agent: AgentPackage, network: NetworkStack, bundler: Bundler) -> None:
        """The runtime of one agent. Whoever deploys reads its package, not the role that the agent runs under."""
        package = assets.Asset(self, f"{agent.construct_id}Package", path=str(bundler.agent(agent)))
        runtime = agentcore.CfnRuntime(
            self,
            f"{agent.construct_id}Runtime",
            agent_runtime_name=runtime_name(self._settings, agent.name),
            description=f"Ambit {self._settings.stage}: {agent.name}",
            role_arn=self.execution_role.role_arn,
            agent_runtime_artifact=_zip(package, agent, self._settings.target.agent_runtime),
            network_configuration=_inside(network),
            protocol_configuration="HTTP",
            lifecycle_configuration=agentcore.CfnRuntime.LifecycleConfigurationProperty(
                idle_runtime_session_timeout=_IDLE_SECONDS, max_lifetime=_LONGEST_SESSION_SECONDS
            ),
        )
        runtime.node.add_dependency(self.execution_role)
        CfnOutput(self, f"{agent.construct_id}RuntimeArn", value=runtime.attr_agent_runtime_arn)


def _zip(package: assets.Asset, agent: AgentPackage, runtime: str) -> agentcore.CfnRuntime.AgentRuntimeArtifactProperty:
    """Direct zip deployment: no container, no registry."""
    location = agentcore.CfnRuntime.S3LocationProperty(bucket=package.s3_bucket_name, prefix=package.s3_object_key)
    code = agentcore.CfnRuntime.CodeConfigurationProperty(
        code=agentcore.CfnRuntime.CodeProperty(s3=location), entry_point=[agent.entry_point], runtime=runtime
    )
    return agentcore.CfnRuntime.AgentRuntimeArtifactProperty(code_configuration=code)


def _inside(network: NetworkStack) -> agentcore.CfnRuntime.NetworkConfigurationProperty:
    """In the VPC that has no way out but its endpoints."""
    return agentcore.CfnRuntime.NetworkConfigurationProperty(
        network_mode="VPC",
        network_mode_config=agentcore.CfnRuntime.VpcConfigProperty(
            subnets=[subnet.subnet_id for subnet in network.vpc.isolated_subnets],
            security_groups=[network.agent_group.security_group_id],
        ),
    )
