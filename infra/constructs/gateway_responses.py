"""What API Gateway itself answers, as problem documents: a client sees one dialect of errors."""

import json
from dataclasses import dataclass, field
from typing import Final

from aws_cdk import aws_apigateway as apigateway
from constructs import Construct

from platform_kit.problem import MEDIA_TYPE, TYPE_BASE

Kind = apigateway.ResponseType


@dataclass(frozen=True)
class GatewayAnswer:
    """One type of gateway response. `retry_after` in seconds."""

    kind: apigateway.ResponseType
    status: int
    code: str
    title: str
    detail: str
    retry_after: int | None = None
    headers: dict[str, str] = field(default_factory=dict)


_CHALLENGE: Final = {"www-authenticate": "'Bearer'"}
_ASK_AGAIN: Final = "Retry, and give the request id when you ask for help."
ANSWERS: Final = (
    GatewayAnswer(Kind.DEFAULT_4_XX, 400, "BAD_REQUEST", "Bad request", "The request cannot be understood as it is."),
    GatewayAnswer(Kind.DEFAULT_5_XX, 500, "INTERNAL", "Internal error", _ASK_AGAIN),
    GatewayAnswer(Kind.ACCESS_DENIED, 403, "FORBIDDEN", "Not allowed", "Your roles do not open this route."),
    GatewayAnswer(Kind.API_CONFIGURATION_ERROR, 500, "INTERNAL", "Internal error", _ASK_AGAIN),
    GatewayAnswer(
        *(Kind.AUTHORIZER_CONFIGURATION_ERROR, 503, "DEPENDENCY_UNAVAILABLE", "Temporarily unavailable"),
        "Your identity could not be checked; nothing was done. Retry shortly.",
        retry_after=5,
    ),
    GatewayAnswer(
        *(Kind.AUTHORIZER_FAILURE, 503, "DEPENDENCY_UNAVAILABLE", "Temporarily unavailable"),
        "Your identity could not be checked; nothing was done. Retry shortly.",
        retry_after=5,
    ),
    GatewayAnswer(Kind.BAD_REQUEST_BODY, 400, "INVALID_BODY", "Invalid request body", "The body has the wrong shape."),
    GatewayAnswer(Kind.BAD_REQUEST_PARAMETERS, 400, "BAD_REQUEST", "Bad request", "A parameter is missing or wrong."),
    GatewayAnswer(
        *(Kind.EXPIRED_TOKEN, 401, "UNAUTHENTICATED", "Not authenticated", "The credential has expired."),
        headers=_CHALLENGE,
    ),
    GatewayAnswer(
        *(Kind.INTEGRATION_FAILURE, 503, "DEPENDENCY_UNAVAILABLE", "Temporarily unavailable", _ASK_AGAIN),
        retry_after=5,
    ),
    GatewayAnswer(
        *(Kind.INTEGRATION_TIMEOUT, 504, "AGENT_TIMEOUT", "Agent did not finish in time"),
        "Call the agent's /stream route, or send `Prefer: respond-async` and poll the job.",
    ),
    GatewayAnswer(
        *(Kind.INVALID_API_KEY, 403, "FORBIDDEN", "Not allowed"),
        "This identity belongs to no usage plan.",
    ),
    GatewayAnswer(
        *(Kind.INVALID_SIGNATURE, 401, "UNAUTHENTICATED", "Not authenticated", "The credential does not hold."),
        headers=_CHALLENGE,
    ),
    GatewayAnswer(Kind.MISSING_AUTHENTICATION_TOKEN, 404, "NOT_FOUND", "Not found", "There is no such route."),
    GatewayAnswer(
        *(Kind.QUOTA_EXCEEDED, 429, "TOO_MANY_REQUESTS", "Too many requests"),
        "This month's quota of your plan is used up.",
        retry_after=3600,
    ),
    GatewayAnswer(
        *(Kind.REQUEST_TOO_LARGE, 413, "PAYLOAD_TOO_LARGE", "Payload too large"),
        "A body may have 10 MB; upload larger inputs through /v1/files.",
    ),
    GatewayAnswer(Kind.RESOURCE_NOT_FOUND, 404, "NOT_FOUND", "Not found", "There is no such route."),
    GatewayAnswer(
        *(Kind.THROTTLED, 429, "TOO_MANY_REQUESTS", "Too many requests", "Over your plan's rate; slow down."),
        retry_after=1,
    ),
    GatewayAnswer(
        *(Kind.UNAUTHORIZED, 401, "UNAUTHENTICATED", "Not authenticated"),
        "Send a valid credential as `Authorization: Bearer …`.",
        headers=_CHALLENGE,
    ),
    GatewayAnswer(
        *(Kind.UNSUPPORTED_MEDIA_TYPE, 415, "UNSUPPORTED_MEDIA_TYPE", "Unsupported media type"),
        "Send `content-type: application/json`.",
    ),
    GatewayAnswer(Kind.WAF_FILTERED, 403, "FORBIDDEN", "Not allowed", "The request was refused by the firewall."),
)


def template(answer: GatewayAnswer) -> str:
    """The body: API Gateway replaces the `$context` variables; nothing of the request is repeated but its path."""
    document = {
        "type": TYPE_BASE + answer.code.lower().replace("_", "-"),
        "title": answer.title,
        "status": answer.status,
        "detail": answer.detail,
        "instance": "$context.path",
        "code": answer.code,
        "requestId": "$context.requestId",
    }
    return json.dumps(document)


def headers(answer: GatewayAnswer, origin: str) -> dict[str, str]:
    """Literal values stand in single quotes, context variables do not."""
    result = {
        "Content-Type": f"'{MEDIA_TYPE}'",
        "cache-control": "'no-store'",
        "x-request-id": "context.requestId",
        "access-control-allow-origin": f"'{origin}'",
        "access-control-expose-headers": "'x-request-id,retry-after,traceparent'",
        **answer.headers,
    }
    if answer.retry_after is not None:
        result["retry-after"] = f"'{answer.retry_after}'"
    return result


def add_to(scope: Construct, api: apigateway.IRestApi, origin: str) -> list[apigateway.GatewayResponse]:
    """Give the API an answer of ours for every type. `origin` is the web app's."""
    return [
        apigateway.GatewayResponse(
            scope,
            f"Answer{answer.kind.response_type}",
            rest_api=api,
            type=answer.kind,
            status_code=str(answer.status),
            response_headers=headers(answer, origin),
            templates={"application/json": template(answer)},
        )
        for answer in ANSWERS
    ]
