"""How a guard rule is set aside for one resource: by name, with the reason in the template beside it."""

from aws_cdk import CfnResource
from constructs import IConstruct

from infra.guard.metadata import REASONS


def suppress(construct: IConstruct, rule: str, reason: str) -> None:
    """Set one rule aside on this construct's own resource; the reason is kept in its metadata and checked by a test."""
    resource = construct if isinstance(construct, CfnResource) else construct.node.default_child
    if not isinstance(resource, CfnResource):
        raise TypeError(f"{construct.node.path} is not one CloudFormation resource")
    guard: dict[str, list[str]] = resource.get_metadata("guard") or {"SuppressedRules": []}
    reasons: dict[str, str] = resource.get_metadata(REASONS) or {}
    rules = [*guard["SuppressedRules"], rule] if rule not in guard["SuppressedRules"] else guard["SuppressedRules"]
    resource.add_metadata("guard", {"SuppressedRules": rules})
    resource.add_metadata(REASONS, {**reasons, rule: reason})
