from __future__ import annotations

import json
from typing import Any

import pytest

from scripts.local_platform.emulator.patches.leading_keys import ItemKeys, of_one_item, request_keys

ACME = {"S": "TENANT#acme#RUN#1"}


class FakeDynamoDB:
    """One table `t` with an index `gsi1`."""

    _tables = {"t": {"pk_name": "pk"}}  # noqa: RUF012 - a fake

    @staticmethod
    def _resolve_index_keys(_table: object, index: str) -> tuple[str, str, bool]:
        return f"{index}pk", f"{index}sk", True


def keys(**request: Any) -> list[str] | None:
    return request_keys(FakeDynamoDB(), json.dumps(request).encode()).get("dynamodb:LeadingKeys")


def test_a_table_may_be_named_by_its_arn() -> None:
    assert keys(TableName="arn:aws:dynamodb:us-east-1:000000000000:table/t", Key={"pk": ACME}) == [ACME["S"]]


@pytest.mark.parametrize(
    "condition", ["pk = :p", "pk=:p AND begins_with(sk, :s)", "#k = :p and sk > :s", "begins_with(#sk, :s) AND #k = :p"]
)
def test_the_partition_key_is_found_in_any_form_of_condition(condition: str) -> None:
    found = keys(
        TableName="t",
        KeyConditionExpression=condition,
        ExpressionAttributeNames={"#k": "pk", "#sk": "sk"},
        ExpressionAttributeValues={":p": ACME, ":s": {"S": "x"}},
    )
    assert found == [ACME["S"]]


def test_the_key_of_the_index_counts_on_an_index() -> None:
    values = {":p": ACME}
    asked = {"TableName": "t", "IndexName": "gsi1", "ExpressionAttributeValues": values}
    assert keys(**asked, KeyConditionExpression="gsi1pk = :p") == [ACME["S"]]
    assert keys(**asked, KeyConditionExpression="pk = :p") == [""]


def test_a_name_that_only_ends_like_the_key_is_not_the_key() -> None:
    asked = {"TableName": "t", "ExpressionAttributeValues": {":p": ACME}}
    assert keys(**asked, KeyConditionExpression="notpk = :p") == [""]


@pytest.mark.parametrize(
    "request_",
    [
        {"TableName": "t", "Key": {"pk": {"N": "1"}}},
        {"TableName": "t", "Key": {}},
        {"TableName": "unknown", "Key": {"pk": ACME}},
        {"TableName": "t", "Key": "text"},
        {"RequestItems": {"t": [{}]}},
    ],
)
def test_what_cannot_be_read_counts_as_a_key_that_no_policy_allows(request_: dict[str, Any]) -> None:
    assert keys(**request_) == [""]


def test_a_body_that_is_not_json_counts_likewise() -> None:
    assert request_keys(FakeDynamoDB(), b"{") == {"dynamodb:LeadingKeys": [""]}


@pytest.mark.parametrize("request_", [{"TableName": "t"}, {"Statement": "SELECT * FROM t"}])
def test_a_request_that_names_no_key_has_none(request_: dict[str, Any]) -> None:
    assert keys(**request_) is None


def test_a_transaction_is_checked_item_by_item_each_with_its_own_key() -> None:
    pieces = [
        {"Put": {"TableName": "t", "Item": {"pk": ACME}}},
        {"Delete": {"TableName": "t", "Key": {"pk": {"S": "x"}}}},
    ]
    context = request_keys(FakeDynamoDB(), json.dumps({"TransactItems": pieces}).encode())
    checks = [of_one_item(context) for _ in range(3)]
    assert [check and check["dynamodb:LeadingKeys"] for check in checks] == [[ACME["S"]], ["x"], [""]]


def test_an_item_of_two_members_is_held_against_every_key() -> None:
    both = {"Put": {"TableName": "t", "Item": {"pk": ACME}}, "Delete": {"TableName": "t", "Key": {"pk": {"S": "x"}}}}
    context = request_keys(FakeDynamoDB(), json.dumps({"TransactItems": [both]}).encode())
    assert not isinstance(context["dynamodb:LeadingKeys"], ItemKeys)
    assert of_one_item(context) == context == {"dynamodb:LeadingKeys": [ACME["S"], "x"]}


def test_other_requests_are_checked_as_they_are() -> None:
    assert of_one_item(None) is None
    assert of_one_item({"dynamodb:LeadingKeys": ["a", "b"]}) == {"dynamodb:LeadingKeys": ["a", "b"]}
