"""Packages in S3: named by their digest, sent once, and looked at again whenever they are relied on."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Final

from botocore.exceptions import BotoCoreError, ClientError

from data_access_lib.object_digests import sha256_of_object
from scripts.agent_push.errors import ArtifactChanged, PushError, Unreachable

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from scripts.agent_push.package import Built

_ABSENT: Final = frozenset({"404", "NoSuchKey", "NotFound"})
_THERE: Final = frozenset({"PreconditionFailed", "ConditionalRequestConflict"})


def upload(s3: S3Client, bucket: str, key: str, built: Built) -> bool:
    """Put the package where it is not yet; returns whether it was sent.

    Raises PushError when the bucket cannot be written, ArtifactChanged when it holds other bytes under this name: then
    somebody or something has changed the object, and what runs from it is not what was pushed.
    """
    try:
        found = stored_digest(s3, bucket, key)
        if found is None and _sent(s3, bucket, key, built):
            return True
        found = found or stored_digest(s3, bucket, key)
    except ClientError as error:
        raise PushError(f"s3://{bucket}/{key} cannot be written: {error}") from error
    except BotoCoreError as error:
        raise Unreachable(f"S3 does not answer for s3://{bucket}/{key}: {error}") from error
    if found != built.digest:
        raise ArtifactChanged(
            f"s3://{bucket}/{key} is not what its name says: its bytes have the SHA-256 {found}. It was changed after "
            f"it was pushed, so treat it as an incident. Then `aws s3 rm s3://{bucket}/{key}` and push again"
        )
    return False


def stored_digest(s3: S3Client, bucket: str, key: str) -> str | None:
    """SHA-256 in hex of the bytes that S3 holds now; None when there is no such object."""
    try:
        return sha256_of_object(s3, bucket, key)
    except ClientError as error:
        if error.response["Error"]["Code"] in _ABSENT:
            return None
        raise


def _sent(s3: S3Client, bucket: str, key: str, built: Built) -> bool:
    """Send it; False when another push was first. S3 refuses bytes that are not those of the checksum."""
    checksum = base64.b64encode(bytes.fromhex(built.digest)).decode()
    try:
        with built.archive.open("rb") as body:
            s3.put_object(
                Bucket=bucket, Key=key, Body=body, ContentType="application/zip", IfNoneMatch="*",
                ChecksumSHA256=checksum, Metadata={"sha256": built.digest},
            )  # fmt: skip
    except ClientError as error:
        if error.response["Error"]["Code"] in _THERE:
            return False
        raise
    return True
