"""Packages of agents in the artifacts bucket."""

from collections.abc import Callable
from typing import Any, Final

# S3 answers 403 for a key that is not there when the caller may not list the bucket.
_ABSENT: Final = frozenset({"403", "404", "NoSuchKey", "NotFound"})


class S3Artifacts:
    """Looks at packages without reading them, and lets others fetch them.

    `client` gives boto3's S3 client, made when first needed.
    """

    def __init__(self, client: Callable[[], Any], bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def sha256_of(self, key: str) -> str | None:
        """The SHA-256 its uploader recorded, "" when none; None when there is no such package."""
        from botocore.exceptions import ClientError

        try:
            found = self._client().head_object(Bucket=self._bucket, Key=key)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in _ABSENT:
                return None
            raise
        return str(found.get("Metadata", {}).get("sha256", ""))

    def link(self, key: str, seconds: int) -> str:
        """A URL that fetches the package for so many seconds, with no other credential."""
        where = {"Bucket": self._bucket, "Key": key}
        return str(self._client().generate_presigned_url("get_object", Params=where, ExpiresIn=seconds))
