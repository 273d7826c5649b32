"""The REST API as deployed, held against the route table."""

import json
from typing import Any

import aws_cdk
import pytest
from aws_cdk import assertions
from aws_cdk import aws_apigateway as apigateway

from infra.config import settings_for
from infra.constructs import rest_api
from infra.stacks.routes import OPERATORS_BRANCHES, branch_of, operators_routes, tenants_routes
from platform_kit.access import ROUTES, Auth, Route

BUFFERED_MILLISECONDS = 29_000
STREAMING_MILLISECONDS = 900_000
MOST_CACHED_SECONDS = 30  # of the sixty in which a suspension is felt; the authoriser and the functions have the rest


PUBLIC = ("Platform", "TenantRoutes", "OperatorRoutes")
"""The stacks that the public API's resources and methods are in."""


def _exported(stacks: Any) -> dict[str, str]:
    """What stacks hand on to others: the logical id by the export's name."""
    outputs = (output for template in stacks.templates.values() for output in template.get("Outputs", {}).values())
    return {output["Export"]["Name"]: output["Value"].get("Ref", "") for output in outputs if "Export" in output}


def _named(value: dict[str, Any], exported: dict[str, str]) -> str:
    """The logical id that a value refers to, in its own template or in another."""
    return str(value.get("Ref") or exported.get(str(value.get("Fn::ImportValue")), ""))


def _of_type(stacks: Any, kind: str) -> list[tuple[str, dict[str, Any]]]:
    """Logical id and properties of the APIs' resources of a type, stack by stack: ids repeat between stacks."""
    templates = [(name, stacks.templates[name]) for name in PUBLIC]
    return [
        (f"{stack}/{name}", resource["Properties"])
        for stack, template in templates
        for name, resource in template["Resources"].items()
        if resource["Type"] == kind
    ]


def _paths(stacks: Any) -> dict[str, str]:
    """The path of every API resource, by stack and logical id, and by logical id alone where another stack has it."""
    exported = _exported(stacks)
    found = dict(_of_type(stacks, "AWS::ApiGateway::Resource"))

    def path(name: str) -> str:
        stack = name.split("/", maxsplit=1)[0]
        above = _named(found[name]["ParentId"], exported)
        [*parents] = [one for one in (f"{stack}/{above}", f"Platform/{above}") if one in found]
        return f"{path(parents[0]) if parents else ''}/{found[name]['PathPart']}"

    return {name: path(name) for name in found}


def _methods(stacks: Any, *, private: bool = False) -> dict[str, dict[str, Any]]:
    paths, exported = _paths(stacks), _exported(stacks)
    found = {}
    for name, method in _of_type(stacks, "AWS::ApiGateway::Method"):
        resource = f"{name.split('/')[0]}/{_named(method['ResourceId'], exported)}"
        if name.startswith("Platform/AgentGateway") is private:
            found[f"{method['HttpMethod']} {paths[resource]}"] = method
    return found


def _streams(route: Route) -> bool:
    return route.streaming


def test_the_deployed_routes_are_those_of_the_table(stacks: Any) -> None:
    assert set(_methods(stacks)) == {route.key for route in ROUTES}


def test_a_route_is_in_one_stack_and_its_branch_is_whole_there(stacks: Any) -> None:
    """A path's resource exists once: two stacks with the same would not deploy."""
    public = [path for name, path in _paths(stacks).items() if "AgentGateway" not in name]
    assert len(public) == len(set(public))
    assert {branch_of(route) for route in operators_routes()} == OPERATORS_BRANCHES
    assert {branch_of(route) for route in operators_routes()}.isdisjoint(branch_of(route) for route in tenants_routes())
    assert sorted((*operators_routes(), *tenants_routes())) == sorted(ROUTES)


def test_what_is_deployed_is_deployed_after_every_route(stacks: Any) -> None:
    manifest = json.loads((stacks.folder / "manifest.json").read_text())["artifacts"]
    stage = f"Ambit-{stacks.folder.name}"
    assert {f"{stage}-{name}" for name in PUBLIC} <= set(manifest[f"{stage}-Api"]["dependencies"])


