"""Bundles of evidence in the bucket under object lock: each is named by the SHA-256 of its bytes and written once."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from data_access_lib import keys
from data_access_lib.errors import ConditionFailed
from governance.evidence.bundle import address

if TYPE_CHECKING:
    from data_access_lib.bucket import BoundedBucket, ObjectInfo


class EvidenceStore:
    """Keeps bundles and gives them out; none is ever changed."""

    def __init__(self, bucket: BoundedBucket) -> None:
        self._bucket = bucket

    def keep(self, data: bytes) -> str:
        """Keep a bundle for good; its address. The same bytes again change nothing."""
        digest = address(data)
        try:
            place = keys.evidence_object(digest)
            self._bucket.put(place, data, content_type="application/zip", if_absent=True, checksum=True)
        except ConditionFailed:
            return digest
        return digest

    def get(self, digest: str) -> bytes | None:
        """A bundle; None when there is none, or what lies there is not what its name says."""
        stored = self._bucket.get(keys.evidence_object(digest))
        return stored.data if stored and hmac.compare_digest(address(stored.data), digest) else None

    def head(self, digest: str) -> ObjectInfo | None:
        """A bundle's size and time; None when there is none."""
        return self._bucket.head(keys.evidence_object(digest))

    def link(self, digest: str, seconds: int) -> str:
        """A URL that downloads a bundle, for so many seconds (≤ 900)."""
        return self._bucket.presign_get(keys.evidence_object(digest), f"{digest}.zip", seconds)
