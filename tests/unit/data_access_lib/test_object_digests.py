import base64
import hashlib
import io
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.response import StreamingBody

from data_access_lib.object_digests import sha256_of_object

BODY = b"zip" * 1_000_000
DIGEST = hashlib.sha256(BODY)


class FakeS3:
    """An object and what S3 says of it."""

    def __init__(self, **head: str) -> None:
        self.head, self.read = head, 0

    def head_object(self, **request: str) -> dict[str, str]:
        assert request == {"Bucket": "b", "Key": "k", "ChecksumMode": "ENABLED"}
        return self.head

    def get_object(self, **_: str) -> dict[str, Any]:
        self.read += 1
        return {"Body": StreamingBody(io.BytesIO(BODY), len(BODY))}


def digest(s3: Any) -> str:
    return sha256_of_object(s3, "b", "k")


def test_the_checksum_that_s3_computed_is_taken_without_reading() -> None:
    s3 = FakeS3(ChecksumSHA256=base64.b64encode(DIGEST.digest()).decode(), ChecksumType="FULL_OBJECT")
    assert (digest(s3), s3.read) == (DIGEST.hexdigest(), 0)


@pytest.mark.parametrize("head", [{}, {"ChecksumSHA256": "eA==", "ChecksumType": "COMPOSITE"}])
def test_where_there_is_none_of_the_whole_the_bytes_are_read(head: dict[str, str]) -> None:
    s3 = FakeS3(**head)
    assert (digest(s3), s3.read) == (DIGEST.hexdigest(), 1)


def test_what_the_uploader_said_of_it_is_not_looked_at() -> None:
    assert digest(FakeS3(Metadata="sha256=abc")) == DIGEST.hexdigest()


def test_what_is_not_there_is_boto3s_error() -> None:
    class Empty(FakeS3):
        def head_object(self, **_: str) -> dict[str, str]:
            raise ClientError({"Error": {"Code": "404", "Message": ""}}, "HeadObject")

    with pytest.raises(ClientError):
        digest(Empty())
