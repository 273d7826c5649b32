"""Where agents run: nothing leads out but the endpoints."""

from typing import Any


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
