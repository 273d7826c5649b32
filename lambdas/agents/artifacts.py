"""Packages of agents in the artifacts bucket."""

from collections.abc import Callable
from typing import Any, Final

from data_access_lib.failures import store_failures
from data_access_lib.object_digests import sha256_of_object

# S3 answers 403 for a key that is not there when the caller may not list the bucket.
_ABSENT: Final = frozenset({"403", "404", "NoSuchKey", "NotFound"})


class S3Artifacts:
    """Looks at packages, and lets others fetch them.

    `client` gives boto3's S3 client, made when first needed.
    """

    def __init__(self, client: Callable[[], Any], bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def sha256_of(self, key: str) -> str | None:
        """The SHA-256 of the bytes that lie there now, in hex; None when there is no such package. StoreUnavailable."""
        from botocore.exceptions import ClientError

        try:
            with store_failures():
                return sha256_of_object(self._client(), self._bucket, key)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in _ABSENT:
                return None
            raise

    def link(self, key: str, seconds: int) -> str:
        """A URL that fetches the package for so many seconds, with no other credential."""
        where = {"Bucket": self._bucket, "Key": key}
        return str(self._client().generate_presigned_url("get_object", Params=where, ExpiresIn=seconds))
