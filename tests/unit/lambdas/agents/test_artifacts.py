from typing import Any

import pytest
from botocore.exceptions import ClientError

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


def test_the_hash_is_the_one_its_uploader_recorded() -> None:
    s3 = FakeS3({"Metadata": {"sha256": "abc"}})
    assert sha256_of(s3) == "abc"
    assert s3.asked == [{"Bucket": "packages", "Key": "agents/a/b.zip"}]


@pytest.mark.parametrize("answer", [{}, {"Metadata": {}}])
def test_a_package_without_a_recorded_hash_is_told_apart_from_none(answer: dict[str, Any]) -> None:
    assert sha256_of(FakeS3(answer)) == ""


@pytest.mark.parametrize("code", ["404", "403", "NoSuchKey", "NotFound"])
def test_a_package_that_is_not_there_has_none(code: str) -> None:
    assert sha256_of(FakeS3(code)) is None


def test_a_failure_of_the_store_is_not_taken_for_absence() -> None:
    with pytest.raises(ClientError):
        sha256_of(FakeS3("SlowDown"))
