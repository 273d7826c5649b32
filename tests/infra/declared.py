"""What a function's roles are granted, held against what `infra.functions` declares for it.

A function declares the services that its code has clients of. A role may have actions of those, of what every function
does (logs, traces), and of a key by way of a declared service; everything else is a finding.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from infra import permissions
from infra.functions import FUNCTIONS, FunctionSpec

_SERVICES: Final = {
    "stepfunctions": "states",
    "bedrock-runtime": "bedrock",
    "dynamodbstreams": "dynamodb",
    "bedrock-agentcore-control": "bedrock-agentcore",
}
"""Services whose actions begin otherwise than their client is called."""
EVERY_FUNCTION: Final = frozenset({"logs", "xray"})
VIA: Final = "kms:ViaService"

UNSCOPED: Final[Mapping[str, str]] = {
    **dict.fromkeys(permissions.WRITE_TRACES, "X-Ray knows no resources for these"),
    **dict.fromkeys(permissions.LIST_STREAMS, "a listing of streams knows no resources, and Lambda asks for it"),
    **dict.fromkeys(permissions.MAKE_KEY, "a key that is not made yet has no name; the tags it is made with bind it"),
}
"""Actions that AWS does not scope to a resource, each with the reason."""

UNDECLARED: Final[Mapping[tuple[str, str], str]] = {
    **{("incidents", action): "Lambda takes the queue's messages in its name" for action in permissions.TAKE_MESSAGES},
    ("schedules", "iam:PassRole"): "Scheduler is handed the role that it tells times with",
    ("tenants", "kms:Decrypt"): "S3 opens an export with it when the presigned download is fetched: no client of KMS",
}
"""Actions that a function needs without having a client of their service, each with the reason."""


@dataclass(frozen=True)
class Statement:
    """One allowing statement that one function's role has."""

    function: FunctionSpec
    body: Mapping[str, Any]

    @property
    def actions(self) -> list[str]:
        """What it names."""
        return _listed(self.body.get("Action", []))

    def findings(self) -> Iterator[str]:
        """What it grants beyond what is declared."""
        for inverted in {"NotAction", "NotResource"} & self.body.keys():
            yield f"{self.function.name}: {inverted}"
        for action in self.actions:
            yield from (f"{self.function.name}: {told}" for told in self._of(action))

    def _of(self, action: str) -> Iterator[str]:
        if "*" in action or "?" in action:
            yield f"{action} is a wildcard"
        if "*" in _listed(self.body.get("Resource", "*")) and action not in UNSCOPED:
            yield f"{action} on every resource"
        if not self._declares(action):
            yield f"{action} is of a service it does not declare"

    def _declares(self, action: str) -> bool:
        service = action.partition(":")[0]
        own = {_SERVICES.get(name, name) for name in self.function.services} | EVERY_FUNCTION
        own |= {"sqs"} if self.function.asynchronous else set()  # its dead letters
        via = str(self.body.get("Condition", {}).get("StringEquals", {}).get(VIA, "")).partition(".")[0]
        return service in own or (service == "kms" and via in own) or (self.function.name, action) in UNDECLARED


def statements(templates: Mapping[str, Mapping[str, Any]], stage: str) -> Iterator[Statement]:
    """Every allowing statement of every function's roles: policies of their own, inline ones and managed ones."""
    for template in templates.values():
        resources = template["Resources"]
        roles = dict(_function_roles(resources, stage))
        for resource in resources.values():
            for holder in _holders(resource, roles):
                yield from (Statement(holder, body) for body in _allowing(resource))
        for name, spec in roles.items():
            for inline in resources[name]["Properties"].get("Policies", []):
                yield from (Statement(spec, body) for body in _documented(inline))


def managed(templates: Mapping[str, Mapping[str, Any]], stage: str) -> Iterator[tuple[FunctionSpec, Any]]:
    """The managed policies that functions' roles have, as their templates name them."""
    for template in templates.values():
        for name, spec in _function_roles(template["Resources"], stage):
            for policy in template["Resources"][name]["Properties"].get("ManagedPolicyArns", []):
                yield spec, policy


def _function_roles(resources: Mapping[str, Any], stage: str) -> Iterator[tuple[str, FunctionSpec]]:
    specs = {f"ambit-{stage}-{spec.name}{suffix}": spec for spec in FUNCTIONS for suffix in ("", "-tenant")}
    for name, resource in resources.items():
        if resource["Type"] == "AWS::IAM::Role" and resource["Properties"].get("RoleName") in specs:
            yield name, specs[resource["Properties"]["RoleName"]]


def _holders(resource: Mapping[str, Any], roles: Mapping[str, FunctionSpec]) -> Iterator[FunctionSpec]:
    if resource["Type"] in {"AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"}:
        for role in resource["Properties"].get("Roles", []):
            if isinstance(role, dict) and role.get("Ref") in roles:
                yield roles[role["Ref"]]


def _allowing(resource: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from _documented(resource["Properties"])


def _documented(policy: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for body in _listed(policy["PolicyDocument"]["Statement"]):
        if body["Effect"] == "Allow":
            yield body


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
