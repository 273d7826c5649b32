"""Behaviours of the endpoint's tables, buckets and keys that the platform's code relies on."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from tests.conformance.conftest import Emulator

TABLE = "storage"


@pytest.fixture(scope="module")
def table(emulator: Emulator) -> Any:
    client = emulator.client("dynamodb")
    client.create_table(
        TableName=TABLE,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return client


@pytest.fixture(scope="module")
def s3(emulator: Emulator) -> Any:
    return emulator.client("s3")


def put(pk: str, **more: Any) -> dict[str, Any]:
    return {"Put": {"TableName": TABLE, "Item": {"pk": {"S": pk}}, **more}}


def test_a_refused_transaction_says_which_condition_failed_and_writes_nothing(table: Any) -> None:
    table.put_item(TableName=TABLE, Item={"pk": {"S": "taken"}})
    new = {"ConditionExpression": "attribute_not_exists(pk)"}
    with pytest.raises(ClientError) as error:
        table.transact_write_items(TransactItems=[put("fresh", **new), put("taken", **new)])
    reasons = [reason["Code"] for reason in error.value.response["CancellationReasons"]]
    assert error.value.response["Error"]["Code"] == "TransactionCanceledException"
    assert reasons == ["None", "ConditionalCheckFailed"]
    assert "Item" not in table.get_item(TableName=TABLE, Key={"pk": {"S": "fresh"}})


def test_a_refused_transaction_returns_the_old_item_when_asked(table: Any) -> None:
    table.put_item(TableName=TABLE, Item={"pk": {"S": "old"}, "owner": {"S": "first"}})
    wanted = put("old", ConditionExpression="attribute_not_exists(pk)", ReturnValuesOnConditionCheckFailure="ALL_OLD")
    with pytest.raises(ClientError) as error:
        table.transact_write_items(TransactItems=[wanted])
    old: Any = error.value.response["CancellationReasons"][0]["Item"]
    assert old["owner"] == {"S": "first"}


def test_a_batch_writes_all_its_items(table: Any) -> None:
    requests = [{"PutRequest": {"Item": {"pk": {"S": f"batch-{number}"}}}} for number in range(25)]
    assert not table.batch_write_item(RequestItems={TABLE: requests}).get("UnprocessedItems")
    keys = {"Keys": [{"pk": {"S": f"batch-{number}"}} for number in range(25)]}
    assert len(table.batch_get_item(RequestItems={TABLE: keys})["Responses"][TABLE]) == 25


def test_a_browser_may_upload_by_presigned_url_from_the_allowed_origin_only(s3: Any) -> None:
    s3.create_bucket(Bucket="uploads")
    rule = {"AllowedOrigins": ["http://127.0.0.1:8080"], "AllowedMethods": ["PUT"], "AllowedHeaders": ["*"]}
    s3.put_bucket_cors(Bucket="uploads", CORSConfiguration={"CORSRules": [rule]})
    url = s3.generate_presigned_url("put_object", {"Bucket": "uploads", "Key": "a.csv", "ContentType": "text/csv"})
    asks = {"Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "content-type"}
    preflight = httpx.options(url, headers={"Origin": "http://127.0.0.1:8080", **asks})
    assert preflight.headers["access-control-allow-origin"] in {"http://127.0.0.1:8080", "*"}
    upload = httpx.put(url, content=b"a,b", headers={"Origin": "http://127.0.0.1:8080", "content-type": "text/csv"})
    assert upload.status_code == 200
    assert "access-control-allow-origin" in upload.headers


def test_a_presigned_upload_is_bound_to_its_content_type(s3: Any) -> None:
    s3.create_bucket(Bucket="typed")
    url = s3.generate_presigned_url("put_object", {"Bucket": "typed", "Key": "a", "ContentType": "text/csv"})
    assert httpx.put(url, content=b"x", headers={"content-type": "text/html"}).status_code == 403


def test_a_presigned_upload_is_bound_to_its_length(s3: Any) -> None:
    s3.create_bucket(Bucket="sized")
    url = s3.generate_presigned_url("put_object", {"Bucket": "sized", "Key": "a", "ContentLength": 3})
    assert httpx.put(url, content=b"four").status_code == 403
    assert httpx.put(url, content=b"abc").status_code == 200


def test_a_locked_version_cannot_be_deleted(s3: Any) -> None:
    s3.create_bucket(Bucket="locked", ObjectLockEnabledForBucket=True)
    until = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
    version = s3.put_object(
        Bucket="locked", Key="a", Body=b"x", ObjectLockMode="COMPLIANCE", ObjectLockRetainUntilDate=until
    )["VersionId"]
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.delete_object(Bucket="locked", Key="a", VersionId=version)


def test_a_put_may_demand_that_nothing_is_there(s3: Any) -> None:
    s3.create_bucket(Bucket="once")
    s3.put_object(Bucket="once", Key="a", Body=b"1", IfNoneMatch="*")
    with pytest.raises(ClientError, match="PreconditionFailed"):
        s3.put_object(Bucket="once", Key="a", Body=b"2", IfNoneMatch="*")


def test_a_kms_elliptic_key_signs_what_its_public_key_verifies(emulator: Emulator) -> None:
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    kms = emulator.client("kms")
    made = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    signed = kms.sign(KeyId=made, Message=b"message", MessageType="RAW", SigningAlgorithm="ECDSA_SHA_256")["Signature"]
    public = serialization.load_der_public_key(kms.get_public_key(KeyId=made)["PublicKey"])
    assert isinstance(public, ec.EllipticCurvePublicKey)
    public.verify(signed, b"message", ec.ECDSA(hashes.SHA256()))  # raises when it does not hold
