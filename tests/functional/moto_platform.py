"""The platform's tables, bucket and secret on moto, and events as API Gateway sends them. For whole-handler tests."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import boto3
import pytest
from moto import mock_aws

from governance.flags import CAPABILITIES
from platform_kit.ids import new_id
from tests import moto_keys, moto_tables

moto_tables.install()
moto_keys.install()
REGION: Final = "us-east-1"
TABLES: Final = ("control", "runs", "ledger", "ops")
TENANT_BUCKET: Final = "ambit-test-tenants"
ARTIFACT_BUCKET: Final = "ambit-test-artifacts"
AUDIT_BUCKET: Final = "ambit-test-audit"
ROLE: Final = "arn:aws:iam::123456789012:role/tenant"


@dataclass(frozen=True)
class Answer:
    """What a handler answered."""

    status: int
    headers: Mapping[str, str]
    json: Any

    @classmethod
    def of(cls, response: Mapping[str, Any]) -> "Answer":
        body = response["body"]
        return cls(response["statusCode"], response["headers"], json.loads(body) if body else None)


# Made once: moto stands between a client and the network, whatever test the client was made in.
_KEYS: Final = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing", "region_name": REGION}


@cache
def table(name: str) -> Any:
    """One of the platform's tables, to look at what is really stored."""
    return boto3.resource("dynamodb", **_KEYS).Table(f"ambit-test-{name}")


@cache
def client(service: str) -> Any:
    """A client of an AWS service on moto."""
    return boto3.client(service, **_KEYS)


@contextmanager
def platform_on_moto(monkeypatch: pytest.MonkeyPatch, **environment: str) -> Iterator[None]:
    """Tables, buckets and secret, and the environment of a function that uses them."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setenv("AWS_REGION", REGION)
    with mock_aws():
        for name in TABLES:
            _make_table(f"ambit-test-{name}")
            monkeypatch.setenv(f"{name.upper()}_TABLE", f"ambit-test-{name}")
        s3 = client("s3")
        s3.create_bucket(Bucket=TENANT_BUCKET)
        s3.create_bucket(Bucket=ARTIFACT_BUCKET)
        s3.create_bucket(Bucket=AUDIT_BUCKET)
        key = client("kms").create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["Arn"]
        secret = client("secretsmanager").create_secret(Name="cursor", SecretString="s" * 64)
        settings = {
            "TENANT_BUCKET": TENANT_BUCKET,
            "ARTIFACT_BUCKET": ARTIFACT_BUCKET,
            "AUDIT_BUCKET": AUDIT_BUCKET,
            "EVIDENCE_KEY_ARN": key,
            "TENANT_ROLE_ARN": ROLE,
            "CURSOR_SECRET_ARN": secret["ARN"],
            "STAGE": "test",
            "VERSION": "1.2.3",
            **environment,
        }
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        yield


def switch_on(*names: str) -> None:
    """Capability flags that are on for everybody."""
    for name in names or tuple(CAPABILITIES):
        put_flag(name, enabled=True, rules=[{}])


def put_flag(name: str, **fields: Any) -> None:
    """A capability flag as operators leave it."""
    table("control").put_item(Item={"pk": "TENANT#platform#FLAG", "sk": name, "name": name, "etag": 1, **fields})


def put_switch(scope: str, target: str, owner: str = "platform") -> str:
    """An active kill switch of the operators', or of a tenant's own; its id."""
    switch_id = new_id("ksw")
    told = {"reason": "test", "createdBy": "usr:1:x", "createdAt": "2026-11-21T00:00:00.000Z"}
    record = {"switchId": switch_id, "scope": scope, "target": target, **told}
    table("control").put_item(Item={"pk": f"TENANT#{owner}#KILLSWITCH", "sk": switch_id, **record})
    return switch_id


def event(
    route: str,
    *,
    path: Mapping[str, str] | None = None,
    body: object = None,
    query: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    authorizer: Mapping[str, str] | None = None,
    raw: str | None = None,
) -> dict[str, Any]:
    """An API Gateway REST proxy event for `METHOD /template`."""
    method, template = route.split(" ")
    sent = {"content-type": "application/json"} if body is not None or raw is not None else {}
    return {
        "httpMethod": method,
        "resource": template,
        "path": template.format(**(path or {})),
        "pathParameters": dict(path or {}) or None,
        "queryStringParameters": dict(query or {}) or None,
        "headers": {**sent, **(headers or {})},
        "body": raw if raw is not None else (None if body is None else json.dumps(body)),
        "isBase64Encoded": False,
        "requestContext": {
            "requestId": "req-1",
            "identity": {"sourceIp": "192.0.2.1"},
            **({"authorizer": dict(authorizer)} if authorizer is not None else {}),
        },
    }


def person(tenant: str, role: str = "Tenant.Developer", name: str = "dev", tier: str = "standard") -> dict[str, str]:
    """The authoriser's context of somebody in a tenant."""
    return {
        "tenantId": tenant,
        "principalId": f"usr:abcd1234:{name}@{tenant}",
        "roles": role,
        "tier": tier,
        "credential": "jwt",
        "scopes": "",
        "environment": "prod",
    }


def machine(tenant: str, *scopes: str, key_id: str = "key_" + "1" * 32, **limits: str) -> dict[str, str]:
    """The authoriser's context of an API key: `limits` such as agents="echo-agent", domains="hr", environment="dev"."""
    found = person(tenant, "") | {"principalId": f"key:{key_id}", "credential": "key", "scopes": " ".join(scopes)}
    return found | {"agents": "", "domains": "", **limits}


def operator(role: str = "Platform.Operator", name: str = "ops") -> dict[str, str]:
    """The authoriser's context of a platform operator."""
    return person("", role, name, "") | {"principalId": f"usr:abcd1234:{name}"}


def _index(name: str) -> Any:
    return [{"AttributeName": f"{name}pk", "KeyType": "HASH"}, {"AttributeName": f"{name}sk", "KeyType": "RANGE"}]


def _make_table(name: str) -> None:
    keys = ("pk", "sk", "gsi1pk", "gsi1sk", "gsi2pk", "gsi2sk")
    client("dynamodb").create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        GlobalSecondaryIndexes=[
            {"IndexName": "gsi1", "KeySchema": _index("gsi1"), "Projection": {"ProjectionType": "ALL"}},
            {"IndexName": "gsi2", "KeySchema": _index("gsi2"), "Projection": {"ProjectionType": "KEYS_ONLY"}},
        ],
    )
