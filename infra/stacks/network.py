"""The network agents live in: no way out but a few endpoints. Functions need none of it and stay outside."""

from typing import Final

from aws_cdk import Stack
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_route53resolver as resolver
from constructs import Construct

from infra import permissions
from infra.config import StageSettings
from infra.constructs.platform_log_group import PlatformLogGroup
from infra.stacks.identity import IdentityStack
from platform_kit.access import ROUTES, Auth

_HTTPS: Final = ec2.Port.tcp(443)
_ZONES: Final = ("a", "b")
# Lower numbers first: what is allowed, then everything else refused.
_ALLOW_FIRST: Final = 100
_REFUSE_LAST: Final = 200
_ASSOCIATION_PRIORITY: Final = 101


class NetworkStack(Stack):
    """A VPC without internet or NAT gateway, its endpoints, its DNS firewall, and the private door to the gateway.

    From inside the VPC the public API cannot be reached: with the private DNS of the `execute-api` endpoint its name
    resolves to the endpoint, which serves private APIs only. So the gateway's routes exist on a private API as well.
    Its methods are added in the platform stack; it is made here so that its address is known to every function.
    """

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
        self.vpc = self._make_vpc(identity)
        self.endpoint_group = self._make_group("EndpointGroup", "Interface endpoints: HTTPS from agents only")
        self.agent_group = self._make_group("AgentGroup", "Agents: HTTPS to the endpoints and nothing else")
        self.agent_group.add_egress_rule(self.endpoint_group, _HTTPS, "endpoints")
        self.endpoint_group.add_ingress_rule(self.agent_group, _HTTPS, "agents")
        self._api_endpoint = self._make_endpoint("execute-api", ec2.InterfaceVpcEndpointAwsService.APIGATEWAY)
        self._api_endpoint.add_to_policy(self._gateway_only())
        for name, service, actions in (
            ("logs", ec2.InterfaceVpcEndpointAwsService.CLOUDWATCH_LOGS, permissions.WRITE_AGENT_LOGS),
            ("xray", ec2.InterfaceVpcEndpointAwsService.XRAY, permissions.WRITE_TRACES),
        ):
            self._make_endpoint(name, service).add_to_policy(self._agents_only(actions))
        self.gateway_api = self._make_gateway_api()
        self._make_dns_firewall()

    @property
    def gateway_url(self) -> str:
        """Where agents reach the gateway: `https://<api>.execute-api.<region>.amazonaws.com/<stage>/v1/gateway`."""
        host = f"{self.gateway_api.ref}.execute-api.{self.region}.{self.url_suffix}"
        return f"https://{host}/{self._settings.stage}/v1/gateway"

    def _make_vpc(self, identity: IdentityStack) -> ec2.Vpc:
        isolated = ec2.SubnetConfiguration(name="Agents", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED, cidr_mask=22)
        vpc = ec2.Vpc(
            self,
            "Vpc",
            vpc_name=self._settings.name("agents"),
            availability_zones=[f"{self._settings.region}{zone}" for zone in _ZONES],
            nat_gateways=0,
            create_internet_gateway=False,
            restrict_default_security_group=False,
            subnet_configuration=[isolated],
        )
        self._log_flows(vpc, identity)
        return vpc

    def _log_flows(self, vpc: ec2.Vpc, identity: IdentityStack) -> None:
        name = f"/ambit/{self._settings.stage}/agent-network"
        logs = PlatformLogGroup(self, "FlowLog", settings=self._settings, key=identity.platform_key, name=name)
        role = iam.Role(self, "FlowLogRole", assumed_by=iam.ServicePrincipal("vpc-flow-logs.amazonaws.com"))
        destination = ec2.FlowLogDestination.to_cloud_watch_logs(logs, role)
        vpc.add_flow_log("Flows", destination=destination, traffic_type=ec2.FlowLogTrafficType.ALL)

    def _make_group(self, group_id: str, description: str) -> ec2.SecurityGroup:
        return ec2.SecurityGroup(self, group_id, vpc=self.vpc, description=description, allow_all_outbound=False)

    def _make_endpoint(self, name: str, service: ec2.InterfaceVpcEndpointAwsService) -> ec2.InterfaceVpcEndpoint:
        return self.vpc.add_interface_endpoint(
            f"Endpoint-{name}",
            service=service,
            private_dns_enabled=True,
            open=False,
            security_groups=[self.endpoint_group],
        )

    def _gateway_only(self) -> iam.PolicyStatement:
        """The gateway's routes in this account: else anybody's private API could be reached, and take what it is sent.

        By the account, not by the API's id, which is made after its endpoint.
        """
        apis = f"arn:{self.partition}:execute-api:{self.region}:{self.account}:*/{self._settings.stage}"
        return iam.PolicyStatement(
            actions=["execute-api:Invoke"],
            principals=[iam.AnyPrincipal()],
            resources=[f"{apis}/{method}/v1/gateway/*" for method in _methods()],
        )

    def _agents_only(self, actions: tuple[str, ...]) -> iam.PolicyStatement:
        """What the agents' own role may do: with credentials brought along, logs would lead to another account."""
        role = f"arn:{self.partition}:iam::{self.account}:role/{self._settings.name('agent-execution')}"
        return iam.PolicyStatement(
            actions=list(actions),
            principals=[iam.AnyPrincipal()],
            resources=["*"],
            conditions={"ArnEquals": {"aws:PrincipalArn": role}},
        )

    def _make_dns_firewall(self) -> None:
        """Names outside this list do not resolve: data cannot leave in questions to somebody else's name server."""
        region = self._settings.region
        names = (f"{self.gateway_api.ref}.execute-api", "logs", "xray")
        allowed = self._domains("AllowedDomains", [f"{name}.{region}.amazonaws.com." for name in names])
        others = self._domains("OtherDomains", ["*."])
        rule = resolver.CfnFirewallRuleGroup.FirewallRuleProperty
        group = resolver.CfnFirewallRuleGroup(
            self,
            "DnsFirewall",
            name=self._settings.name("agents"),
            firewall_rules=[
                rule(action="ALLOW", firewall_domain_list_id=allowed.attr_id, priority=_ALLOW_FIRST),
                rule(
                    action="BLOCK",
                    block_response="NXDOMAIN",
                    firewall_domain_list_id=others.attr_id,
                    priority=_REFUSE_LAST,
                ),
            ],
        )
        resolver.CfnFirewallRuleGroupAssociation(
            self,
            "DnsFirewallOfVpc",
            firewall_rule_group_id=group.attr_id,
            vpc_id=self.vpc.vpc_id,
            priority=_ASSOCIATION_PRIORITY,
            mutation_protection="ENABLED" if self._settings.protected else "DISABLED",
        )

    def _domains(self, list_id: str, domains: list[str]) -> resolver.CfnFirewallDomainList:
        return resolver.CfnFirewallDomainList(self, list_id, domains=domains)

    def _make_gateway_api(self) -> apigateway.CfnRestApi:
        return apigateway.CfnRestApi(
            self,
            "GatewayApi",
            name=self._settings.name("agent-gateway"),
            description="The gateway's routes, for agents inside the VPC",
            api_key_source_type="AUTHORIZER",
            endpoint_configuration=apigateway.CfnRestApi.EndpointConfigurationProperty(
                types=["PRIVATE"], vpc_endpoint_ids=[self._api_endpoint.vpc_endpoint_id]
            ),
            policy=self._only_from_the_endpoint().to_json(),
        )
        return None

    def _only_from_the_endpoint(self) -> iam.PolicyDocument:
        routes = [f"execute-api:/{self._settings.stage}/{method}/v1/gateway/*" for method in _methods()]
        statement = iam.PolicyStatement(
            actions=["execute-api:Invoke"],
            principals=[iam.AnyPrincipal()],
            resources=routes,
            conditions={"StringEquals": {"aws:SourceVpce": self._api_endpoint.vpc_endpoint_id}},
        )
        return iam.PolicyDocument(statements=[statement])


def _methods() -> list[str]:
    """The methods of the routes that agents have."""
    return sorted({route.method for route in ROUTES if route.auth is Auth.RUN})
