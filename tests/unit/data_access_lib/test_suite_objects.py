import hashlib
from typing import Any

import boto3
import pytest
from moto import mock_aws

from data_access_lib.errors import InvalidIdentifier, SuiteTampered
from data_access_lib.suite_objects import SuiteObjects
from platform_kit.errors import NotFound

BUCKET = "ambit-test-artifacts"


@pytest.fixture
def s3() -> Any:
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
        client.create_bucket(Bucket=BUCKET)
        yield client


def test_a_suite_comes_back_by_its_digest(s3: Any) -> None:
    objects = SuiteObjects(lambda: s3, BUCKET)
    digest = objects.put(b"{}")
    assert digest == hashlib.sha256(b"{}").hexdigest()
    assert objects.get(digest) == b"{}"
    assert [one["Key"] for one in s3.list_objects_v2(Bucket=BUCKET)["Contents"]] == [
        f"evaluations/suites/{digest}.json"
    ]


def test_what_was_changed_is_refused(s3: Any) -> None:
    objects = SuiteObjects(lambda: s3, BUCKET)
    digest = objects.put(b"{}")
    s3.put_object(Bucket=BUCKET, Key=f"evaluations/suites/{digest}.json", Body=b"[]")
    with pytest.raises(SuiteTampered):
        objects.get(digest)


def test_what_is_not_there_is_not_found(s3: Any) -> None:
    with pytest.raises(NotFound):
        SuiteObjects(lambda: s3, BUCKET).get("0" * 64)


@pytest.mark.parametrize("digest", ["", "../x", "A" * 64, "0" * 63])
def test_only_a_digest_is_looked_for(s3: Any, digest: str) -> None:
    with pytest.raises(InvalidIdentifier):
        SuiteObjects(lambda: s3, BUCKET).get(digest)
