"""The REST API: regional, keys from the authoriser, logged, traced, its own errors as problem documents."""

import json
from typing import Final

from aws_cdk import Duration
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.config import StageSettings
from infra.constructs import gateway_responses

AUTHORISER_CACHE: Final = Duration.seconds(30)
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
        gateway_responses.add_to(self, settings.public_url)

    def authorise_with(self, function: lambda_.IFunction) -> apigateway.RequestAuthorizer:
        """The authoriser, cached on two sources that every request has: with one missing, API Gateway answers 401."""
        return authorise_with(self, function)


def authorise_with(scope: Construct, function: lambda_.IFunction) -> apigateway.RequestAuthorizer:
    """A REQUEST authoriser whose answers are kept for 30 s by credential and caller's address."""
    return apigateway.RequestAuthorizer(
        scope,
        "Authoriser",
        handler=function,
        identity_sources=[
            apigateway.IdentitySource.header("Authorization"),
            apigateway.IdentitySource.context("identity.sourceIp"),
        ],
        results_cache_ttl=AUTHORISER_CACHE,
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