def _deployment_id(stage: str, routes: tuple[Route, ...], monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(rest_api, "ROUTES", routes)
    stack = aws_cdk.Stack(aws_cdk.App())
    api = apigateway.RestApi.from_rest_api_attributes(stack, "Api", rest_api_id="a", root_resource_id="r")
    rest_api.deploy(stack, api, settings_for(stage))
    [name] = assertions.Template.from_stack(stack).find_resources("AWS::ApiGateway::Deployment")
    return str(name)


def test_the_deployments_id_follows_whatever_it_deploys(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that keeps its id is not made again, and the API goes on serving what it was."""
    first, *rest = ROUTES
    versions = {
        "as it is": ROUTES,
        "one less": tuple(rest),
        "open to all": (first._replace(auth=Auth.BEARER), *rest),
        "by another": (first._replace(function="agents"), *rest),
        "streaming": (first._replace(streaming=True), *rest),
    }
    ids = {name: _deployment_id("prod", routes, monkeypatch) for name, routes in versions.items()}
    assert len(set(ids.values())) == len(ids), ids
    assert _deployment_id("prod", tuple(reversed(ROUTES)), monkeypatch) == ids["as it is"]
    assert _deployment_id("local", ROUTES, monkeypatch) != ids["as it is"]


def test_a_plan_key_and_the_authoriser_stand_before_bearer_and_run_routes_only(stacks: Any) -> None:
    methods = _methods(stacks)
    for route in ROUTES:
        keyed = route.auth in {Auth.BEARER, Auth.RUN}
        method = methods[route.key]
        assert method.get("ApiKeyRequired", False) is keyed, route.key
        assert method["AuthorizationType"] == ("CUSTOM" if keyed else "NONE"), route.key


def test_streaming_routes_stream_and_say_how_long(stacks: Any) -> None:
    methods = _methods(stacks)
    for route in ROUTES:
        integration = methods[route.key]["Integration"]
        assert integration.get("ResponseTransferMode", "BUFFERED") == ("STREAM" if _streams(route) else "BUFFERED")
        expected = STREAMING_MILLISECONDS if _streams(route) else BUFFERED_MILLISECONDS
        assert integration["TimeoutInMillis"] == expected, route.key


def test_the_authoriser_is_cached_on_two_sources_that_are_always_there(stacks: Any) -> None:
    seconds = settings_for(stacks.folder.name).authoriser_cache_seconds
    assert seconds <= MOST_CACHED_SECONDS
    for authoriser in stacks.resources("AWS::ApiGateway::Authorizer").values():
        properties = authoriser["Properties"]
        sources = properties["IdentitySource"].split(",")
        assert sorted(sources) == ["context.identity.sourceIp", "method.request.header.Authorization"]
        assert properties["AuthorizerResultTtlInSeconds"] == seconds
        assert properties["Type"] == "REQUEST"


def test_plan_keys_come_from_the_authoriser(stacks: Any) -> None:
    apis = stacks.resources("AWS::ApiGateway::RestApi").values()

    assert {api["Properties"]["ApiKeySourceType"] for api in apis} == {"AUTHORIZER"}


def test_every_gateway_response_is_a_problem_document(stacks: Any) -> None:
    responses = stacks.resources("AWS::ApiGateway::GatewayResponse").values()
    for response in responses:
        properties = response["Properties"]
        body = json.loads(properties["ResponseTemplates"]["application/json"])
        assert body["status"] == int(properties["StatusCode"])
        assert set(body) == {"type", "title", "status", "detail", "instance", "code", "requestId"}
        headers = properties["ResponseParameters"]
        assert headers["gatewayresponse.header.Content-Type"] == "'application/problem+json'"
        assert "gatewayresponse.header.access-control-allow-origin" in headers


def test_gateway_responses_have_the_statuses_the_api_documents(local: Any) -> None:
    responses = local.resources("AWS::ApiGateway::GatewayResponse").values()
    by_type = {item["Properties"]["ResponseType"]: item["Properties"] for item in responses}

    statuses = {kind: by_type[kind]["StatusCode"] for kind in ("AUTHORIZER_FAILURE", "MISSING_AUTHENTICATION_TOKEN")}
    assert statuses == {"AUTHORIZER_FAILURE": "503", "MISSING_AUTHENTICATION_TOKEN": "404"}
    for kind in ("THROTTLED", "QUOTA_EXCEEDED"):
        assert by_type[kind]["StatusCode"] == "429"
        assert "gatewayresponse.header.retry-after" in by_type[kind]["ResponseParameters"]


def test_usage_plans_are_below_the_stage_limits_as_deployed(stacks: Any) -> None:
    settings = [
        setting
        for stage in stacks.resources("AWS::ApiGateway::Stage").values()
        for setting in stage["Properties"]["MethodSettings"]
    ]
    plans = [plan["Properties"]["Throttle"] for plan in stacks.resources("AWS::ApiGateway::UsagePlan").values()]

    assert max(plan["RateLimit"] for plan in plans) < min(setting["ThrottlingRateLimit"] for setting in settings)
    assert max(plan["BurstLimit"] for plan in plans) < min(setting["ThrottlingBurstLimit"] for setting in settings)


def test_there_is_a_plan_for_each_tier_with_its_own_limits(stacks: Any) -> None:
    expected = {f"ambit-{stacks.folder.name}-{plan.tier}": plan for plan in settings_for(stacks.folder.name).plans}
    plans = [plan["Properties"] for plan in stacks.resources("AWS::ApiGateway::UsagePlan").values()]
    deployed = {plan["UsagePlanName"]: plan for plan in plans}

    assert {name: plan["Throttle"]["RateLimit"] for name, plan in deployed.items()} == {
        name: plan.rate for name, plan in expected.items()
    }


def test_agents_reach_the_gateways_routes_and_no_other_on_the_private_api(prod: Any) -> None:
    assert set(_methods(prod, private=True)) == {route.key for route in ROUTES if route.auth is Auth.RUN}


def test_the_private_api_admits_its_endpoint_only(prod: Any) -> None:
    apis = prod.resources("AWS::ApiGateway::RestApi").values()
    (private,) = [api for api in apis if api["Properties"]["EndpointConfiguration"]["Types"] == ["PRIVATE"]]
    (statement,) = private["Properties"]["Policy"]["Statement"]

    assert set(statement["Condition"]["StringEquals"]) == {"aws:SourceVpce"}
    assert statement["Resource"] == [f"execute-api:/prod/{method}/v1/gateway/*" for method in ("DELETE", "GET", "POST")]


def test_the_edge_serves_api_and_app_from_one_origin_behind_the_firewall(prod: Any) -> None:
    (distribution,) = prod.resources("AWS::CloudFront::Distribution").values()
    config = distribution["Properties"]["DistributionConfig"]

    assert {item["PathPattern"] for item in config["CacheBehaviors"]} == {"/v1/*", "/bff/*"}
    assert "WebACLId" in config
    assert len(prod.resources("AWS::WAFv2::WebACLAssociation")) == 1


def test_the_content_security_policy_allows_no_inline_code(prod: Any) -> None:
    (policy,) = prod.resources("AWS::CloudFront::ResponseHeadersPolicy").values()
    headers = policy["Properties"]["ResponseHeadersPolicyConfig"]["SecurityHeadersConfig"]
    text = str(headers["ContentSecurityPolicy"]["ContentSecurityPolicy"])

    assert "default-src 'none'" in text
    assert "unsafe" not in text
    assert "frame-ancestors 'none'" in text


def test_the_firewall_counts_long_or_marked_up_bodies_instead_of_refusing_them(prod: Any) -> None:
    for acl in prod.resources("AWS::WAFv2::WebACL").values():
        groups = [rule["Statement"].get("ManagedRuleGroupStatement", {}) for rule in acl["Properties"]["Rules"]]
        (common,) = [group for group in groups if group.get("Name") == "AWSManagedRulesCommonRuleSet"]
        counted = {override["Name"] for override in common["RuleActionOverrides"]}
        assert {"SizeRestrictions_BODY", "CrossSiteScripting_BODY"} <= counted
