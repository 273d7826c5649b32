"""What lies in a bucket now, by its bytes: metadata and names are what somebody said of them."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_PIECE: Final = 1 << 20


def sha256_of_object(s3: S3Client, bucket: str, key: str) -> str:
    """SHA-256 in hex of the bytes that S3 holds now, whatever the object's metadata say. Raises what boto3 raises.

    S3 keeps the checksum it computed when the bytes came. Where it has none of the whole they are read.
    """
    head: Any = s3.head_object(Bucket=bucket, Key=key, ChecksumMode="ENABLED")
    if head.get("ChecksumSHA256") and head.get("ChecksumType", "FULL_OBJECT") == "FULL_OBJECT":
        return base64.b64decode(head["ChecksumSHA256"]).hex()
    digest = hashlib.sha256()
    for piece in s3.get_object(Bucket=bucket, Key=key)["Body"].iter_chunks(_PIECE):
        digest.update(piece)
    return digest.hexdigest()
