"""Where agents run: nothing leads out but the endpoints."""

import json
from typing import Any

from infra import permissions


def test_agents_have_no_way_to_the_internet(prod: Any) -> None:
    assert prod.resources("AWS::EC2::InternetGateway") == {}
    assert prod.resources("AWS::EC2::NatGateway") == {}


def test_agents_may_open_https_to_the_endpoints_and_nothing_else(prod: Any) -> None:
    groups = prod.resources("AWS::EC2::SecurityGroup")
    egress = [rule["Properties"] for rule in prod.resources("AWS::EC2::SecurityGroupEgress").values()]

    assert len(egress) == 1
    assert (egress[0]["FromPort"], egress[0]["ToPort"], egress[0]["IpProtocol"]) == (443, 443, "tcp")
    for group in groups.values():
        outbound = group["Properties"].get("SecurityGroupEgress", [])
        assert [rule for rule in outbound if rule.get("CidrIp") == "0.0.0.0/0"] == []


def test_every_other_name_is_refused_by_the_dns_firewall(prod: Any) -> None:
    (group,) = prod.resources("AWS::Route53Resolver::FirewallRuleGroup").values()
    rules = sorted(group["Properties"]["FirewallRules"], key=lambda rule: rule["Priority"])

    assert [rule["Action"] for rule in rules] == ["ALLOW", "BLOCK"]
    lists = prod.resources("AWS::Route53Resolver::FirewallDomainList")
    assert ["*."] in [item["Properties"]["Domains"] for item in lists.values()]


def test_runtimes_run_inside_the_vpc(prod: Any) -> None:
    runtimes = prod.resources("AWS::BedrockAgentCore::Runtime").values()

    assert {item["Properties"]["NetworkConfiguration"]["NetworkMode"] for item in runtimes} == {"VPC"}
    assert all("CodeConfiguration" in item["Properties"]["AgentRuntimeArtifact"] for item in runtimes)


def test_there_are_no_runtimes_locally(local: Any) -> None:
    assert local.resources("AWS::BedrockAgentCore::Runtime") == {}


def endpoints(stacks: Any) -> dict[str, Any]:
    """The statements of each endpoint's policy by the service it leads to."""
    found = stacks.resources("AWS::EC2::VPCEndpoint").values()
    return {
        item["Properties"]["ServiceName"].rsplit(".", 1)[1]: item["Properties"]["PolicyDocument"]["Statement"]
        for item in found
    }


def test_no_endpoint_is_there_that_agents_do_not_need(prod: Any) -> None:
    assert set(endpoints(prod)) == {"execute-api", "logs", "xray"}


def test_the_api_endpoint_leads_to_the_gateways_routes_in_this_account_alone(prod: Any) -> None:
    (statement,) = endpoints(prod)["execute-api"]
    resources = [json.dumps(resource) for resource in statement["Resource"]]
    assert (statement["Effect"], statement["Action"]) == ("Allow", "execute-api:Invoke")
    for resource, method in zip(resources, ("DELETE", "GET", "POST"), strict=True):
        assert "AWS::AccountId" in resource or ":000000000000:" in resource or ":111122223333:" in resource
        assert resource.rstrip(']}" ').endswith(f"*/prod/{method}/v1/gateway/*")


def test_the_other_endpoints_serve_the_agents_role_alone_and_only_what_it_may_do(prod: Any) -> None:
    for service, actions in (("logs", permissions.WRITE_AGENT_LOGS), ("xray", permissions.WRITE_TRACES)):
        (statement,) = endpoints(prod)[service]
        assert set(statement["Action"]) == set(actions)
        assert list(statement["Condition"]) == ["ArnEquals"]
        assert "role/ambit-prod-agent-execution" in json.dumps(statement["Condition"]["ArnEquals"]["aws:PrincipalArn"])


def test_the_only_names_that_resolve_are_the_gateways_and_the_two_services(prod: Any) -> None:
    lists = prod.resources("AWS::Route53Resolver::FirewallDomainList").values()
    (allowed,) = [names for item in lists if "*." not in (names := item["Properties"]["Domains"])]
    assert len(allowed) == 3
    assert not any("*" in json.dumps(name) for name in allowed)
    assert "GatewayApi" in json.dumps(allowed[0])


def test_the_firewall_that_holds_for_the_network_is_this_one(prod: Any) -> None:
    (group,) = prod.resources("AWS::Route53Resolver::FirewallRuleGroup")
    (association,) = prod.resources("AWS::Route53Resolver::FirewallRuleGroupAssociation").values()
    assert group in json.dumps(association["Properties"]["FirewallRuleGroupId"])
    assert association["Properties"]["MutationProtection"] == "ENABLED"


def test_every_runtime_wears_the_agents_group_and_no_other(prod: Any) -> None:
    for runtime in prod.resources("AWS::BedrockAgentCore::Runtime").values():
        network = runtime["Properties"]["NetworkConfiguration"]["NetworkModeConfig"]
        assert len(network["SecurityGroups"]) == 1
        assert "AgentGroup" in json.dumps(network["SecurityGroups"])


def test_no_route_leads_out_of_the_network(prod: Any) -> None:
    assert prod.resources("AWS::EC2::Route") == {}
    for kind in ("VPCPeeringConnection", "TransitGatewayAttachment", "EgressOnlyInternetGateway", "VPNGateway"):
        assert prod.resources(f"AWS::EC2::{kind}") == {}
