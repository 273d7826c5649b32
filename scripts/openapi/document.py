"""The OpenAPI 3.1 document as a plain dictionary."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from platform_kit.access import Auth, Route
from platform_kit.api import Operation
from scripts.openapi import problems

VERSION: Final = "0.1.0"
_TEXT: Final[dict[str, Any]] = {"schema": {"type": "string"}}
_OPENAI: Final = "/openai/"
_REF: Final = "#/components/schemas/{model}"
_DESCRIPTION: Final = (
    "Run AI agents for many tenants: governed, isolated, metered. Every failure is `application/problem+json` "
    "(RFC 9457) and says what to do; every response carries `x-request-id` and `traceparent`."
)
_SECURITY: Final[Mapping[Auth, list[dict[str, list[str]]]]] = {
    Auth.PUBLIC: [],
    Auth.BEARER: [{"bearer": []}],
    Auth.RUN: [{"runToken": []}],
    Auth.COOKIE: [{"session": []}],
}
_TAGS: Final[Mapping[str, str]] = {
    "agents": "The catalogue a tenant may use, and the registry operators publish to.",
    "audit": "A tenant's audit log: who did what, in one chain of hashes.",
    "bff": "The web app's session. Not for other clients.",
    "bridge": "Invoke agents; runs, jobs and sessions.",
    "files": "A tenant's files: uploaded and downloaded with presigned addresses.",
    "flags": "Capability flags and kill switches: what operators switch on and stop.",
    "gateway": "What a running agent may reach with its run token.",
    "models": "Models for a running agent, by OpenAI's own routes: its run token is the API key.",
    "members": "The people of a tenant: invites, members, their roles.",
    "platform_ops": "Health of the platform, and its security events.",
    "stream": "Server-sent events: an agent's answer as it is produced, and a run's events.",
    "tenants": "The lifecycle of tenants, and a tenant's own settings.",
}


def build(operations: Mapping[str, Operation]) -> dict[str, Any]:
    """The whole document; the same operations give the same bytes."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations.values():
        paths.setdefault(operation.route.path, {})[operation.route.method.lower()] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": _info(),
        "servers": [{"url": "http://127.0.0.1:8080", "description": "The local platform (`make dev`)"}],
        "tags": [{"name": name, "description": text} for name, text in _TAGS.items()],
        "paths": paths,
        "components": {
            "securitySchemes": _security_schemes(),
            "headers": problems.HEADERS,
            "responses": problems.responses(),
            "schemas": _schemas(operations.values()),
        },
    }


def _info() -> dict[str, Any]:
    licence = {"name": "Proprietary", "identifier": "LicenseRef-Ambit"}
    return {"title": "Ambit", "version": VERSION, "description": _DESCRIPTION, "license": licence}


def _operation(operation: Operation) -> dict[str, Any]:
    route = operation.route
    result: dict[str, Any] = {
        "operationId": _operation_id(operation),
        "summary": operation.summary.rstrip("."),
        "tags": [route.function],
        "security": _SECURITY[route.auth],
        "responses": _responses(operation),
    }
    if parameters := [*_path_parameters(route), *_query_parameters(operation), *_header_parameters(operation)]:
        result["parameters"] = parameters
    if operation.request is not None:
        result["requestBody"] = {"required": True, "content": _json(operation.request)}
    if route.roles:
        result["x-ambit-roles"] = sorted(route.roles)
    if route.scope:
        result["x-ambit-scope"] = route.scope
    return result


def _operation_id(operation: Operation) -> str:
    first, *rest = operation.run.__name__.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _path_parameters(route: Route) -> Iterable[dict[str, Any]]:
    for name in re.findall(r"{(\w+)}", route.path):
        schema = {"type": "string", "minLength": 1, "maxLength": 64}
        yield {"name": name, "in": "path", "required": True, "schema": schema}


def _query_parameters(operation: Operation) -> Iterable[dict[str, Any]]:
    for name, text in operation.query.items():
        schema: dict[str, Any] = {"type": "string", "maxLength": 2048}
        if name == "limit":
            schema = {"type": "integer", "minimum": 1, "maximum": 100, "default": 50}
        elif name in {"after", "through"}:
            schema = {"type": "integer", "minimum": 0}
        yield {"name": name, "in": "query", "description": text, "schema": schema}


def _header_parameters(operation: Operation) -> Iterable[dict[str, Any]]:
    if problems.takes_version(operation.route):
        text = "The ETag last read: 428 without it, 412 when it is stale."
        yield {"name": "If-Match", "in": "header", "description": text, "schema": {"type": "string", "maxLength": 64}}
    if problems.takes_idempotency_key(operation.route):
        text = "Makes a repetition safe for 24 h: the same key and body give the saved response."
        schema = {"type": "string", "minLength": 1, "maxLength": 255}
        yield {"name": "Idempotency-Key", "in": "header", "description": text, "schema": schema}


def _responses(operation: Operation) -> dict[str, Any]:
    good = {str(status): _reply(operation, status, model) for status, model in operation.replies.items()}
    bad = {str(status): {"$ref": f"#/components/responses/{name}"} for status, name in problems.of(operation).items()}
    if _OPENAI in operation.route.path:
        bad = {str(status): _either(status) for status in problems.of(operation)}
    return dict(sorted({**bad, **good}.items()))


def _either(status: int) -> dict[str, Any]:
    """A failure as OpenAI's clients read it, or, where API Gateway refused the call, a problem document."""
    response = problems.response(status)
    return {
        **response,
        "content": {**response["content"], "application/json": {"schema": {"$ref": _REF.format(model="OpenAiError")}}},
    }


def _reply(operation: Operation, status: int, model: type[BaseModel] | None) -> dict[str, Any]:
    route = operation.route
    reply: dict[str, Any] = {"description": problems.REASONS[status], "headers": problems.HEADER_REFERENCES}
    content = _json(model) if model is not None else dict.fromkeys(operation.text, _TEXT)
    if route.streaming and route.method == "POST" and content:
        content = {"text/event-stream": {"schema": {"type": "string"}}, **content}
    elif route.streaming and _OPENAI not in route.path:
        content = {"text/event-stream": {"schema": {"type": "string"}}} | (content if route.method == "GET" else {})
    if content:
        reply["content"] = content
    return reply


def _json(model: type[BaseModel]) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": _REF.format(model=model.__name__)}}}


def _schemas(operations: Iterable[Operation]) -> dict[str, Any]:
    requests = {item.request for item in operations if item.request is not None}
    replies = {model for item in operations for model in item.replies.values() if model is not None}
    wanted = [(model, "validation") for model in requests] + [(model, "serialization") for model in replies - requests]
    _, definitions = models_json_schema(sorted(wanted, key=lambda pair: pair[0].__name__), ref_template=_REF)  # type: ignore[arg-type]  # the mode is a Literal
    return dict(
        sorted({**definitions["$defs"], "Problem": problems.SCHEMA, "OpenAiError": problems.OPENAI_ERROR}.items())
    )


def _security_schemes() -> dict[str, Any]:
    return {
        "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "An OIDC access token."},
        "runToken": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "The token of one running agent: at most five minutes, for these routes alone.",
        },
        "session": {"type": "apiKey", "in": "cookie", "name": "__Host-ambit", "description": "The web app's session."},
    }
