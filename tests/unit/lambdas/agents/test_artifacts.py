from typing import Any

import pytest
from botocore.exceptions import ClientError

from data_access_lib.errors import StoreUnavailable
from lambdas.agents.artifacts import S3Artifacts


class FakeS3:
    def __init__(self, answer: dict[str, Any] | str) -> None:
        self.answer = answer
        self.asked: list[dict[str, str]] = []

    def head_object(self, **request: str) -> dict[str, Any]:
        self.asked.append(request)
        if isinstance(self.answer, str):
            raise ClientError({"Error": {"Code": self.answer, "Message": ""}}, "HeadObject")
        return self.answer


def sha256_of(s3: FakeS3) -> str | None:
    return S3Artifacts(lambda: s3, "packages").sha256_of("agents/a/b.zip")


def test_the_hash_is_that_of_the_bytes_and_not_what_their_uploader_said() -> None:
    s3 = FakeS3({"ChecksumSHA256": "q80=", "Metadata": {"sha256": "abc"}})
    assert sha256_of(s3) == "abcd"
    assert s3.asked == [{"Bucket": "packages", "Key": "agents/a/b.zip", "ChecksumMode": "ENABLED"}]


@pytest.mark.parametrize("code", ["404", "403", "NoSuchKey", "NotFound"])
def test_a_package_that_is_not_there_has_none(code: str) -> None:
    assert sha256_of(FakeS3(code)) is None


def test_a_failure_of_the_store_is_not_taken_for_absence() -> None:
    with pytest.raises(StoreUnavailable):
        sha256_of(FakeS3("SlowDown"))
