"""An Amazon Bedrock AgentCore Gateway whose every request and response passes the interceptors.

It is made where `agentcoreGateway` in the context of cdk.json asks for it; its targets are the operators' to add. It
authorises nobody itself: the run token is verified by the interceptors, which are given the headers for that. Nothing
is streamed, because of a stream the gateway forwards progress and log messages past the interceptors.

Source: https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/gateway-interceptors-permissions.html and
…/gateway-interceptors-configuration.html.
"""

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_bedrockagentcore as agentcore
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra import permissions
from infra.config import StageSettings
from infra.constructs.platform_function import PlatformFunction


class InterceptedGateway(Construct):
    """The gateway, and the role that it calls the interceptors with: it may call that one function."""

    def __init__(
        self, scope: Construct, gateway_id: str, *, settings: StageSettings, interceptors: PlatformFunction
    ) -> None:
        super().__init__(scope, gateway_id)
        function_arn = interceptors.function.function_arn
        self.role = self._make_role(settings, function_arn)
        self.gateway = agentcore.CfnGateway(
            self,
            "Gateway",
            name=settings.name("tools"),
            description="Tools behind AgentCore Gateway; the interceptors decide about every call",
            protocol_type="MCP",
            authorizer_type="NONE",
            role_arn=self.role.role_arn,
            interceptor_configurations=[_both_ways(function_arn)],
        )
        self.gateway.node.add_dependency(self.role)
        CfnOutput(self, "Url", value=self.gateway.attr_gateway_url)

    def _make_role(self, settings: StageSettings, function_arn: str) -> iam.Role:
        stack = Stack.of(self)
        conditions = {
            "StringEquals": {"aws:SourceAccount": stack.account},
            "ArnLike": {"aws:SourceArn": f"arn:aws:bedrock-agentcore:{stack.region}:{stack.account}:gateway/*"},
        }
        role = iam.Role(
            self,
            "Role",
            role_name=settings.name("tools-gateway"),
            assumed_by=iam.ServicePrincipal("bedrock-agentcore.amazonaws.com", conditions=conditions),
            description="AgentCore Gateway: calls its interceptors and nothing else",
        )
        role.add_to_principal_policy(permissions.allow(permissions.INVOKE_FUNCTION, function_arn))
        return role


def _both_ways(function_arn: str) -> agentcore.CfnGateway.GatewayInterceptorConfigurationProperty:
    """One function for both: what the first begins the second finishes, and headers carry the run token to both."""
    gateway = agentcore.CfnGateway
    return gateway.GatewayInterceptorConfigurationProperty(
        interception_points=["REQUEST", "RESPONSE"],
        interceptor=gateway.InterceptorConfigurationProperty(
            lambda_=gateway.LambdaInterceptorConfigurationProperty(arn=function_arn)
        ),
        input_configuration=gateway.InterceptorInputConfigurationProperty(pass_request_headers=True),
    )
