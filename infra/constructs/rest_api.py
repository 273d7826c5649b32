"""The REST API: regional, keys from the authoriser, logged, traced, its own errors as problem documents."""

import inspect
import json
import sys
from collections.abc import Mapping
from typing import Final

from aws_cdk import Duration
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.config import StageSettings
from infra.constructs import gateway_responses, rest_routes
from infra.constructs.rest_routes import RestRoutes, top_of
from platform_kit.access import ROUTES, Auth, Route

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
    """The public API of a stage without its routes: those have stacks of their own, and so has what deploys them.

    `tops` are its first resources, by name: whatever has routes below one hangs them on there.
    """

    def __init__(
        self, scope: Construct, api_id: str, *, settings: StageSettings, authoriser: lambda_.IFunction
    ) -> None:
        super().__init__(
            scope,
            api_id,
            rest_api_name=settings.name("api"),
            description=f"Ambit {settings.stage}",
            endpoint_configuration=apigateway.EndpointConfiguration(types=[apigateway.EndpointType.REGIONAL]),
            api_key_source_type=apigateway.ApiKeySourceType.AUTHORIZER,
            cloud_watch_role=not settings.is_local,
            deploy=False,
        )
        gateway_responses.add_to(self, self, settings.public_url)
        self.authoriser = authorise_with(self, authoriser, settings)
        self.tops = {name: self.root.add_resource(name) for name in sorted({top_of(route) for route in ROUTES})}


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
        routes = RestRoutes({"v1": api.root.add_resource("v1")}, authorise_with(self, authoriser, settings), functions)
        methods = routes.add(route for route in ROUTES if route.auth is Auth.RUN)
        answers = gateway_responses.add_to(self, api, settings.public_url)
        deployment = deploy(self, api, settings)
        for part in (*methods, *answers):
            deployment.node.add_dependency(part)
        options = stage_options(settings, access_log)
        self.stage = apigateway.Stage(self, "Stage", deployment=deployment, **options._values)  # noqa: SLF001 - jsii keeps an options object's values there and takes them nowhere as one


def deploy(scope: Construct, api: apigateway.IRestApi, settings: StageSettings) -> apigateway.Deployment:
    """A deployment of what the API's other resources are by then.

    It is made once and never again under the same id, so its id follows whatever it deploys: the table of routes, and
    the text of what turns that into methods and answers, since those may be in other stacks.
    """
    deployment = apigateway.Deployment(scope, "Deployment", api=api)
    sources = [inspect.getsource(made) for made in (rest_routes, gateway_responses)]
    told = [*sorted(_told(route) for route in ROUTES), settings.public_url, settings.authoriser_cache_seconds]
    deployment.add_to_logical_id({"sources": [*sources, inspect.getsource(sys.modules[__name__])], "told": told})
    return deployment


def _told(route: Route) -> str:
    """A route as text, the same in every process: a set's own text is not."""
    return json.dumps({**route._asdict(), "roles": sorted(route.roles)})
