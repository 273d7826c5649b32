from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.stub import Stubber
from moto import mock_aws

from scripts.agent_push.artifacts import stored_digest, upload
from scripts.agent_push.errors import PushError, Unreachable
from scripts.agent_push.package import Built

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BUCKET = "artifacts"
KEY = "agents/echo-agent/package.zip"


@pytest.fixture
def built(tmp_path: Path) -> Built:
    archive = tmp_path / "package.zip"
    archive.write_bytes(b"zip")
    return Built(archive, hashlib.sha256(b"zip").hexdigest(), "10c4")


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket=BUCKET)
        yield client


def test_a_package_is_sent_once_with_its_digest(s3: Any, built: Built) -> None:
    assert upload(s3, BUCKET, KEY, built) is True
    assert upload(s3, BUCKET, KEY, built) is False
    assert s3.head_object(Bucket=BUCKET, Key=KEY)["Metadata"] == {"sha256": built.digest}
    assert stored_digest(s3, BUCKET, KEY) == built.digest


def test_bytes_that_were_changed_are_refused_whatever_the_metadata_say(s3: Any, built: Built) -> None:
    upload(s3, BUCKET, KEY, built)
    s3.put_object(Bucket=BUCKET, Key=KEY, Body=b"zap", Metadata={"sha256": built.digest})
    changed = hashlib.sha256(b"zap").hexdigest()
    with pytest.raises(PushError, match=rf"not what its name says: .*{changed}.*incident.*aws s3 rm"):
        upload(s3, BUCKET, KEY, built)
    assert s3.get_object(Bucket=BUCKET, Key=KEY)["Body"].read() == b"zap"  # evidence stays


def test_an_object_without_a_checksum_is_read(s3: Any, built: Built) -> None:
    s3.put_object(Bucket=BUCKET, Key=KEY, Body=b"zip", ChecksumAlgorithm="CRC32")
    assert "ChecksumSHA256" not in s3.head_object(Bucket=BUCKET, Key=KEY, ChecksumMode="ENABLED")
    assert upload(s3, BUCKET, KEY, built) is False


def test_another_push_that_was_first_is_no_error_if_it_sent_the_same(s3: Any, built: Built) -> None:
    real, there = s3.head_object, []

    def late(**request: Any) -> Any:
        if not there:  # between this look and the sending, the other push sends
            there.append(s3.put_object(Bucket=BUCKET, Key=KEY, Body=b"zip"))
            error = {"Error": {"Code": "404", "Message": ""}}
            raise s3.exceptions.ClientError(error, "HeadObject")
        return real(**request)

    s3.head_object = late
    assert upload(s3, BUCKET, KEY, built) is False


def test_a_bucket_that_denies_is_told_with_the_place(built: Built) -> None:
    client = boto3.client("s3", region_name="us-east-1", aws_access_key_id="k", aws_secret_access_key="s")
    with Stubber(client) as stub:
        stub.add_client_error("head_object", "AccessDenied", http_status_code=403)
        with pytest.raises(PushError, match=f"s3://{BUCKET}/{KEY} cannot be written"):
            upload(client, BUCKET, KEY, built)


def test_a_bucket_that_does_not_answer_is_unreachable(built: Built) -> None:
    client = boto3.client(
        "s3",
        region_name="us-east-1",
        endpoint_url="http://127.0.0.1:1",
        aws_access_key_id="k",
        aws_secret_access_key="s",
    )
    with pytest.raises(Unreachable, match="S3 does not answer"):
        upload(client, BUCKET, KEY, built)
