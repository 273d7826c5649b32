"""Outages: AWS services that do not answer, for handlers that run on moto."""

from __future__ import annotations

import importlib
import json
from typing import TYPE_CHECKING, Any, Final

import botocore.client
from botocore.exceptions import ClientError, EndpointConnectionError
from starlette.testclient import TestClient

from infra.functions import FUNCTIONS
from platform_kit.access import Auth, Route
from platform_kit.asgi import CONTEXT_HEADER
from tests.functional.moto_platform import Answer, event, operator, person
from tests.security.inventory import ABSENT, absent, collection
from tests.security.matrix import body_of

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

KINDS: Final = ("unreachable", "throttled", "failing")
_NAMES: Final = {"DynamoDB": "dynamodb", "STS": "sts", "KMS": "kms", "S3": "s3", "Secrets Manager": "secretsmanager"}
_CODES: Final = {"throttled": "ThrottlingException", "failing": "InternalServerError"}
APPLICATIONS: Final = frozenset({"models"})
"""Functions that are served as applications (`app`), because they stream."""
RUNNING: Final = {
    **person("acme"),
    "principalId": f"run:run_{ABSENT}",
    "roles": "",
    "credential": "run",
    "runId": f"run_{ABSENT}",
    "agent": "echo-agent",
    "versionId": f"ver_{ABSENT}",
    "sessionId": f"ses_{ABSENT}",
    "mode": "async",
}


class Outage:
    """Which services are down, and how. `asked` counts the calls that were refused."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.down: dict[str, str] = {}
        self.asked = 0
        whole: Callable[..., Any] = botocore.client.BaseClient._make_api_call

        def call(client: Any, operation: str, request: Any) -> Any:
            service = _NAMES.get(client.meta.service_model.service_id, "")
            if service in self.down:
                self.asked += 1
                raise _failure(self.down[service], operation)
            return whole(client, operation, request)

        monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", call)


def _failure(kind: str, operation: str) -> Exception:
    if kind == "unreachable":
        return EndpointConnectionError(endpoint_url="https://aws.test")
    return ClientError({"Error": {"Code": _CODES[kind], "Message": "table ambit-prod-runs"}}, operation)


def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """A value for every variable that some function reads and the test platform does not set."""
    import os

    for name in sorted({name for spec in FUNCTIONS for name in spec.environment} - os.environ.keys()):
        monkeypatch.setenv(name, _plausible(name))


_WORDS: Final = {"OUTBOUND_ALLOW": "", "WEBHOOK_ALLOW": "", "EVENT_BUS": "events", "NO_REQUIRED_SUITE": "refuse"}
_WORDS |= {"DEAD_LETTER_QUEUES": "workflow-dead-letters", "RETRIED_QUEUES": ""}
"""What is no number; an empty list of hosts is nothing but the public internet."""


def _plausible(name: str) -> str:
    if name.endswith("_ARN"):
        return f"arn:aws:test:us-east-1:123456789012:{name.lower()}/x"
    if name.endswith(("_URL", "_ISSUER")):
        return "https://x.test"
    if name in _WORDS:
        return _WORDS[name]
    return "{}" if name.endswith("_IDS") else "30"


def start_anew(function: str) -> None:
    """Let a function's process forget its clients, credentials and secrets."""
    for value in vars(importlib.import_module(f"lambdas.{function}.handler")).values():
        if hasattr(value, "cache_clear"):
            value.cache_clear()


def allowed(route: Route) -> dict[str, str]:
    """The authoriser's context of somebody who may call the route."""
    if route.auth is Auth.RUN:
        return RUNNING
    role = min(route.roles).value
    return operator(role) if role.startswith("Platform.") else person("acme", role)


def ask(route: Route, **more: Any) -> Answer:
    """The handler's answer to somebody who may, naming what does not exist."""
    kind = collection(route)
    parameters = [part.strip("{}") for part in route.path.split("/") if part.startswith("{")]
    path = dict.fromkeys(parameters, absent(kind) if kind else "")
    body = body_of(route)
    if body is None and route.method != "GET" and route.auth is Auth.RUN:
        body = {}
    if route.function in APPLICATIONS:
        return _ask_application(route, path, body)
    sent = event(
        route.key,
        path=path,
        body=body,
        headers={"if-match": '"1"', "idempotency-key": "key-1"},
        authorizer=allowed(route),
        **more,
    )
    return Answer.of(importlib.import_module(f"lambdas.{route.function}.handler").handle(sent, None))


def _ask_application(route: Route, path: dict[str, str], body: Any) -> Answer:
    """The answer of a function that streams, an ASGI application; OpenAI's `error` is taken for the whole document."""
    context = {"requestId": "req-1", "authorizer": allowed(route)}
    application = importlib.import_module(f"lambdas.{route.function}.app").app
    sent = TestClient(application).request(
        route.method, route.path.format(**path), json=body, headers={CONTEXT_HEADER: json.dumps(context)}
    )
    document = sent.json()
    return Answer(sent.status_code, sent.headers, document.get("error", document))
