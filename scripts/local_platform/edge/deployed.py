"""What the edge reads of the deployed stage: its functions, usage plans and gateway responses, through boto3."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from scripts.local_platform.edge.buckets import Limit
from scripts.local_platform.layout import REGION, ROOT_KEY

if TYPE_CHECKING:
    from pathlib import Path

PLANS_SECONDS = 5  # a tenant provisioned a moment ago has a new key


def flat_outputs(path: Path) -> dict[str, str]:
    """The outputs of all stacks by their key, as `cdk deploy --outputs-file` wrote them."""
    stacks = json.loads(path.read_text(encoding="utf-8"))
    return {key: value for outputs in stacks.values() for key, value in outputs.items()}


def aws_client(service: str, endpoint: str) -> Any:
    """A client with the local endpoint's root credential."""
    return boto3.client(  # type: ignore[call-overload] # the service's name is not a literal here
        service,
        region_name=REGION,
        endpoint_url=endpoint,
        aws_access_key_id=ROOT_KEY,
        aws_secret_access_key=ROOT_KEY,
        config=Config(max_pool_connections=64, retries={"total_max_attempts": 2}),
    )


@dataclass(frozen=True)
class GatewayAnswer:
    """One deployed gateway response."""

    status: int
    headers: dict[str, str]
    template: str


class DeployedStage:
    """One stage behind one endpoint."""

    def __init__(self, outputs: dict[str, str], endpoint: str) -> None:
        self.outputs, self.endpoint = outputs, endpoint
        self._limits: dict[str, Limit] = {}
        self._read_at = float("-inf")

    @cached_property
    def _lambda(self) -> Any:
        return aws_client("lambda", self.endpoint)

    @cached_property
    def _gateway(self) -> Any:
        return aws_client("apigateway", self.endpoint)

    def ask_authoriser(self, event: dict[str, Any]) -> dict[str, Any] | None:
        """The authoriser's answer (with `errorMessage` when it failed), or None when it cannot be called."""
        try:
            answer = self._lambda.invoke(
                FunctionName=self.outputs["AuthoriserFunction"], Payload=json.dumps(event).encode()
            )
            parsed = json.loads(answer["Payload"].read())
        except (ClientError, BotoCoreError, ValueError):
            return None
        return parsed if isinstance(parsed, dict) else None

    def limit_of(self, key: str) -> Limit | None:
        """The limits of the plan that holds a key's value; read anew every few seconds."""
        if key not in self._limits and time.monotonic() - self._read_at > PLANS_SECONDS:
            self._limits, self._read_at = self._read_limits(), time.monotonic()
        return self._limits.get(key)

    def _read_limits(self) -> dict[str, Limit]:
        found = {}
        for plan in self._gateway.get_usage_plans(limit=100)["items"]:
            throttle = plan.get("throttle") or {}
            limit = Limit(float(throttle.get("rateLimit", 1e6)), float(throttle.get("burstLimit", 1e6)))
            keys = self._gateway.get_usage_plan_keys(usagePlanId=plan["id"], limit=500)["items"]
            for key in keys:
                value = key.get("value") or self._gateway.get_api_key(apiKey=key["id"], includeValue=True)["value"]
                found[value] = limit
        return found

    @cached_property
    def authoriser_cache_seconds(self) -> float:
        """For how long the deployed API keeps the authoriser's answers."""
        [authoriser] = self._gateway.get_authorizers(restApiId=self.outputs["RestApiId"])["items"]
        return float(authoriser["authorizerResultTtlInSeconds"])

    @cached_property
    def gateway_answers(self) -> dict[str, GatewayAnswer]:
        """The deployed gateway responses by type."""
        items = self._gateway.get_gateway_responses(restApiId=self.outputs["RestApiId"], limit=100)["items"]
        return {item["responseType"]: _answer(item) for item in items}


def _answer(item: dict[str, Any]) -> GatewayAnswer:
    """Literal header values stand in single quotes; context variables are replaced when the answer is rendered."""
    prefix = "gatewayresponse.header."
    parameters = item.get("responseParameters") or {}
    headers = {name.removeprefix(prefix): value for name, value in parameters.items() if name.startswith(prefix)}
    template = (item.get("responseTemplates") or {}).get("application/json", '{"message":"$context.error.message"}')
    return GatewayAnswer(int(item.get("statusCode") or 500), headers, template)


def render(answer: GatewayAnswer, *, path: str, request_id: str) -> tuple[int, dict[str, str], str]:
    """Status, headers and body of a gateway response for one request."""
    values = {"$context.requestId": request_id, "$context.path": json.dumps(path)[1:-1]}
    body = answer.template
    for name, value in values.items():
        body = body.replace(name, value)
    headers = {
        name: request_id if value == "context.requestId" else value.strip("'")
        for name, value in answer.headers.items()
        if value.startswith("'") or value == "context.requestId"
    }
    return answer.status, headers, body
