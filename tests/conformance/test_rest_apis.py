"""Corrections `identity_sources`, `usage_identifier`, `api_properties`, `proxy_failures`, `placeholder_resources`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from scripts.local_platform.layout import ACCOUNT, REGION

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conformance.conftest import Emulator

AUTHORISER = """
calls = 0
def handler(event, context):
    global calls
    calls += 1
    key = event["headers"].get("authorization", event["headers"].get("Authorization", ""))
    allow = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": event["methodArn"].rsplit("/", 2)[0] + "/*"}
    return {"principalId": "p", "usageIdentifierKey": key, "context": {"calls": calls, "tenantId": "acme"},
            "policyDocument": {"Version": "2012-10-17", "Statement": [allow]}}
"""
BACKEND = """
import json
def handler(event, context):
    if event["path"] == "/broken":
        raise ValueError("the password is hunter2")
    if event["path"] == "/malformed":
        return {"hello": "world"}
    return {"statusCode": 200, "body": json.dumps(event["requestContext"]["authorizer"])}
"""
KEY, OTHER_KEY = "conformance-plan-key-000001", "conformance-plan-key-000002"


def function_uri(arn: str) -> str:
    return f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{arn}/invocations"


def ref(name: str) -> dict[str, str]:
    return {"Ref": name}


def method(path: str, backend: str, **more: Any) -> dict[str, Any]:
    integration = {"Type": "AWS_PROXY", "IntegrationHttpMethod": "POST", "Uri": function_uri(backend)}
    return {
        "Type": "AWS::ApiGateway::Method",
        "Properties": {
            "RestApiId": ref("Api"),
            "ResourceId": ref(path),
            "HttpMethod": "POST",
            "AuthorizationType": "CUSTOM",
            "AuthorizerId": ref("Authoriser"),
            "ApiKeyRequired": True,
            "Integration": integration,
            **more,
        },
    }


def resource(path: str) -> dict[str, Any]:
    parent = {"Fn::GetAtt": ["Api", "RootResourceId"]}
    return {
        "Type": "AWS::ApiGateway::Resource",
        "Properties": {"RestApiId": ref("Api"), "ParentId": parent, "PathPart": path},
    }


def gateway_response(kind: str) -> dict[str, Any]:
    template = '{"code":"$context.error.responseType"}'
    return {
        "Type": "AWS::ApiGateway::GatewayResponse",
        "Properties": {
            "RestApiId": ref("Api"),
            "ResponseType": kind,
            "ResponseTemplates": {"application/json": template},
        },
    }


def api_resources(authoriser: str, backend: str) -> dict[str, Any]:
    schema = {"type": "object", "required": ["input"]}
    api = {"RestApiId": ref("Api")}
    return {
        "Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "c", "ApiKeySourceType": "AUTHORIZER"}},
        "Authoriser": {
            "Type": "AWS::ApiGateway::Authorizer",
            "Properties": {
                **api,
                "Name": "a",
                "Type": "REQUEST",
                "AuthorizerUri": function_uri(authoriser),
                "IdentitySource": "method.request.header.Authorization,context.identity.sourceIp",
                "AuthorizerResultTtlInSeconds": 30,
            },
        },
        "Validator": {
            "Type": "AWS::ApiGateway::RequestValidator",
            "Properties": {**api, "ValidateRequestBody": True},
        },
        "Model": {
            "Type": "AWS::ApiGateway::Model",
            "Properties": {**api, "Name": "Body", "ContentType": "application/json", "Schema": schema},
        },
        "Unauthorized": gateway_response("UNAUTHORIZED"),
        "Failure": gateway_response("DEFAULT_5XX"),
        "Throttled": gateway_response("THROTTLED"),
        **{path: resource(path) for path in ("plain", "broken", "malformed", "checked")},
        **{f"{path}POST": method(path, backend) for path in ("plain", "broken", "malformed")},
        "checkedPOST": method(
            "checked", backend, RequestValidatorId=ref("Validator"), RequestModels={"application/json": ref("Model")}
        ),
        "Deployment": {
            "Type": "AWS::ApiGateway::Deployment",
            "Properties": api,
            "DependsOn": ["plainPOST", "checkedPOST", "Unauthorized", "Failure", "Throttled"],
        },
        "Stage": {
            "Type": "AWS::ApiGateway::Stage",
            "Properties": {**api, "StageName": "local", "DeploymentId": ref("Deployment")},
        },
        "Placeholder": {
            "Type": "AWS::WAFv2::WebACLAssociation",
            "Properties": {"ResourceArn": "arn:aws:apigateway:us-east-1::/restapis/x", "WebACLArn": "arn:aws:wafv2:x"},
        },
        "Composite": {"Type": "AWS::CloudWatch::CompositeAlarm", "Properties": {"AlarmRule": "FALSE"}},
        "MetricMath": {
            "Type": "AWS::CloudWatch::Alarm",
            "Properties": {
                "ComparisonOperator": "GreaterThanThreshold",
                "EvaluationPeriods": 1,
                "Threshold": 1,
                "Metrics": [{"Id": "rate", "Expression": "errors / calls"}],
            },
        },
        "Archive": {"Type": "AWS::Events::Archive", "Properties": {"SourceArn": "arn:aws:events:x"}},
        "Deploys": {"Type": "AWS::CodeDeploy::Application", "Properties": {"ComputePlatform": "Lambda"}},
        **plan("Roomy", KEY, 100, 100),
        **plan("Tight", OTHER_KEY, 1, 2),
    }


def plan(name: str, value: str, rate: int, burst: int) -> dict[str, Any]:
    stages = [{"ApiId": ref("Api"), "Stage": ref("Stage")}]
    return {
        f"{name}Plan": {
            "Type": "AWS::ApiGateway::UsagePlan",
            "Properties": {"ApiStages": stages, "Throttle": {"RateLimit": rate, "BurstLimit": burst}},
        },
        f"{name}Key": {"Type": "AWS::ApiGateway::ApiKey", "Properties": {"Enabled": True, "Value": value}},
        f"{name}PlanKey": {
            "Type": "AWS::ApiGateway::UsagePlanKey",
            "Properties": {"KeyId": ref(f"{name}Key"), "KeyType": "API_KEY", "UsagePlanId": ref(f"{name}Plan")},
        },
    }


@dataclass
class Api:
    client: httpx.Client

    def post(self, path: str, key: str | None = KEY, body: str = "{}", **headers: str) -> httpx.Response:
        authorization = {"Authorization": key} if key else {}
        return self.client.post(
            path, content=body, headers={"content-type": "application/json", **authorization, **headers}
        )


@pytest.fixture(scope="module")
def api(emulator: Emulator) -> Iterator[Api]:
    authoriser, backend = emulator.function("authoriser", AUTHORISER), emulator.function("backend", BACKEND)
    made = emulator.deploy("rest-api", api_resources(authoriser, backend), ApiId=ref("Api"))
    base = f"{emulator.layout.emulator_url}/_aws/execute-api/{made['ApiId']}/local"
    with httpx.Client(base_url=base, timeout=20) as client:
        yield Api(client)


def test_the_authorisers_key_opens_the_plan_and_its_context_reaches_the_function(api: Api) -> None:
    answer = api.post("/plain")
    assert answer.status_code == 200, answer.text
    assert answer.json()["tenantId"] == "acme"
    assert "usage" not in answer.text, "the key itself must not reach the integration"


def test_a_cached_decision_is_not_asked_for_again_from_the_same_address(api: Api) -> None:
    first = api.post("/plain", **{"X-Forwarded-For": "192.0.2.1"}).json()["calls"]
    again = api.post("/plain", **{"X-Forwarded-For": "192.0.2.1"}).json()["calls"]
    elsewhere = api.post("/plain", **{"X-Forwarded-For": "192.0.2.2"}).json()["calls"]
    assert (again == first, elsewhere == first) == (True, False)


def test_without_the_header_the_gateway_answers_401_by_itself(api: Api) -> None:
    answer = api.post("/plain", key=None)
    assert (answer.status_code, answer.json()) == (401, {"code": "UNAUTHORIZED"})


def test_a_key_that_is_no_plans_key_is_403(api: Api) -> None:
    assert api.post("/plain", key="unknown-key").status_code == 403


def test_a_clients_own_api_key_header_is_ignored(api: Api) -> None:
    assert api.post("/plain", key="unknown-key", **{"x-api-key": KEY}).status_code == 403


def test_a_plans_limit_is_429_through_the_gateway_response(api: Api) -> None:
    answers = [api.post("/plain", key=OTHER_KEY) for _ in range(6)]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert answers[0].status_code == 200
    assert refused, "the burst of two was never spent"
    assert refused[0].json() == {"code": "THROTTLED"}


@pytest.mark.parametrize("path", ["/broken", "/malformed"])
def test_a_failed_or_malformed_answer_is_a_502_that_says_nothing(api: Api, path: str) -> None:
    answer = api.post(path)
    assert (answer.status_code, answer.json()) == (502, {"code": "DEFAULT_5XX"})


def test_a_request_validator_is_applied(api: Api) -> None:
    assert api.post("/checked", body='{"input": "x"}').status_code == 200
    assert api.post("/checked", body="{}").status_code == 400


def test_account_of_the_deployment_is_the_documented_one(emulator: Emulator) -> None:
    assert emulator.client("sts").get_caller_identity()["Account"] == ACCOUNT
