"""Every way to name an item or an object through raw boto3: what a broken handler could send."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import httpx
from botocore.exceptions import ClientError

DENIED: Final = frozenset({"AccessDenied", "AccessDeniedException"})


@dataclass(frozen=True)
class ItemCall:
    """One request on items; `actions` is what IAM must grant for it, `indexed` whether it reads the index."""

    operation: str
    request: dict[str, Any]
    action: str
    indexed: bool = False


def key(pk: str, sk: str) -> dict[str, Any]:
    """A primary key as requests hold it."""
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def item_calls(table: str, pk: str, sk: str) -> dict[str, ItemCall]:
    """Each operation on the item, by name. Writes put, change and remove the same small item."""
    place = {"TableName": table, "Key": key(pk, sk)}
    item = {**key(pk, sk), "note": {"S": "proof"}}
    change = {"UpdateExpression": "SET note = :n", "ExpressionAttributeValues": {":n": {"S": "proof"}}}
    check = {"ConditionExpression": "attribute_not_exists(nothing)"}

    def query(attribute: str, **more: str) -> dict[str, Any]:
        values = {":p": {"S": pk}}
        condition = f"{attribute} = :p"
        return {"TableName": table, "KeyConditionExpression": condition, "ExpressionAttributeValues": values, **more}

    def transact(**piece: Any) -> dict[str, Any]:
        return {"TransactItems": [piece]}

    return {
        "put": ItemCall("put_item", {"TableName": table, "Item": item}, "PutItem"),
        "get": ItemCall("get_item", place, "GetItem"),
        "update": ItemCall("update_item", place | change, "UpdateItem"),
        "query": ItemCall("query", query("pk"), "Query"),
        "query index": ItemCall("query", query("gsi1pk", IndexName="gsi1"), "Query", indexed=True),
        "batch get": ItemCall("batch_get_item", {"RequestItems": {table: {"Keys": [key(pk, sk)]}}}, "BatchGetItem"),
        "batch put": ItemCall(
            "batch_write_item", {"RequestItems": {table: [{"PutRequest": {"Item": item}}]}}, "BatchWriteItem"
        ),
        "batch delete": ItemCall(
            "batch_write_item", {"RequestItems": {table: [{"DeleteRequest": {"Key": key(pk, sk)}}]}}, "BatchWriteItem"
        ),
        "transact get": ItemCall("transact_get_items", transact(Get=place), "GetItem"),
        "transact put": ItemCall("transact_write_items", transact(Put={"TableName": table, "Item": item}), "PutItem"),
        "transact update": ItemCall("transact_write_items", transact(Update=place | change), "UpdateItem"),
        "transact check": ItemCall(
            "transact_write_items", transact(ConditionCheck=place | check), "ConditionCheckItem"
        ),
        "transact delete": ItemCall("transact_write_items", transact(Delete=place), "DeleteItem"),
        "delete": ItemCall("delete_item", place, "DeleteItem"),
        "scan": ItemCall("scan", {"TableName": table}, "Scan"),
        "scan index": ItemCall("scan", {"TableName": table, "IndexName": "gsi1"}, "Scan", indexed=True),
        **_statements(table, pk, sk),
    }  # fmt: skip


def _statements(table: str, pk: str, sk: str) -> dict[str, ItemCall]:
    """The same in PartiQL, which no role may speak."""
    where = f"WHERE pk = '{pk}' AND sk = '{sk}'"
    select = {"Statement": f'SELECT * FROM "{table}" {where}'}  # noqa: S608 - the attack under test
    insert = {"Statement": f"INSERT INTO \"{table}\" VALUE {{'pk': '{pk}', 'sk': '{sk}'}}"}
    update = {"Statement": f"UPDATE \"{table}\" SET note = 'proof' {where}"}  # noqa: S608 - as above
    delete = {"Statement": f'DELETE FROM "{table}" {where}'}  # noqa: S608 - as above
    return {
        "partiql select": ItemCall("execute_statement", select, "PartiQLSelect"),
        "partiql insert": ItemCall("execute_statement", insert, "PartiQLInsert"),
        "partiql update": ItemCall("execute_statement", update, "PartiQLUpdate"),
        "partiql delete": ItemCall("execute_statement", delete, "PartiQLDelete"),
        "partiql batch": ItemCall("batch_execute_statement", {"Statements": [select]}, "PartiQLSelect"),
        "partiql transaction": ItemCall("execute_transaction", {"TransactStatements": [update]}, "PartiQLUpdate"),
    }


@dataclass(frozen=True)
class ObjectCall:
    """One request on an object. `signed` is sent as a presigned URL instead of by the client."""

    operation: str
    request: dict[str, Any]
    action: str
    signed: str = ""


def object_calls(bucket: str, name: str, own: str) -> dict[str, ObjectCall]:
    """Each operation on the object `name`; `own` is an object that the caller may read and write."""
    place = {"Bucket": bucket, "Key": name}
    source = {"Bucket": bucket, "Key": name}
    prefix = name.rpartition("/")[0] + "/"
    part = {"PartNumber": 1, "UploadId": "none"}
    return {
        "put": ObjectCall("put_object", place | {"Body": b"proof"}, "PutObject"),
        "get": ObjectCall("get_object", place, "GetObject"),
        "head": ObjectCall("head_object", place, "GetObject"),
        "presigned get": ObjectCall("get_object", place, "GetObject", signed="GET"),
        "presigned put": ObjectCall("put_object", place, "PutObject", signed="PUT"),
        "presigned delete": ObjectCall("delete_object", place, "DeleteObject", signed="DELETE"),
        "copy from": ObjectCall(
            "copy_object", {"Bucket": bucket, "Key": f"{own}.copy", "CopySource": source}, "GetObject"
        ),
        "copy to": ObjectCall("copy_object", place | {"CopySource": {"Bucket": bucket, "Key": own}}, "PutObject"),
        "multipart": ObjectCall("create_multipart_upload", place, "PutObject"),
        "multipart part": ObjectCall("upload_part", place | part | {"Body": b"x"}, "PutObject"),
        "multipart part copy": ObjectCall(
            "upload_part_copy", {"Bucket": bucket, "Key": f"{own}.copy", "CopySource": source, **part}, "GetObject"
        ),
        "delete": ObjectCall("delete_object", place, "DeleteObject"),
        "delete many": ObjectCall(
            "delete_objects", {"Bucket": bucket, "Delete": {"Objects": [{"Key": name}]}}, "DeleteObject"
        ),
        "list": ObjectCall("list_objects_v2", {"Bucket": bucket, "Prefix": prefix}, "ListBucket"),
        "list as before": ObjectCall("list_objects", {"Bucket": bucket, "Prefix": prefix}, "ListBucket"),
        "list versions": ObjectCall("list_object_versions", {"Bucket": bucket, "Prefix": prefix}, "ListBucketVersions"),
        "tags": ObjectCall("get_object_tagging", place, "GetObjectTagging"),
        "access list": ObjectCall("get_object_acl", place, "GetObjectAcl"),
    }  # fmt: skip


def outcome(client: Any, call: ItemCall | ObjectCall) -> str:
    """`done`, or the code of the refusal."""
    if isinstance(call, ObjectCall) and call.signed:
        url = client.generate_presigned_url(call.operation, call.request)
        answer = httpx.request(call.signed, url, content=b"proof" if call.signed == "PUT" else None)
        return (
            "done" if answer.is_success else "AccessDenied" if answer.status_code == httpx.codes.FORBIDDEN else "other"
        )
    try:
        answer = getattr(client, call.operation)(**call.request)
    except ClientError as refusal:
        code = str(refusal.response["Error"]["Code"])
        return "AccessDenied" if code == "403" else code  # a HEAD has no body to say it in
    errors = [one["Code"] for one in answer.get("Errors", [])]
    errors += [one["Error"]["Code"] for one in answer.get("Responses", []) if isinstance(one, dict) and "Error" in one]
    return errors[0] if errors else "done"
