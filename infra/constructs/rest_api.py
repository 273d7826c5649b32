"""The REST API: regional, keys from the authoriser, logged, traced, its own errors as problem documents."""

import json
from collections.abc import Mapping
from typing import Final

from aws_cdk import Duration
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.config import StageSettings
from infra.constructs import gateway_responses
from infra.constructs.rest_routes import RestRoutes
from platform_kit.access import ROUTES, Auth

# Nothing personal: no address, no token, no query string. `integrationLatency` and the rest are milliseconds.
_LOGGED: Final = {
    "requestId": "$context.requestId",
    "time": "$context.requestTimeEpoch",
    "method": "$context.httpMethod",
    "route": "$context.resourcePath",
    "status": "$context.status",
    "tenantId": "$context.authorizer.tenantId",
    "latency": "$context.responseLatency",
    "integrationLatency": "$context.integrationLatency",
    "authoriserLatency": "$context.authorizer.latency",
    "bytes": "$context.responseLength",
    "error": "$context.error.responseType",
    "trace": "$context.xrayTraceId",
}


class PlatformRestApi(apigateway.RestApi):
    """The public API of a stage."""

    def __init__(self, scope: Construct, api_id: str, *, settings: StageSettings, access_log: logs.ILogGroup) -> None:
        super().__init__(
            scope,
            api_id,
            rest_api_name=settings.name("api"),
            description=f"Ambit {settings.stage}",
            endpoint_configuration=apigateway.EndpointConfiguration(types=[apigateway.EndpointType.REGIONAL]),
            api_key_source_type=apigateway.ApiKeySourceType.AUTHORIZER,
            cloud_watch_role=not settings.is_local,
            deploy_options=stage_options(settings, access_log),
        )
        self._settings = settings
        gateway_responses.add_to(self, self, settings.public_url)

    def authorise_with(self, function: lambda_.IFunction) -> apigateway.RequestAuthorizer:
        """The authoriser, cached on two sources that every request has: with one missing, API Gateway answers 401."""
        return authorise_with(self, function, self._settings)


def authorise_with(
    scope: Construct, function: lambda_.IFunction, settings: StageSettings
) -> apigateway.RequestAuthorizer:
    """A REQUEST authoriser whose answers are kept by credential and caller's address."""
    return apigateway.RequestAuthorizer(
        scope,
        "Authoriser",
        handler=function,
        identity_sources=[
            apigateway.IdentitySource.header("Authorization"),
            apigateway.IdentitySource.context("identity.sourceIp"),
        ],
        results_cache_ttl=Duration.seconds(settings.authoriser_cache_seconds),
    )


def stage_options(settings: StageSettings, access_log: logs.ILogGroup) -> apigateway.StageOptions:
    """Limits above the top plan's, access logs, traces, metrics by method; never the data that passes through."""
    return apigateway.StageOptions(
        stage_name=settings.stage,
        throttling_rate_limit=settings.stage_rate,
        throttling_burst_limit=settings.stage_burst,
        access_log_destination=apigateway.LogGroupLogDestination(access_log),
        access_log_format=apigateway.AccessLogFormat.custom(json.dumps(_LOGGED)),
        tracing_enabled=True,
        metrics_enabled=True,
        logging_level=apigateway.MethodLoggingLevel.ERROR,
        data_trace_enabled=False,
    )


class AgentGatewayApi(Construct):
    """The methods, stage and logs of the private API that agents reach through their VPC endpoint."""

    def __init__(
        self,
        scope: Construct,
        api_id: str,
        *,
        settings: StageSettings,
        shell: apigateway.CfnRestApi,
        authoriser: lambda_.IFunction,
        functions: Mapping[str, lambda_.IFunction],
        access_log: logs.ILogGroup,
    ) -> None:
        super().__init__(scope, api_id)
        api = apigateway.RestApi.from_rest_api_attributes(
            self, "Shell", rest_api_id=shell.ref, root_resource_id=shell.attr_root_resource_id
        )
        routes = RestRoutes(api, authorise_with(self, authoriser, settings), functions)
        methods = routes.add(route for route in ROUTES if route.auth is Auth.RUN)
        answers = gateway_responses.add_to(self, api, settings.public_url)
        self._deployment = self._deploy(api, [*methods, *answers])
        options = stage_options(settings, access_log)
        self.stage = apigateway.Stage(self, "Stage", deployment=self._deployment, **options._values)  # noqa: SLF001 - jsii keeps an options object's values there and takes them nowhere as one

    def _deploy(self, api: apigateway.IRestApi, parts: list[Construct]) -> apigateway.Deployment:
        """A deployment is made once, so its id follows what it deploys: the route table and our answers."""
        deployment = apigateway.Deployment(self, "Deployment", api=api)
        deployment.add_to_logical_id(
            {"routes": [route.key for route in ROUTES], "answers": repr(gateway_responses.ANSWERS)}
        )
        for part in parts:
            deployment.node.add_dependency(part)
        return deployment
