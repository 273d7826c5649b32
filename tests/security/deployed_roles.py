"""The deployed roles of the running platform: their credentials as a function gets them, and what they are granted."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, Final

import boto3
from botocore.config import Config

from infra.functions import FUNCTIONS
from scripts.local_platform.edge.deployed import aws_client, flat_outputs
from scripts.local_platform.layout import ACCOUNT, REGION, STAGE, layout_from_environment

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.local_stack import LocalStack

TENANT_FUNCTIONS: Final = tuple(spec.name for spec in FUNCTIONS if "TENANT_ROLE_ARN" in spec.environment)
EVERY_FUNCTION: Final = tuple(spec.name for spec in FUNCTIONS)
TABLES: Final = ("control", "runs", "ops", "ledger")
_TAG: Final = "${aws:PrincipalTag/tenant}"


@dataclass(frozen=True)
class Statement:
    """One allowing statement, its lists spelt out."""

    actions: tuple[str, ...]
    resources: tuple[str, ...]
    leading_keys: tuple[str, ...] | None

    def allows(self, action: str, resource: str, key: str, tenant: str) -> bool:
        """Whether IAM would say yes, as AWS documents the conditions that are used here."""
        wanted = [pattern.replace(_TAG, tenant) for pattern in self.resources]
        if action not in self.actions or not any(matches(pattern, resource) for pattern in wanted):
            return False
        keys = self.leading_keys
        return keys is None or any(matches(pattern.replace(_TAG, tenant), key) for pattern in keys)


def matches(pattern: str, text: str) -> bool:
    """`*` and `?` as in IAM."""
    return re.fullmatch(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), text) is not None


class DeployedRoles:
    """The roles of one running platform."""

    def __init__(self, platform: LocalStack) -> None:
        self._endpoint = str(platform.described["emulatorUrl"])
        self.outputs = flat_outputs(layout_from_environment().outputs)
        self.root = cache(lambda service: aws_client(service, self._endpoint))
        self.own = cache(self._own)
        self.tenant = cache(self._tenant)
        self.statements = cache(self._statements)

    @staticmethod
    def arn(role: str) -> str:
        """`bridge` is a function's own role, `bridge-tenant` the one it takes on for a tenant."""
        return f"arn:aws:iam::{ACCOUNT}:role/ambit-{STAGE}-{role}"

    @cached_property
    def tables(self) -> dict[str, str]:
        """The tables' names by kind."""
        return {kind: self.outputs[f"{kind.capitalize()}Table"] for kind in TABLES}

    def table_arn(self, kind: str) -> str:
        """A table's ARN."""
        return f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{self.tables[kind]}"

    def assume(self, credentials: dict[str, str], role: str, **tags: str) -> dict[str, str]:
        """Take a role on, with session tags; ClientError when its trust or the caller's policy says no."""
        listed = [{"Key": name, "Value": value} for name, value in tags.items()]
        sts = self.client("sts", credentials)
        return dict(sts.assume_role(RoleArn=self.arn(role), RoleSessionName="proof", Tags=listed)["Credentials"])

    def client(self, service: str, credentials: dict[str, str]) -> Any:
        """A client with these credentials, which asks once."""
        return boto3.client(  # type: ignore[call-overload] # the service's name is not a literal here
            service,
            region_name=REGION,
            endpoint_url=self._endpoint,
            aws_access_key_id=credentials["AccessKeyId"],
            aws_secret_access_key=credentials["SecretAccessKey"],
            aws_session_token=credentials["SessionToken"],
            config=Config(
                signature_version="s3v4" if service == "s3" else None,
                retries={"total_max_attempts": 1},
                s3={"addressing_style": "path"},
            ),
        )

    def _own(self, function: str) -> dict[str, str]:
        answer = self.root("sts").assume_role(RoleArn=self.arn(function), RoleSessionName="proof")
        return dict(answer["Credentials"])

    def _tenant(self, function: str, tenant: str) -> dict[str, str]:
        return self.assume(self.own(function), f"{function}-tenant", tenant=tenant)

    def _statements(self, role: str) -> tuple[Statement, ...]:
        iam, name = self.root("iam"), f"ambit-{STAGE}-{role}"
        documents = [
            iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
            for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]
        ]
        return tuple(statement for document in documents for statement in read(document))

    def allows(self, role: str, action: str, resource: str, *, key: str = "", tenant: str = "acme") -> bool:
        """Whether the role's policies grant it to a session tagged so."""
        return any(statement.allows(action, resource, key, tenant) for statement in self.statements(role))


def read(document: Any) -> Iterable[Statement]:
    """The allowing statements of a policy document."""
    parsed = json.loads(document) if isinstance(document, str) else document
    for one in parsed["Statement"]:
        if one["Effect"] == "Allow":
            keys = one.get("Condition", {}).get("ForAllValues:StringLike", {}).get("dynamodb:LeadingKeys")
            yield Statement(_listed(one["Action"]), _listed(one["Resource"]), None if keys is None else _listed(keys))


def _listed(value: Any) -> tuple[str, ...]:
    return tuple(value) if isinstance(value, list) else (value,)
