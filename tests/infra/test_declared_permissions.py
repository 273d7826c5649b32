"""No function's role is wider than what the function declares; and a role that is would be seen."""

import copy
from typing import Any

import pytest

from infra import permissions
from infra.functions import BRIDGE, FUNCTIONS, JOBS, TENANTS, FunctionSpec
from tests.infra.declared import UNDECLARED, UNSCOPED, VIA, Statement, managed, statements

TABLE = "arn:aws:dynamodb:us-east-1:123456789012:table/ambit-dev-runs"


def test_no_role_is_wider_than_its_function_declares(stacks: Any) -> None:
    found = list(statements(stacks.templates, stacks.folder.name))

    assert [finding for statement in found for finding in statement.findings()] == []


def test_the_roles_of_every_function_are_looked_at(stacks: Any) -> None:
    found = [statement.function.name for statement in statements(stacks.templates, stacks.folder.name)]

    assert set(found) == {spec.name for spec in FUNCTIONS}
    assert len(found) > 5 * len(FUNCTIONS)


def test_the_only_managed_policy_of_a_function_is_the_one_for_traces(stacks: Any) -> None:
    ((name, policy),) = (
        (name, policy)
        for name, policy in stacks.resources("AWS::IAM::ManagedPolicy").items()
        if name.startswith("TraceWriter")
    )
    attached = list(managed(stacks.templates, stacks.folder.name))

    (statement,) = policy["Properties"]["PolicyDocument"]["Statement"]
    assert set(statement["Action"]) == set(permissions.WRITE_TRACES)
    assert {spec.name for spec, _ in attached} == {spec.name for spec in FUNCTIONS}
    assert [(spec.name, arn) for spec, arn in attached if name not in str(arn)] == []


def test_every_exception_is_needed(stacks: Any) -> None:
    found = list(statements(stacks.templates, stacks.folder.name))
    used = {(statement.function.name, action) for statement in found for action in statement.actions}

    assert used >= UNDECLARED.keys()
    assert {action for _, action in used} | set(permissions.WRITE_TRACES) >= UNSCOPED.keys()


def allow(action: Any, resource: Any = TABLE, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


WIDE = [
    (BRIDGE, allow("dynamodb:*"), "dynamodb:* is a wildcard"),
    (BRIDGE, allow(["dynamodb:GetItem", "dynamodb:Put*"]), "dynamodb:Put* is a wildcard"),
    (BRIDGE, allow("*"), "* is a wildcard"),
    (BRIDGE, allow("dynamodb:GetItem", "*"), "dynamodb:GetItem on every resource"),
    (BRIDGE, allow("dynamodb:GetItem", [TABLE, "*"]), "dynamodb:GetItem on every resource"),
    (BRIDGE, {"Effect": "Allow", "Action": "s3:GetObject"}, "s3:GetObject on every resource"),
    (BRIDGE, allow("iam:PassRole"), "iam:PassRole is of a service it does not declare"),
    (BRIDGE, allow("sqs:SendMessage"), "sqs:SendMessage is of a service it does not declare"),
    (TENANTS, allow("bedrock-agentcore:InvokeAgentRuntime"), "is of a service it does not declare"),
    (TENANTS, allow("kms:Sign"), "kms:Sign is of a service it does not declare"),
    (
        TENANTS,
        allow("kms:Encrypt", Condition={"StringEquals": {VIA: "sqs.us-east-1.amazonaws.com"}}),
        "kms:Encrypt is of a service it does not declare",
    ),
    (BRIDGE, {"Effect": "Allow", "NotAction": "iam:PassRole", "Resource": TABLE}, "NotAction"),
    (BRIDGE, {"Effect": "Allow", "Action": "s3:GetObject", "NotResource": TABLE}, "NotResource"),
]


@pytest.mark.parametrize(("function", "body", "told"), WIDE, ids=[told for *_, told in WIDE])
def test_a_statement_that_is_too_wide_is_a_finding(function: FunctionSpec, body: dict[str, Any], told: str) -> None:
    assert any(told in finding for finding in Statement(function, body).findings())


@pytest.mark.parametrize(
    ("function", "body"),
    [
        (BRIDGE, allow(["dynamodb:GetItem", "dynamodb:Query"])),
        (BRIDGE, allow("states:StartExecution", "arn:aws:states:::stateMachine:x")),
        (BRIDGE, allow("xray:PutTraceSegments", "*")),
        (JOBS, allow("sqs:SendMessage", "arn:aws:sqs:::x")),
        (TENANTS, allow("kms:Decrypt", "k", Condition={"StringEquals": {VIA: "dynamodb.us-east-1.amazonaws.com"}})),
    ],
)
def test_a_statement_as_declared_is_none(function: FunctionSpec, body: dict[str, Any]) -> None:
    assert list(Statement(function, body).findings()) == []


@pytest.mark.parametrize("kind", ["AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "inline"])
def test_a_broken_template_is_seen_wherever_the_statement_stands(kind: str, prod: Any) -> None:
    templates = copy.deepcopy(prod.templates)
    template, role = next(
        (template, name)
        for template in templates.values()
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::IAM::Role" and resource["Properties"].get("RoleName") == "ambit-prod-audit"
    )
    document = {"PolicyDocument": {"Statement": [allow("s3:*", "*")]}}
    if kind == "inline":
        template["Resources"][role]["Properties"]["Policies"] = [{"PolicyName": "x", **document}]
    else:
        template["Resources"]["Broken"] = {"Type": kind, "Properties": {**document, "Roles": [{"Ref": role}]}}

    assert sorted(finding for statement in statements(templates, "prod") for finding in statement.findings()) == [
        "audit: s3:* is a wildcard",
        "audit: s3:* is of a service it does not declare",
        "audit: s3:* on every resource",
    ]
