"""What API Gateway does before a streaming integration: route, authorise, meter. Reads the deployed API's own settings.

The deployed authoriser function decides; its answer is kept by credential and caller's address for as long as the
deployed API says, and its policy is evaluated for each request's own method. Refusals are the deployed gateway
responses.
"""

from __future__ import annotations

import json
import re
import time
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from platform_kit.access import ROUTES, Route
from scripts.local_platform.edge.buckets import TokenBuckets
from scripts.local_platform.layout import ACCOUNT, REGION

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.types import Scope

CACHE_ENTRIES = 10_000


class GatewayRefusal(Exception):
    """API Gateway itself answers, with the gateway response of this type."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


@dataclass(frozen=True)
class Match:
    """A streaming route and its path parameters."""

    route: Route
    parameters: dict[str, str]


@dataclass(frozen=True)
class Call:
    """One request as API Gateway sees it: of a header that is repeated `headers` has the last, `repeated` all."""

    match: Match
    path: str
    headers: dict[str, str]
    query: dict[str, list[str]]
    source_ip: str
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    repeated: dict[str, list[str]] = field(default_factory=dict)

    @property
    def several(self) -> dict[str, list[str]]:
        """Every header with all its values."""
        return {name: [value] for name, value in self.headers.items()} | self.repeated


@dataclass(frozen=True)
class Decision:
    """The authoriser's answer: policy, context for the function, the caller's usage plan key."""

    policy: Mapping[str, Any]
    context: dict[str, str]
    usage_key: str
    expires: float


def pattern(template: str) -> re.Pattern[str]:
    """`/v1/runs/{id}/events` as a pattern of one path segment each."""
    return re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(template)) + r"\Z")


_STREAMING = [(route, pattern(route.path)) for route in ROUTES if route.streaming]


def match(method: str, raw_path: str) -> Match | None:
    """The streaming route of a request, or None."""
    for route, expression in _STREAMING:
        found = expression.match(raw_path)
        if found and route.method == method:
            return Match(route, {name: unquote(value) for name, value in found.groupdict().items()})
    return None


def arn_matches(wanted: str, arn: str) -> bool:
    """`*` and `?` as in IAM."""
    return re.fullmatch(re.escape(wanted).replace(r"\*", ".*").replace(r"\?", "."), arn) is not None


def allows(policy: Mapping[str, Any], arn: str) -> bool:
    """Evaluate a policy for one method ARN: an explicit Deny wins, no match denies."""
    effects = set()
    for statement in policy.get("Statement", []):
        resources = statement.get("Resource", [])
        listed = [resources] if isinstance(resources, str) else resources
        if any(arn_matches(resource, arn) for resource in listed):
            effects.add(statement.get("Effect"))
    return effects == {"Allow"}


def text(value: object) -> str:
    """A context value as API Gateway hands it on."""
    return str(value).lower() if isinstance(value, bool) else str(value)


class StreamingGateway:
    """Authorises and meters calls of one deployed API. `invoke` calls the authoriser function with an event.

    Its answers are kept for `cache_seconds`.
    """

    def __init__(
        self,
        api_id: str,
        stage: str,
        invoke: Callable[[dict[str, Any]], dict[str, Any] | None],
        buckets: TokenBuckets,
        cache_seconds: float,
    ) -> None:
        self._api_id, self._stage, self._cache_seconds = api_id, stage, cache_seconds
        self._invoke, self._buckets = invoke, buckets
        self._cache: dict[tuple[str, str], Decision] = {}

    def authorise(self, call: Call) -> dict[str, str]:
        """The authoriser's context for an allowed call; GatewayRefusal otherwise. Blocks: run it in a thread."""
        credential = ",".join(call.several.get("authorization", ()))
        if not credential:
            raise GatewayRefusal("UNAUTHORIZED")
        decision = self._decision(credential, call)
        if not allows(decision.policy, self.method_arn(call)):
            raise GatewayRefusal("ACCESS_DENIED")
        self._buckets.take(decision.usage_key)
        return decision.context

    def method_arn(self, call: Call) -> str:
        """The ARN that policies name."""
        method = call.match.route.method
        return f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{self._api_id}/{self._stage}/{method}{call.path}"

    def _decision(self, credential: str, call: Call) -> Decision:
        key = (credential, call.source_ip)
        kept = self._cache.get(key)
        if kept is None or kept.expires <= time.monotonic():
            kept = self._ask(call)
            if len(self._cache) >= CACHE_ENTRIES:
                self._cache.clear()
            self._cache[key] = kept
        return kept

    def _ask(self, call: Call) -> Decision:
        answer = self._invoke(self.event(call))
        if answer is None:
            raise GatewayRefusal("AUTHORIZER_FAILURE")
        if "errorMessage" in answer:
            unauthorised = str(answer["errorMessage"]).strip() == "Unauthorized"
            raise GatewayRefusal("UNAUTHORIZED" if unauthorised else "AUTHORIZER_FAILURE")
        if not isinstance(answer.get("policyDocument"), dict):
            raise GatewayRefusal("AUTHORIZER_CONFIGURATION_ERROR")
        context = {name: text(value) for name, value in (answer.get("context") or {}).items() if value is not None}
        context["principalId"] = context.get("principalId") or text(answer.get("principalId", ""))
        expires = time.monotonic() + self._cache_seconds
        return Decision(answer["policyDocument"], context, text(answer.get("usageIdentifierKey", "")), expires)

    def request_context(self, call: Call) -> dict[str, Any]:
        """`event.requestContext` of a REST proxy event."""
        return {
            "accountId": ACCOUNT,
            "apiId": self._api_id,
            "httpMethod": call.match.route.method,
            "identity": {"sourceIp": call.source_ip, "userAgent": call.headers.get("user-agent", "")},
            "path": f"/{self._stage}{call.path}",
            "protocol": "HTTP/1.1",
            "requestId": call.request_id,
            "resourcePath": call.match.route.path,
            "stage": self._stage,
        }

    def event(self, call: Call) -> dict[str, Any]:
        """The REQUEST authoriser's event."""
        return {
            "type": "REQUEST",
            "methodArn": self.method_arn(call),
            "resource": call.match.route.path,
            "path": call.path,
            "httpMethod": call.match.route.method,
            "headers": call.headers,
            "multiValueHeaders": call.several,
            "queryStringParameters": {name: values[-1] for name, values in call.query.items()} or None,
            "multiValueQueryStringParameters": call.query or None,
            "pathParameters": call.match.parameters,
            "stageVariables": None,
            "requestContext": self.request_context(call),
        }


def call_from(scope: Scope, found: Match, source_ip: str) -> Call:
    """A request of ASGI as API Gateway sees it."""
    from urllib.parse import parse_qs

    sent = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
    headers = dict(sent)
    repeated = {name: [value for other, value in sent if other == name] for name in headers}
    query = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    raw_path = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1")
    return Call(found, raw_path, headers, query, source_ip, repeated=repeated)


def context_header(gateway: StreamingGateway, call: Call, authorizer: dict[str, str]) -> bytes:
    """What the Lambda Web Adapter puts into `x-amzn-request-context`."""
    return json.dumps({**gateway.request_context(call), "authorizer": authorizer}).encode()
