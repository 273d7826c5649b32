"""Corrections `leading_keys` and `policy_variables`: the isolation that the platform's IAM design rests on.

A role assumed with the session tag `tenant=acme` reaches items and objects of acme, and nothing of anybody else.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from botocore.exceptions import ClientError

from scripts.local_platform.layout import ACCOUNT, REGION

if TYPE_CHECKING:
    from tests.conformance.conftest import Emulator

pytestmark = pytest.mark.family("iam")
TABLE = "isolation"
BUCKET = "isolation-bucket"
TABLE_ARN = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{TABLE}"
ACTIONS = (
    *("GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan", "ConditionCheckItem"),
    *("BatchGetItem", "BatchWriteItem", "PartiQLSelect", "PartiQLInsert", "PartiQLUpdate", "PartiQLDelete"),
)
DYNAMODB = {
    "Effect": "Allow",
    "Action": [f"dynamodb:{name}" for name in ACTIONS],
    "Resource": [TABLE_ARN, f"{TABLE_ARN}/index/gsi1"],
    "Condition": {
        "ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["TENANT#${aws:PrincipalTag/tenant}#*"]},
        "Null": {"dynamodb:LeadingKeys": "false"},
    },
}
S3 = {
    "Effect": "Allow",
    "Action": ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
    "Resource": f"arn:aws:s3:::{BUCKET}/tenants/${{aws:PrincipalTag/tenant}}/*",
}
LIST = {
    "Effect": "Allow",
    "Action": "s3:ListBucket",
    "Resource": f"arn:aws:s3:::{BUCKET}",
    "Condition": {"StringLike": {"s3:prefix": "tenants/${aws:PrincipalTag/tenant}/*"}},
}
OWN = "TENANT#acme#RUN#1"
FOREIGN = ("TENANT#globex#RUN#1", "TENANT#acme-2#RUN#1", "TENANT#acme", "TENANT#platform#TENANT")


def key(pk: str, sk: str = "META") -> dict[str, Any]:
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def item(pk: str, sk: str = "META") -> dict[str, Any]:
    return {**key(pk, sk), "gsi1pk": {"S": pk}, "gsi1sk": {"S": sk}}


@pytest.fixture(scope="module", autouse=True)
def data(emulator: Emulator) -> None:
    names = ("pk", "sk", "gsi1pk", "gsi1sk")
    emulator.client("dynamodb").create_table(
        TableName=TABLE,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in names],
        BillingMode="PAY_PER_REQUEST",
        GlobalSecondaryIndexes=[
            {
                "IndexName": "gsi1",
                "KeySchema": [
                    {"AttributeName": "gsi1pk", "KeyType": "HASH"},
                    {"AttributeName": "gsi1sk", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )
    for pk in (OWN, *FOREIGN):
        emulator.client("dynamodb").put_item(TableName=TABLE, Item=item(pk))
    emulator.client("s3").create_bucket(Bucket=BUCKET)
    for tenant in ("acme", "acme-2", "globex"):
        emulator.client("s3").put_object(Bucket=BUCKET, Key=f"tenants/{tenant}/a.txt", Body=tenant.encode())


@pytest.fixture(scope="module")
def role(emulator: Emulator, data: None) -> str:
    return emulator.role("tenant-scoped", DYNAMODB, S3, LIST)


@pytest.fixture(scope="module")
def acme(emulator: Emulator, role: str) -> dict[str, str]:
    return emulator.assume(role, tenant="acme")


@pytest.fixture
def dynamodb(emulator: Emulator, acme: dict[str, str]) -> Any:
    return emulator.client("dynamodb", acme)


@pytest.fixture
def s3(emulator: Emulator, acme: dict[str, str]) -> Any:
    return emulator.client("s3", acme)


def operations(pk: str) -> dict[str, tuple[str, dict[str, Any]]]:
    """Every way to name an item, as operation and parameters."""
    put = {"Put": {"TableName": TABLE, "Item": item(pk, "T")}}
    check = {"ConditionCheck": {"TableName": TABLE, "Key": key(pk), "ConditionExpression": "attribute_exists(pk)"}}
    values = {":p": {"S": pk}}
    return {
        "get": ("get_item", {"TableName": TABLE, "Key": key(pk)}),
        "put": ("put_item", {"TableName": TABLE, "Item": item(pk, "P")}),
        "update": (
            "update_item",
            {
                "TableName": TABLE,
                "Key": key(pk, "U"),
                "UpdateExpression": "SET a = :p",
                "ExpressionAttributeValues": values,
            },
        ),
        "delete": ("delete_item", {"TableName": TABLE, "Key": key(pk, "gone")}),
        "query": (
            "query",
            {"TableName": TABLE, "KeyConditionExpression": "pk = :p", "ExpressionAttributeValues": values},
        ),
        "query by name": (
            "query",
            {
                "TableName": TABLE,
                "KeyConditionExpression": "begins_with(#s, :p) AND #k=:p",
                "ExpressionAttributeNames": {"#k": "pk", "#s": "sk"},
                "ExpressionAttributeValues": values,
            },
        ),
        "query index": (
            "query",
            {
                "TableName": TABLE,
                "IndexName": "gsi1",
                "KeyConditionExpression": "gsi1pk = :p",
                "ExpressionAttributeValues": values,
            },
        ),
        "batch get": ("batch_get_item", {"RequestItems": {TABLE: {"Keys": [key(pk)]}}}),
        "batch write": ("batch_write_item", {"RequestItems": {TABLE: [{"PutRequest": {"Item": item(pk, "B")}}]}}),
        "batch delete": ("batch_write_item", {"RequestItems": {TABLE: [{"DeleteRequest": {"Key": key(pk, "B")}}]}}),
        "transact write": ("transact_write_items", {"TransactItems": [put, check]}),
        "transact get": ("transact_get_items", {"TransactItems": [{"Get": {"TableName": TABLE, "Key": key(pk)}}]}),
    }


def refusal(client: Any, operation: str, parameters: dict[str, Any]) -> str:
    with pytest.raises(ClientError) as error:
        getattr(client, operation)(**parameters)
    return str(error.value.response["Error"]["Code"])


@pytest.mark.parametrize("name", operations(OWN))
def test_every_operation_works_on_the_tenants_own_items(dynamodb: Any, name: str) -> None:
    operation, parameters = operations(OWN)[name]
    assert getattr(dynamodb, operation)(**parameters)["ResponseMetadata"]["HTTPStatusCode"] == 200


@pytest.mark.parametrize("pk", FOREIGN)
@pytest.mark.parametrize("name", operations(OWN))
def test_no_operation_works_on_anybody_elses(dynamodb: Any, name: str, pk: str) -> None:
    assert refusal(dynamodb, *operations(pk)[name]) == "AccessDeniedException"


@pytest.mark.parametrize("name", ["batch get", "batch write", "transact write", "transact get"])
def test_one_foreign_item_refuses_the_whole_request(dynamodb: Any, name: str) -> None:
    operation, own = operations(OWN)[name]
    _, foreign = operations(FOREIGN[0])[name]
    if "TransactItems" in own:
        mixed: dict[str, Any] = {"TransactItems": own["TransactItems"] + foreign["TransactItems"]}
    elif name == "batch get":
        mixed = {"RequestItems": {TABLE: {"Keys": [key(OWN), key(FOREIGN[0])]}}}
    else:
        mixed = {"RequestItems": {TABLE: own["RequestItems"][TABLE] + foreign["RequestItems"][TABLE]}}
    assert refusal(dynamodb, operation, mixed) == "AccessDeniedException"


def test_a_transactions_items_are_each_held_against_their_own_statement(emulator: Emulator) -> None:
    def kinds(kind: str, *actions: str) -> dict[str, Any]:
        keys = {"dynamodb:LeadingKeys": [f"TENANT#${{aws:PrincipalTag/tenant}}#{kind}#*"]}
        condition = {"ForAllValues:StringLike": keys, "Null": {"dynamodb:LeadingKeys": "false"}}
        return {"Effect": "Allow", "Action": list(actions), "Resource": TABLE_ARN, "Condition": condition}

    role = emulator.role("two-kinds", kinds("A", "dynamodb:PutItem"), kinds("B", "dynamodb:DeleteItem"))
    client = emulator.client("dynamodb", emulator.assume(role, tenant="acme"))

    def pieces(put: str, delete: str) -> dict[str, Any]:
        deleted = {"Delete": {"TableName": TABLE, "Key": key(delete)}}
        return {"TransactItems": [{"Put": {"TableName": TABLE, "Item": item(put)}}, deleted]}

    client.transact_write_items(**pieces("TENANT#acme#A#1", "TENANT#acme#B#1"))
    for put, delete in (("B", "B"), ("A", "A"), ("B", "A")):
        code = refusal(client, "transact_write_items", pieces(f"TENANT#acme#{put}#1", f"TENANT#acme#{delete}#1"))
        assert code == "AccessDeniedException"
    foreign = pieces("TENANT#acme#A#1", "TENANT#globex#B#1")
    assert refusal(client, "transact_write_items", foreign) == "AccessDeniedException"


def test_a_scan_names_no_key_and_is_refused(dynamodb: Any) -> None:
    assert refusal(dynamodb, "scan", {"TableName": TABLE}) == "AccessDeniedException"


@pytest.mark.parametrize("pk", [OWN, FOREIGN[0]])
def test_partiql_is_refused(dynamodb: Any, pk: str) -> None:
    statement = f"SELECT * FROM \"{TABLE}\" WHERE pk = '{pk}'"  # noqa: S608 - the attack under test
    assert refusal(dynamodb, "execute_statement", {"Statement": statement}) == "AccessDeniedException"
    batch = {"Statements": [{"Statement": statement}]}
    assert refusal(dynamodb, "batch_execute_statement", batch) == "AccessDeniedException"


@pytest.mark.parametrize("tags", [{}, {"tenant": "*"}, {"tenant": "?cme"}, {"other": "acme"}])
def test_a_session_without_a_real_tenant_tag_reaches_nothing(
    emulator: Emulator, role: str, tags: dict[str, str]
) -> None:
    credentials = emulator.assume(role, **tags)
    client = emulator.client("dynamodb", credentials)
    assert refusal(client, "get_item", {"TableName": TABLE, "Key": key(OWN)}) == "AccessDeniedException"
    code = refusal(emulator.client("s3", credentials), "get_object", {"Bucket": BUCKET, "Key": "tenants/acme/a.txt"})
    assert code == "AccessDenied"


def test_objects_under_the_tenants_prefix_can_be_read_written_listed_and_deleted(s3: Any) -> None:
    s3.put_object(Bucket=BUCKET, Key="tenants/acme/b.txt", Body=b"b")
    assert s3.get_object(Bucket=BUCKET, Key="tenants/acme/b.txt")["Body"].read() == b"b"
    listed = s3.list_objects_v2(Bucket=BUCKET, Prefix="tenants/acme/")["Contents"]
    assert {entry["Key"] for entry in listed} == {"tenants/acme/a.txt", "tenants/acme/b.txt"}
    s3.delete_object(Bucket=BUCKET, Key="tenants/acme/b.txt")


@pytest.mark.parametrize("prefix", ["tenants/globex", "tenants/acme-2"])
def test_no_object_operation_works_on_another_prefix(s3: Any, prefix: str) -> None:
    target = {"Bucket": BUCKET, "Key": f"{prefix}/a.txt"}
    source = {"Bucket": BUCKET, "Key": "tenants/acme/stolen.txt", "CopySource": f"{BUCKET}/{prefix}/a.txt"}
    assert refusal(s3, "get_object", target) == "AccessDenied"
    assert refusal(s3, "put_object", {**target, "Body": b"x"}) == "AccessDenied"
    assert refusal(s3, "delete_object", target) == "AccessDenied"
    assert refusal(s3, "copy_object", source) == "AccessDenied"
    assert refusal(s3, "list_objects_v2", {"Bucket": BUCKET, "Prefix": f"{prefix}/"}) == "AccessDenied"
    assert refusal(s3, "list_objects_v2", {"Bucket": BUCKET}) == "AccessDenied"


def test_a_presigned_url_can_do_no_more_than_its_signer(s3: Any) -> None:
    own = s3.generate_presigned_url("get_object", {"Bucket": BUCKET, "Key": "tenants/acme/a.txt"})
    foreign = s3.generate_presigned_url("get_object", {"Bucket": BUCKET, "Key": "tenants/globex/a.txt"})
    assert httpx.get(own).text == "acme"
    assert httpx.get(foreign).status_code == 403


def test_a_presigned_url_is_bound_to_its_object_and_its_time(s3: Any) -> None:
    url = s3.generate_presigned_url("get_object", {"Bucket": BUCKET, "Key": "tenants/acme/a.txt"})
    assert httpx.get(url.replace("tenants/acme/a.txt", "tenants/acme/other.txt")).status_code == 403
    assert httpx.get(url.replace("X-Amz-Expires=3600", "X-Amz-Expires=7200")).status_code == 403


def test_a_role_that_demands_a_tenant_tag_refuses_others(emulator: Emulator) -> None:
    condition = {
        "StringLike": {"aws:RequestTag/tenant": "?*"},
        "ForAllValues:StringEquals": {"aws:TagKeys": ["tenant"]},
        "Null": {"aws:RequestTag/tenant": "false"},
    }
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
        "Action": ["sts:AssumeRole", "sts:TagSession"],
        "Condition": condition,
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    made = emulator.client("iam").create_role(RoleName="demanding", AssumeRolePolicyDocument=document)
    arn = made["Role"]["Arn"]
    assert emulator.assume(arn, tenant="acme")["SessionToken"]
    for tags in ({}, {"other": "x"}, {"tenant": "acme", "other": "x"}):
        with pytest.raises(ClientError, match="AccessDenied"):
            emulator.assume(arn, **tags)


def test_a_function_has_its_roles_permissions_and_no_more(emulator: Emulator) -> None:
    source = (
        (
            "import boto3\n"
            "def handler(event, context):\n"
            "    try:\n"
            f"        boto3.client('dynamodb').get_item(TableName='{TABLE}', Key=event['key'])\n"
            "    except Exception as error:\n"
            "        return str(error)\n"
            "    return 'allowed'\n"
        )
        .replace("import boto3", "import botocore.session")
        .replace("boto3.client('dynamodb')", CLIENT)
    )
    emulator.function("reader", source)
    invoke = emulator.client("lambda").invoke
    payload = json.dumps({"key": key("TENANT#platform#TENANT")}).encode()
    assert "AccessDenied" in invoke(FunctionName="reader", Payload=payload)["Payload"].read().decode()
    own = {**DYNAMODB, "Condition": {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["TENANT#platform#*"]}}}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [own]})
    emulator.client("iam").put_role_policy(RoleName="reader-role", PolicyName="exact", PolicyDocument=policy)
    assert invoke(FunctionName="reader", Payload=payload)["Payload"].read() == b'"allowed"'
    foreign = json.dumps({"key": key(OWN)}).encode()
    assert "AccessDenied" in invoke(FunctionName="reader", Payload=foreign)["Payload"].read().decode()


CLIENT = "botocore.session.get_session().create_client('dynamodb')"
