"""Reads IAM policies out of templates."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Grant:
    """One statement of one role's policy."""

    role: str
    actions: frozenset[str]
    resources: str
    condition: dict[str, Any]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def grants(stacks: Any) -> Iterator[Grant]:
    """Every allowing statement of every role, by the logical id of the role."""
    for policy in stacks.resources("AWS::IAM::Policy").values():
        for role in policy["Properties"]["Roles"]:
            for statement in policy["Properties"]["PolicyDocument"]["Statement"]:
                if statement["Effect"] == "Allow":
                    yield Grant(
                        role["Ref"],
                        frozenset(_listed(statement["Action"])),
                        str(statement["Resource"]),
                        statement.get("Condition", {}),
                    )


def of_role(stacks: Any, prefix: str) -> list[Grant]:
    """The grants of the role whose logical id begins so: `BridgeTenantRole`, `BridgeRole`."""
    return [grant for grant in grants(stacks) if grant.role.startswith(prefix)]
