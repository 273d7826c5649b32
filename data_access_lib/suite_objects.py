"""The cases of evaluation suites, in the platform's own bucket: an object for each version, named by its SHA-256.

An object is never changed: other cases have another name. What is read is compared with its name.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, Final

from data_access_lib import keys
from data_access_lib.errors import SuiteTampered
from data_access_lib.failures import code_of, store_failures
from platform_kit.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_s3 import S3Client

_ABSENT: Final = frozenset({"NoSuchKey", "404", "NotFound", "AccessDenied", "403"})


class SuiteObjects:
    """Puts and reads suites. `client` gives boto3's S3 client when first needed."""

    def __init__(self, client: Callable[[], S3Client], bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def put(self, data: bytes) -> str:
        """Keep a suite's canonical JSON; its SHA-256 in hex. The same again changes nothing."""
        digest = hashlib.sha256(data).hexdigest()
        with store_failures():
            self._client().put_object(
                Bucket=self._bucket, Key=keys.suite_object(digest), Body=data, ContentType="application/json"
            )
        return digest

    def get(self, digest: str) -> bytes:
        """A suite's canonical JSON. NotFound when there is none, SuiteTampered when it is not what its name says."""
        from botocore.exceptions import ClientError

        try:
            with store_failures():
                found = self._client().get_object(Bucket=self._bucket, Key=keys.suite_object(digest))
                data = found["Body"].read()
        except ClientError as error:
            if code_of(error) in _ABSENT:
                raise NotFound("There is no such suite version.") from None
            raise
        if not hmac.compare_digest(hashlib.sha256(data).hexdigest(), digest):
            raise SuiteTampered
        return data
